#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/core/clock.h"
#include "gjallar/v1/event.pb.h"

/// Overdose counts: when a county's counts are more than usual. Numbers, never persons. Pure.
namespace gjallar::domain {

/// One count as it stands: how many in one municipality and period, by one source.
struct OverdoseEntry {
  std::string area;  ///< a municipality
  std::string source;
  core::WallTime from;
  core::WallTime to;
  std::uint64_t fatal = 0;
  std::uint64_t not_fatal = 0;
  [[nodiscard]] std::uint64_t all() const noexcept { return fatal + not_fatal; }
  /// True if the two are about the same: then the later one counts.
  [[nodiscard]] bool same_as(const OverdoseEntry& other) const noexcept {
    return area == other.area && source == other.source && from == other.from && to == other.to;
  }
};

/// Above these a county's coordinators and their neighbours get a hint.
struct OverdoseThresholds {
  double day = 0;
  double week = 0;
};
/// A deployment's own thresholds by county; counties that aren't there have the recommended ones.
using OwnThresholds = std::map<std::string, OverdoseThresholds, std::less<>>;

/// How long a window is, and how far back the baseline goes.
inline constexpr std::chrono::hours kOverdoseDay{24};
inline constexpr std::chrono::hours kOverdoseWeek{7 * 24};
inline constexpr int kBaselineWeeks = 10;
/// Everything that decides about a hint at `end` began no earlier than so long before it.
inline constexpr std::chrono::hours kOverdoseMemory{(kBaselineWeeks + 1) * 7 * 24 + 24};

/// What was counted in a county, and when it last had a hint.
struct OverdoseSituation {
  /// This status alone: from kOverdoseMemory before the count until kOverdoseWeek after it, the newest
  /// kOverdoseEntriesMax.
  std::vector<OverdoseEntry> entries;
  std::optional<core::WallTime> last_day_hint;
  std::optional<core::WallTime> last_week_hint;
};

/// The mean of the ten weeks before the last seven days, for a day and a week, plus two standard deviations
/// of a Poisson count of that mean (at least of 1): the usual "mean + 2 SD" of overdose spike alerts.
[[nodiscard]] OverdoseThresholds recommended_thresholds(const std::vector<OverdoseEntry>& entries,
                                                        core::WallTime end);

/// The hints that a count which ended at `end` calls for: a day's, a week's, or none. Counts belong to a
/// window by their end. Counts arrive in any order, so every window that the count belongs to is looked at,
/// the earliest first: those that end with it or with a later count up to `now`. A day that ended more than
/// 24 h before `now` is no news, a week is up to seven days after. No second hint of a window within 24 h of
/// the last. Number and threshold stay 0 for a county that is told like a municipality.
[[nodiscard]] std::vector<gjallar::v1::OverdoseHint> overdose_hints(const OverdoseSituation& situation,
                                                                    std::string_view county,
                                                                    const OwnThresholds& own,
                                                                    core::WallTime end, core::WallTime now,
                                                                    gjallar::v1::Status status);

/// A county with fewer municipalities than five is told like one of them: its days would tell too much.
[[nodiscard]] bool told_like_municipality(std::string_view county);

/// A count as it may leave the broker where it could point at persons: "<5", or the nearest multiple of 5.
[[nodiscard]] std::string rounded_count(std::uint64_t count);

}  // namespace gjallar::domain
