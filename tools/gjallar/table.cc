#include "tools/gjallar/table.h"

#include <absl/time/time.h>
#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "broker/domain/grade.h"
#include "broker/domain/short_text.h"

namespace gjallar::tool {

namespace v1 = gjallar::v1;

std::size_t display_width(std::string_view text) noexcept {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\033') {
      while (i < text.size() && text[i] != 'm')
        ++i;
    } else if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) {
      ++width;
    }
  }
  return width;
}

std::string padded(std::string_view text, std::size_t width) {
  std::string out(text);
  const std::size_t has = display_width(text);
  if (has < width) out.append(width - has, ' ');
  return out;
}

std::vector<std::string> Table::lines(bool colour) const {
  std::vector<std::size_t> widths;
  for (const auto& heading : headings_)
    widths.push_back(display_width(heading));
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i)
      widths[i] = std::max(widths[i], display_width(row[i]));
  }
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string out;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      out += i + 1 == cells.size() ? cells[i] : padded(cells[i], widths[i]) + "  ";
    }
    return out;
  };
  std::vector<std::string> out;
  out.push_back((colour ? "\033[1m" : "") + line(headings_) + (colour ? "\033[0m" : ""));
  for (const auto& row : rows_)
    out.push_back(line(row));
  return out;
}

void Table::print(bool colour) const {
  for (const auto& line : lines(colour))
    std::cout << line << "\n";
  std::cout.flush();
}

std::string plain_name(std::string_view enum_value, std::string_view prefix) {
  std::string out(enum_value.substr(enum_value.compare(0, prefix.size(), prefix) == 0 ? prefix.size() : 0));
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return c == '_' ? '-' : std::tolower(c); });
  return out;
}

std::string level_label(v1::GradeLevel level, bool colour) {
  const std::string name = plain_name(v1::GradeLevel_Name(level), "GRADE_LEVEL_");
  if (!colour) return name;
  const char* code = level == v1::GRADE_LEVEL_URGENT    ? "\033[1;31m"
                     : level == v1::GRADE_LEVEL_WARNING ? "\033[33m"
                                                        : "\033[32m";
  return code + name + "\033[0m";
}

std::string grade_label(const v1::Alert& alert, bool colour) {
  const std::string counts = level_label(alert.level(), colour);
  if (alert.verification() != v1::VERIFICATION_VERIFIED) return counts + " (unverified)";
  const v1::GradeLevel sent = domain::level_of(alert.content().grade());
  if (sent == alert.level()) return counts + " (verified)";
  return plain_name(v1::GradeLevel_Name(sent), "GRADE_LEVEL_") + " → " + counts;
}

std::string phase_label(v1::Phase phase) {
  return plain_name(v1::Phase_Name(phase), "PHASE_");
}

std::string event_label(v1::EventType type) {
  std::string name = plain_name(v1::EventType_Name(type), "EVENT_TYPE_");
  std::replace(name.begin(), name.end(), '-', ' ');
  return name;
}

std::string headline_of(const v1::Alert& alert, std::string_view language) {
  if (alert.redacted()) return "(redacted)";
  const v1::TextBlock& text = domain::text_in(alert.content(), language);
  return domain::marked(alert.content().status(), text.language(), text.headline());
}

std::string zoned_time(const google::protobuf::Timestamp& timestamp) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S %Ez", absl::FromUnixSeconds(timestamp.seconds()),
                          absl::LocalTimeZone());
}

std::string joined(const google::protobuf::RepeatedPtrField<std::string>& values) {
  return fmt::format("{}", fmt::join(values, " "));
}

std::string areas_of(const v1::Alert& alert) {
  std::vector<std::string> areas;
  for (const auto& group : alert.content().audience().groups()) {
    for (const auto& area : group.areas()) {
      if (std::find(areas.begin(), areas.end(), area) == areas.end()) areas.push_back(area);
    }
  }
  constexpr std::size_t kShown = 4;
  std::string out = fmt::format(
      "{}", fmt::join(areas.begin(), areas.begin() + static_cast<long>(std::min(areas.size(), kShown)), " "));
  if (areas.size() > kShown) out += fmt::format(" +{}", areas.size() - kShown);
  return out;
}

}  // namespace gjallar::tool
