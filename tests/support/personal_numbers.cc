#include "tests/support/personal_numbers.h"

#include <fmt/format.h>

#include <ctime>
#include <vector>

namespace gjallar::testing {
namespace {

/// The check digit that brings the sum of a number to a multiple of ten: each second digit counts as the next
/// in "0246813579".
char ten_check(const std::string& nine) {
  const std::string doubled = "0246813579";
  int sum = 0;
  for (std::size_t i = 0; i < nine.size(); ++i) {
    const char digit = i % 2 == 0 ? doubled[static_cast<std::size_t>(nine[i] - '0')] : nine[i];
    sum += digit - '0';
  }
  return static_cast<char>('0' + (100 - sum) % 10);
}

/// A digit by weights modulo eleven; -1 if none will do.
int eleven_check(const std::string& digits, const std::vector<int>& weights, int remainder) {
  int sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i)
    sum += weights[i] * (digits[i] - '0');
  const int check = (22 - sum % 11 + remainder) % 11;
  return check == 10 ? -1 : check;
}

const std::vector<int> kFirstWeights{3, 7, 6, 1, 8, 9, 4, 5, 2};
const std::vector<int> kSecondWeights{5, 4, 3, 2, 7, 6, 5, 4, 3, 2};

/// Whether the calendar knows the day, by the C library.
bool in_calendar(int year, int month, int day) {
  std::tm time{};
  time.tm_year = year - 1900;
  time.tm_mon = month - 1;
  time.tm_mday = day;
  time.tm_hour = 12;
  return timegm(&time) != -1 && time.tm_mon == month - 1 && time.tm_mday == day;
}

bool in_some_calendar(int year, int month, int day) {
  return in_calendar(1900 + year, month, day) || in_calendar(2000 + year, month, day);
}

int digits_at(const std::string& digits, std::size_t at) {
  return std::stoi(digits.substr(at, 2));
}

bool passes_as_swedish(const std::string& ten) {
  const int day = digits_at(ten, 4);
  return in_some_calendar(digits_at(ten, 0), digits_at(ten, 2), day > 60 ? day - 60 : day) &&
         ten_check(ten.substr(0, 9)) == ten[9];
}

bool passes_as_norwegian(const std::string& digits) {
  const int day = digits_at(digits, 0) % 40;
  const int month = digits_at(digits, 2) % 40;
  if (!in_some_calendar(digits_at(digits, 4), month, day)) return false;
  for (int remainder = 0; remainder < 4; ++remainder) {
    if (eleven_check(digits, kFirstWeights, remainder) == digits[9] - '0' &&
        eleven_check(digits, kSecondWeights, 0) == digits[10] - '0') {
      return true;
    }
  }
  return false;
}

}  // namespace

int below(core::Random& random, int limit) {
  return static_cast<int>(random.uniform64() % static_cast<std::uint64_t>(limit));
}

std::string make_swedish(core::Random& random, bool coordination, bool century) {
  const int year = 1950 + below(random, 60);
  const std::string nine =
      fmt::format("{:02}{:02}{:02}{:03}", year % 100, 1 + below(random, 12),
                  1 + below(random, 28) + (coordination ? 60 : 0), 980 + below(random, 20));
  return (century ? fmt::format("{:02}", year / 100) : std::string()) + nine + ten_check(nine);
}

std::string make_norwegian(core::Random& random, bool d_number, int remainder) {
  for (;;) {
    std::string digits = fmt::format("{:02}{:02}{:02}{:03}", 1 + below(random, 28) + (d_number ? 40 : 0),
                                     81 + below(random, 12), below(random, 100), below(random, 1000));
    const int first = eleven_check(digits, kFirstWeights, remainder);
    if (first < 0) continue;
    digits += static_cast<char>('0' + first);
    const int second = eleven_check(digits, kSecondWeights, 0);
    if (second < 0) continue;
    return digits + static_cast<char>('0' + second);
  }
}

std::string make_danish(core::Random& random) {
  return fmt::format("{:02}{:02}{:02}{:04}", 1 + below(random, 28), 1 + below(random, 12),
                     58 + below(random, 42), 5000 + below(random, 4000));
}

std::string make_finnish(core::Random& random) {
  const std::string alphabet = "0123456789ABCDEFHJKLMNPRSTUVWXY";
  const std::string signs = "-A+BCDEFYXWVU";
  const std::string date =
      fmt::format("{:02}{:02}{:02}", 1 + below(random, 28), 1 + below(random, 12), below(random, 100));
  const std::string serial = fmt::format("{:03}", 900 + below(random, 100));
  const char sign = signs[static_cast<std::size_t>(below(random, static_cast<int>(signs.size())))];
  return date + sign + serial + alphabet[static_cast<std::size_t>(std::stol(date + serial) % 31)];
}

bool passes_as_a_number(const std::string& digits) {
  if (digits.size() == 11) return passes_as_norwegian(digits);
  if (digits.size() != 10 && digits.size() != 12) return false;
  const std::string ten = digits.substr(digits.size() - 10);
  const bool danish =
      digits.size() == 10 && in_some_calendar(digits_at(ten, 4), digits_at(ten, 2), digits_at(ten, 0));
  return danish || passes_as_swedish(ten);
}

}  // namespace gjallar::testing
