#include "broker/admission/identifiers.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "broker/admission/dates.h"

namespace gjallar::admission {
namespace {

bool is_digit_char(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool all_digits(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), is_digit_char);
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

char upper_case(char c) noexcept {
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
  const int month = two_digits(ten, 2);
  const int day = two_digits(ten, 4) > 60 ? two_digits(ten, 4) - 60 : two_digits(ten, 4);
  if (digits.size() == 12) {
    const int year = two_digits(digits, 0) * 100 + two_digits(digits, 2);
    if (year < 1800 || year > 2099 || !is_date(year, month, day)) return false;
  } else if (!is_date_of_some_century(two_digits(ten, 0), month, day)) {
    return false;
  }
  return passes_luhn(ten);
}

bool is_norwegian_number(std::string_view run) noexcept {
  if (run.size() != 11 || !all_digits(run)) return false;
  const int day = two_digits(run, 0) > 40 ? two_digits(run, 0) - 40 : two_digits(run, 0);
  int month = two_digits(run, 2);
  if (month > 80) {
    month -= 80;
  } else if (month > 40) {
    month -= 40;
  }
  if (!is_date_of_some_century(two_digits(run, 4), month, day)) return false;
  constexpr std::array<int, 10> kFirst{3, 7, 6, 1, 8, 9, 4, 5, 2, 1};
  constexpr std::array<int, 11> kSecond{5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1};
  return weighted(run, kFirst) <= 3 && weighted(run, kSecond) == 0;
}

bool is_danish_number(std::string_view digits) noexcept {
  if (digits.size() != 10 || !all_digits(digits)) return false;
  const std::string_view run = digits;
  return is_date_of_some_century(two_digits(run, 4), two_digits(run, 2), two_digits(run, 0));
}

bool is_finnish_number(std::string_view run) noexcept {
  constexpr std::string_view kSigns = "+-YXWVUABCDEF";
  constexpr std::string_view kCheck = "0123456789ABCDEFHJKLMNPRSTUVWXY";
  if (run.size() != 11 || kSigns.find(upper_case(run[6])) == std::string_view::npos) return false;
  if (!all_digits(run.substr(0, 6)) || !all_digits(run.substr(7, 3))) return false;
  if (!is_date_of_some_century(two_digits(run, 4), two_digits(run, 2), two_digits(run, 0))) return false;
  std::uint64_t number = 0;
  for (const char c : run.substr(0, 6))
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  for (const char c : run.substr(7, 3))
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  return kCheck[number % 31] == upper_case(run[10]);
}

}  // namespace gjallar::admission
