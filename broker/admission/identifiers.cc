#include "broker/admission/identifiers.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace gjallar::admission {
namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool all_digits(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), is_digit);
}

/// Two digits as a number.
int pair(std::string_view text, std::size_t at) noexcept {
  return (text[at] - '0') * 10 + (text[at + 1] - '0');
}

bool is_date(int year, int month, int day) noexcept {
  constexpr std::array<int, 12> kDays{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1 || day > kDays[static_cast<std::size_t>(month - 1)]) return false;
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month != 2 || day < 29 || leap;
}

/// A date in a year of which only the last two digits are known.
bool is_date_of_some_century(int year, int month, int day) noexcept {
  return is_date(1900 + year, month, day) || is_date(2000 + year, month, day);
}

bool passes_luhn(std::string_view digits) noexcept {
  int sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const int digit = (digits[i] - '0') * (i % 2 == 0 ? 2 : 1);
    sum += digit / 10 + digit % 10;
  }
  return sum % 10 == 0;
}

template <std::size_t Size>
int weighted(std::string_view digits, const std::array<int, Size>& weights) noexcept {
  int sum = 0;
  for (std::size_t i = 0; i < Size; ++i)
    sum += (digits[i] - '0') * weights[i];
  return sum % 11;
}

char upper(char c) noexcept {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

}  // namespace

bool is_swedish_number(std::string_view run) noexcept {
  std::string digits(run);
  if (run.size() == 11 || run.size() == 13) {
    const char separator = run[run.size() - 5];
    if (separator != '-' && separator != '+') return false;
    digits.erase(run.size() - 5, 1);
  }
  if ((digits.size() != 10 && digits.size() != 12) || !all_digits(digits)) return false;
  const std::string_view ten = std::string_view(digits).substr(digits.size() - 10);
  const int month = pair(ten, 2);
  const int day = pair(ten, 4) > 60 ? pair(ten, 4) - 60 : pair(ten, 4);
  if (digits.size() == 12) {
    const int year = pair(digits, 0) * 100 + pair(digits, 2);
    if (year < 1800 || year > 2099 || !is_date(year, month, day)) return false;
  } else if (!is_date_of_some_century(pair(ten, 0), month, day)) {
    return false;
  }
  return passes_luhn(ten);
}

bool is_norwegian_number(std::string_view run) noexcept {
  if (run.size() != 11 || !all_digits(run)) return false;
  const int day = pair(run, 0) > 40 ? pair(run, 0) - 40 : pair(run, 0);
  int month = pair(run, 2);
  if (month > 80) {
    month -= 80;
  } else if (month > 40) {
    month -= 40;
  }
  if (!is_date_of_some_century(pair(run, 4), month, day)) return false;
  constexpr std::array<int, 10> kFirst{3, 7, 6, 1, 8, 9, 4, 5, 2, 1};
  constexpr std::array<int, 11> kSecond{5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1};
  return weighted(run, kFirst) <= 3 && weighted(run, kSecond) == 0;
}

bool is_danish_number(std::string_view run) noexcept {
  if (run.size() != 11 || run[6] != '-' || !all_digits(run.substr(0, 6)) || !all_digits(run.substr(7)))
    return false;
  return is_date_of_some_century(pair(run, 4), pair(run, 2), pair(run, 0));
}

bool is_finnish_number(std::string_view run) noexcept {
  constexpr std::string_view kSigns = "+-YXWVUABCDEF";
  constexpr std::string_view kCheck = "0123456789ABCDEFHJKLMNPRSTUVWXY";
  if (run.size() != 11 || kSigns.find(upper(run[6])) == std::string_view::npos) return false;
  if (!all_digits(run.substr(0, 6)) || !all_digits(run.substr(7, 3))) return false;
  if (!is_date_of_some_century(pair(run, 4), pair(run, 2), pair(run, 0))) return false;
  std::uint64_t number = 0;
  for (const char c : run.substr(0, 6))
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  for (const char c : run.substr(7, 3))
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  return kCheck[number % 31] == upper(run[10]);
}

}  // namespace gjallar::admission
