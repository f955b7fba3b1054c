#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/core/clock.h"
#include "gjallar/v1/alert.pb.h"
#include "gjallar/v1/event.pb.h"

namespace gjallar::tool {

/// A table for people: columns as wide as their widest cell, counted in characters, not bytes.
class Table {
 public:
  explicit Table(std::vector<std::string> headings) : headings_(std::move(headings)) {}
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
  void print(bool colour) const;
  /// The headings and the rows, without line ends.
  [[nodiscard]] std::vector<std::string> lines(bool colour) const;

 private:
  std::vector<std::string> headings_;
  std::vector<std::vector<std::string>> rows_;
};

/// Number of characters a terminal shows for a text; colour sequences count nothing.
[[nodiscard]] std::size_t display_width(std::string_view text) noexcept;
[[nodiscard]] std::string padded(std::string_view text, std::size_t width);

// --- words for people ---
[[nodiscard]] std::string level_label(gjallar::v1::GradeLevel level, bool colour);
/// Both grades of an alert: "urgent (unverified)", "urgent (verified)", or the sender's and the assessed one
/// where they differ: "urgent → warning".
[[nodiscard]] std::string grade_label(const gjallar::v1::Alert& alert, bool colour);
[[nodiscard]] std::string phase_label(gjallar::v1::Phase phase);
[[nodiscard]] std::string event_label(gjallar::v1::EventType type);
/// The name of an enum value without its prefix, in lower case with hyphens.
[[nodiscard]] std::string plain_name(std::string_view enum_value, std::string_view prefix);
/// The alert's first headline, in `language` if it has it; marked if it isn't about the world.
[[nodiscard]] std::string headline_of(const gjallar::v1::Alert& alert, std::string_view language = {});
/// Local date and time to the second with its offset from UTC: "2026-01-01 08:00:00 +01:00".
[[nodiscard]] std::string zoned_time(const google::protobuf::Timestamp& timestamp);
[[nodiscard]] std::string joined(const google::protobuf::RepeatedPtrField<std::string>& values);
/// Areas of an audience, in short.
[[nodiscard]] std::string areas_of(const gjallar::v1::Alert& alert);

}  // namespace gjallar::tool
