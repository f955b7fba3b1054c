#include "broker/admission/dates.h"

#include <array>

namespace gjallar::admission {

int two_digits(std::string_view digits, std::size_t at) noexcept {
  return (digits[at] - '0') * 10 + (digits[at + 1] - '0');
}

bool is_date(int year, int month, int day) noexcept {
  constexpr std::array<int, 12> kDays{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1 || day > kDays[static_cast<std::size_t>(month - 1)]) return false;
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month != 2 || day < 29 || leap;
}

bool is_date_of_some_century(int year, int month, int day) noexcept {
  return is_date(1900 + year, month, day) || is_date(2000 + year, month, day);
}

}  // namespace gjallar::admission
