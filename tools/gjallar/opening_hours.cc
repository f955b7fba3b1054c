#include "tools/gjallar/opening_hours.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace gjallar::tool {
namespace {

namespace v1 = gjallar::v1;

constexpr std::array<std::string_view, 7> kDays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr std::uint32_t kMinutesOfDay = 24 * 60;

/// Minutes of a day: from, to.
using Span = std::pair<std::uint32_t, std::uint32_t>;
using Week = std::array<std::vector<Span>, 7>;

core::Error not_hours(const std::string& field, const char* message) {
  return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, field, message,
                          "Write them as in \"mon-fri 08:00-16:30; sat 10:00-14:00\", or \"always\".");
}

std::optional<std::size_t> day_of(std::string_view word) {
  const auto* const found = std::find(kDays.begin(), kDays.end(), word);
  if (found == kDays.end()) return std::nullopt;
  return static_cast<std::size_t>(found - kDays.begin());
}

/// "mon", "mon-fri", "sat-mon", "daily"; empty if it is none.
std::vector<std::size_t> days_of(std::string_view word) {
  if (word == "daily") return {0, 1, 2, 3, 4, 5, 6};
  const std::size_t hyphen = word.find('-');
  const auto first = day_of(word.substr(0, hyphen));
  const auto last = hyphen == std::string_view::npos ? first : day_of(word.substr(hyphen + 1));
  if (!first || !last) return {};
  std::vector<std::size_t> days = {*first};
  while (days.back() != *last)
    days.push_back((days.back() + 1) % kDays.size());
  return days;
}

/// "08:00" up to "24:00".
std::optional<std::uint32_t> minute_of(std::string_view word) {
  const auto digit = [&word](std::size_t at) { return word[at] >= '0' && word[at] <= '9'; };
  if (word.size() != 5 || word[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4))
    return std::nullopt;
  const auto number = [&word](std::size_t at) {
    return static_cast<std::uint32_t>((word[at] - '0') * 10 + (word[at + 1] - '0'));
  };
  const std::uint32_t minute = number(0) * 60 + number(3);
  if (number(3) > 59 || minute > kMinutesOfDay) return std::nullopt;
  return minute;
}

std::optional<Span> span_of(std::string_view word) {
  const std::size_t hyphen = word.find('-');
  if (hyphen == std::string_view::npos) return std::nullopt;
  const auto from = minute_of(word.substr(0, hyphen));
  const auto to = minute_of(word.substr(hyphen + 1));
  if (!from || !to || *from == *to || *from == kMinutesOfDay) return std::nullopt;
  return Span{*from, *to};
}

void add_span(Week& week, std::size_t day, Span span) {
  if (span.second > span.first) {
    week[day].push_back(span);
    return;
  }
  week[day].emplace_back(span.first, kMinutesOfDay);
  if (span.second > 0) week[(day + 1) % kDays.size()].emplace_back(0, span.second);
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  constexpr std::string_view kSpace = " \t\n";
  while (true) {
    const std::size_t begin = text.find_first_not_of(kSpace);
    if (begin == std::string_view::npos) return words;
    text.remove_prefix(begin);
    const std::size_t end = std::min(text.find_first_of(kSpace), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

/// One part: days, then spans.
core::Result<void> add_part(Week& week, std::string_view part, const std::string& field) {
  const auto words = words_of(part);
  if (words.empty()) return not_hours(field, "A part of the opening hours is empty.");
  const auto days = days_of(words.front());
  if (days.empty()) return not_hours(field, "The opening hours don't begin with days.");
  if (words.size() == 1) return not_hours(field, "Days are named without hours.");
  for (std::size_t i = 1; i < words.size(); ++i) {
    const auto span = span_of(words[i]);
    if (!span) return not_hours(field, "That is no span of hours.");
    for (const std::size_t day : days)
      add_span(week, day, *span);
  }
  return {};
}

std::string clock_text(std::uint32_t minute) {
  return fmt::format("{:02}:{:02}", minute / 60, minute % 60);
}

}  // namespace

core::Result<OpeningHours> parse_opening_hours(std::string_view text, const std::string& field) {
  OpeningHours hours;
  if (text == "always") return hours;
  Week week;
  for (bool more = true; more;) {
    const std::size_t end = text.find(';');
    GJALLAR_TRY(add_part(week, text.substr(0, end), field));
    more = end != std::string_view::npos;
    if (more) text.remove_prefix(end + 1);
  }
  for (std::size_t day = 0; day < week.size(); ++day) {
    std::sort(week[day].begin(), week[day].end());
    std::uint32_t closed_since = 0;
    for (const Span& span : week[day]) {
      if (span.first < closed_since) return not_hours(field, "Opening hours overlap.");
      closed_since = span.second;
      v1::OpeningHours& one = *hours.Add();
      one.set_weekday(static_cast<std::uint32_t>(day + 1));
      one.set_opens_minute(span.first);
      one.set_closes_minute(span.second);
    }
  }
  return hours;
}

std::string opening_hours_text(const OpeningHours& hours) {
  if (hours.empty()) return "always";
  Week week;
  for (const v1::OpeningHours& one : hours) {
    if (one.weekday() >= 1 && one.weekday() <= kDays.size())
      week[one.weekday() - 1].emplace_back(one.opens_minute(), one.closes_minute());
  }
  std::string text;
  for (std::size_t day = 0; day < week.size();) {
    std::size_t next = day + 1;
    while (next < week.size() && week[next] == week[day])
      ++next;
    if (!week[day].empty()) {
      text += fmt::format("{}{}", text.empty() ? "" : "; ", kDays[day]);
      if (next - day > 1) text += fmt::format("-{}", kDays[next - 1]);
      for (const Span& span : week[day])
        text += fmt::format(" {}-{}", clock_text(span.first), clock_text(span.second));
    }
    day = next;
  }
  return text;
}

}  // namespace gjallar::tool
