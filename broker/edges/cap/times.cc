#include "broker/edges/cap/times.h"

#include <fmt/format.h>

#include <chrono>

namespace gjallar::edges::cap {
namespace {

constexpr int kOffsetMinutesMax = 14 * 60;
constexpr std::size_t kSecondsEnd = 19;  // of "2026-06-05T19:40:00"
constexpr std::size_t kOffsetSize = 6;   // of "+02:00"
constexpr std::size_t kNanoDigits = 9;

struct Parts {
  std::chrono::year_month_day date;
  long seconds = 0;  ///< of the day
};

Parts parts_of(std::int64_t seconds) {
  const std::chrono::sys_seconds time{std::chrono::seconds(seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  return {std::chrono::year_month_day(day), static_cast<long>((time - day).count())};
}

std::string date_and_time(const google::protobuf::Timestamp& time) {
  const Parts parts = parts_of(time.seconds());
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(parts.date.year()),
                     static_cast<unsigned>(parts.date.month()), static_cast<unsigned>(parts.date.day()),
                     parts.seconds / 3600, parts.seconds / 60 % 60, parts.seconds % 60);
}

/// The number of the digits at `at`; -1 if one of them is none.
int number_at(std::string_view text, std::size_t at, std::size_t size) noexcept {
  int number = 0;
  for (std::size_t i = at; i < at + size; ++i) {
    if (i >= text.size() || text[i] < '0' || text[i] > '9') return -1;
    number = number * 10 + (text[i] - '0');
  }
  return number;
}

/// Seconds that a local time is ahead of UTC by "Z", "+02:00", "-00:00".
std::optional<int> offset_of(std::string_view text) noexcept {
  if (text == "Z" || text == "z") return 0;
  if (text.size() != kOffsetSize || text[3] != ':' || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const int hours = number_at(text, 1, 2);
  const int minutes = number_at(text, 4, 2);
  if (hours < 0 || minutes < 0 || minutes > 59 || hours * 60 + minutes > kOffsetMinutesMax)
    return std::nullopt;
  return (text[0] == '-' ? -60 : 60) * (hours * 60 + minutes);
}

}  // namespace

std::string to_cap_time(const google::protobuf::Timestamp& time) {
  return date_and_time(time) + "-00:00";
}

std::string to_exact_time(const google::protobuf::Timestamp& time) {
  return date_and_time(time) + fmt::format(".{:09}Z", time.nanos());
}

std::optional<google::protobuf::Timestamp> parse_cap_time(std::string_view text) noexcept {
  if (text.size() <= kSecondsEnd || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
      text[16] != ':') {
    return std::nullopt;
  }
  const int year = number_at(text, 0, 4);
  const int month = number_at(text, 5, 2);
  const int day = number_at(text, 8, 2);
  const int hour = number_at(text, 11, 2);
  const int minute = number_at(text, 14, 2);
  const int second = number_at(text, 17, 2);
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (year < 1 || month < 1 || day < 1 || !date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
      second < 0 || second > 60) {
    return std::nullopt;
  }
  std::size_t at = kSecondsEnd;
  int nanos = 0;
  if (text[at] == '.') {
    std::size_t digits = 0;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++digits) {
      if (digits < kNanoDigits) nanos = nanos * 10 + (text[at] - '0');
    }
    if (digits == 0) return std::nullopt;
    for (; digits < kNanoDigits; ++digits)
      nanos *= 10;
  }
  const auto offset = offset_of(text.substr(at));
  if (!offset) return std::nullopt;
  google::protobuf::Timestamp time;
  time.set_seconds(std::chrono::sys_days(date).time_since_epoch().count() * std::int64_t{86'400} +
                   hour * 3600 + minute * 60 + second - *offset);
  time.set_nanos(nanos);
  return time;
}

}  // namespace gjallar::edges::cap
