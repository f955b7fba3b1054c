#pragma once

#include <string_view>

namespace gjallar::admission {

/// Two digits as a number.
[[nodiscard]] int two_digits(std::string_view digits, std::size_t at) noexcept;
[[nodiscard]] bool is_date(int year, int month, int day) noexcept;
/// A date in a year of which only the last two digits are known.
[[nodiscard]] bool is_date_of_some_century(int year, int month, int day) noexcept;

}  // namespace gjallar::admission
