#include "broker/domain/overdoses.h"

#include <algorithm>
#include <cmath>

#include "broker/domain/area.h"

namespace gjallar::domain {
namespace {

constexpr std::size_t kTellingMunicipalitiesMin = 5;

std::uint64_t counted(const std::vector<OverdoseEntry>& entries, core::WallTime after, core::WallTime until) {
  std::uint64_t sum = 0;
  for (const OverdoseEntry& entry : entries) {
    if (entry.to > after && entry.to <= until) sum += entry.all();
  }
  return sum;
}

/// The mean plus two standard deviations of a Poisson count.
double two_deviations_above(double mean) {
  return mean + 2 * std::sqrt(std::max(mean, 1.0));
}

std::uint32_t to_multiple_of_five(std::uint64_t count) {
  return static_cast<std::uint32_t>((count + 2) / 5 * 5);
}

}  // namespace

OverdoseThresholds recommended_thresholds(const std::vector<OverdoseEntry>& entries, core::WallTime end) {
  const core::WallTime until = end - kOverdoseWeek;
  const double mean =
      static_cast<double>(counted(entries, until - kBaselineWeeks * kOverdoseWeek, until)) / kBaselineWeeks;
  return {two_deviations_above(mean / 7), two_deviations_above(mean)};
}

std::vector<v1::OverdoseHint> overdose_hints(const OverdoseSituation& situation, std::string_view county,
                                             const OwnThresholds& own, core::WallTime end,
                                             v1::Status status) {
  const auto configured = own.find(county);
  const OverdoseThresholds thresholds =
      configured != own.end() ? configured->second : recommended_thresholds(situation.entries, end);
  std::vector<v1::OverdoseHint> hints;
  const auto look = [&](std::chrono::hours length, double threshold,
                        const std::optional<core::WallTime>& last) {
    if (last && end < *last + kOverdoseDay) return;
    const std::uint64_t count = counted(situation.entries, end - length, end);
    if (static_cast<double>(count) <= threshold) return;
    v1::OverdoseHint& hint = hints.emplace_back();
    hint.set_area(std::string(county));
    *hint.mutable_from() = core::to_timestamp(end - length);
    *hint.mutable_to() = core::to_timestamp(end);
    hint.set_status(status);
    if (told_like_municipality(county)) return;
    hint.set_rounded_count(to_multiple_of_five(count));
    hint.set_threshold(threshold);
  };
  look(kOverdoseDay, thresholds.day, situation.last_day_hint);
  look(kOverdoseWeek, thresholds.week, situation.last_week_hint);
  return hints;
}

bool told_like_municipality(std::string_view county) {
  return municipalities_of(county).size() < kTellingMunicipalitiesMin;
}

std::string rounded_count(std::uint64_t count) {
  return count < 5 ? "<5" : std::to_string(to_multiple_of_five(count));
}

}  // namespace gjallar::domain
