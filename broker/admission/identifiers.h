#pragma once

#include <string_view>

/// What a number of a person looks like, country by country. Each takes one number as ASCII, without spaces.
/// Pure.
namespace gjallar::admission {

/// Swedish personnummer and samordningsnummer (day + 60): YYMMDD-NNNC, '+' from the year one turns 100,
/// YYYYMMDD-NNNC, with or without separator; valid date, Luhn over the last ten digits.
[[nodiscard]] bool is_swedish_number(std::string_view run) noexcept;
/// Norwegian fødselsnummer, D-number (day + 40), H-number (month + 40) and synthetic ones (month + 80):
/// DDMMYYiiikk; two check digits modulo 11, the first by the rule of 2032 (remainder 0 to 3), which includes
/// the older one.
[[nodiscard]] bool is_norwegian_number(std::string_view run) noexcept;
/// Danish CPR, its ten digits: DDMMYYSSSS; valid date only, since the checksum was abandoned in 2007.
[[nodiscard]] bool is_danish_number(std::string_view digits) noexcept;
/// Finnish HETU: DDMMYY, a sign of the century, NNN, a check character modulo 31.
[[nodiscard]] bool is_finnish_number(std::string_view run) noexcept;

}  // namespace gjallar::admission
