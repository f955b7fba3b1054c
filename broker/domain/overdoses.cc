#include "broker/domain/overdoses.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "broker/domain/area.h"
#include "broker/domain/content_change.h"

namespace gjallar::domain {
namespace {

constexpr std::size_t kTellingMunicipalitiesMin = 5;

/// The mean plus two standard deviations of a Poisson count.
double two_deviations_above(double mean) {
  return mean + 2 * std::sqrt(std::max(mean, 1.0));
}

/// Counts by their end, summed up once: so that many windows cost little.
class SortedCounts {
 public:
  explicit SortedCounts(const std::vector<OverdoseEntry>& entries) {
    for (const OverdoseEntry& entry : entries)
      sums_.emplace_back(entry.to, entry.all());
    std::sort(sums_.begin(), sums_.end());
    std::uint64_t sum = 0;
    for (auto& [to, all] : sums_)
      all = sum += all;
  }

  /// How many in the counts that ended in (after, until].
  [[nodiscard]] std::uint64_t between(core::WallTime after, core::WallTime until) const {
    return up_to(until) - up_to(after);
  }

  [[nodiscard]] OverdoseThresholds recommended(core::WallTime end) const {
    const core::WallTime until = end - kOverdoseWeek;
    const double mean =
        static_cast<double>(between(until - kBaselineWeeks * kOverdoseWeek, until)) / kBaselineWeeks;
    return {two_deviations_above(mean / 7), two_deviations_above(mean)};
  }

  /// `first`, and every end of a count in (first, last], ascending.
  [[nodiscard]] std::vector<core::WallTime> ends(core::WallTime first, core::WallTime last) const {
    std::vector<core::WallTime> out{first};
    for (const auto& [to, sum] : sums_) {
      if (to > out.back() && to <= last) out.push_back(to);
    }
    return out;
  }

 private:
  [[nodiscard]] std::uint64_t up_to(core::WallTime until) const {
    const auto after =
        std::upper_bound(sums_.begin(), sums_.end(), until,
                         [](core::WallTime time, const auto& count) { return time < count.first; });
    return after == sums_.begin() ? 0 : std::prev(after)->second;
  }

  std::vector<std::pair<core::WallTime, std::uint64_t>> sums_;
};

std::uint32_t to_multiple_of_five(std::uint64_t count) {
  return static_cast<std::uint32_t>((count + 2) / 5 * 5);
}

}  // namespace

OverdoseThresholds recommended_thresholds(const std::vector<OverdoseEntry>& entries, core::WallTime end) {
  return SortedCounts(entries).recommended(end);
}

std::vector<v1::OverdoseHint> overdose_hints(const OverdoseSituation& situation, std::string_view county,
                                             const OwnThresholds& own, core::WallTime end, core::WallTime now,
                                             v1::Status status) {
  const SortedCounts counts(situation.entries);
  const auto configured = own.find(county);
  std::vector<v1::OverdoseHint> hints;
  const auto look = [&](std::chrono::hours length, double OverdoseThresholds::*threshold,
                        const std::optional<core::WallTime>& last) {
    const core::WallTime latest = std::min(now + kClockDifferenceMax, end + length - core::Micros(1));
    for (const core::WallTime until : counts.ends(end, latest)) {
      if (until + length < now || (last && until < *last + kOverdoseDay)) continue;
      const OverdoseThresholds thresholds =
          configured != own.end() ? configured->second : counts.recommended(until);
      const std::uint64_t count = counts.between(until - length, until);
      if (static_cast<double>(count) <= thresholds.*threshold) continue;
      v1::OverdoseHint& hint = hints.emplace_back();
      hint.set_area(std::string(county));
      *hint.mutable_from() = core::to_timestamp(until - length);
      *hint.mutable_to() = core::to_timestamp(until);
      hint.set_status(status);
      if (told_like_municipality(county)) return;
      hint.set_rounded_count(to_multiple_of_five(count));
      hint.set_threshold(thresholds.*threshold);
      return;
    }
  };
  look(kOverdoseDay, &OverdoseThresholds::day, situation.last_day_hint);
  look(kOverdoseWeek, &OverdoseThresholds::week, situation.last_week_hint);
  return hints;
}

bool told_like_municipality(std::string_view county) {
  return municipalities_of(county).size() < kTellingMunicipalitiesMin;
}

std::string rounded_count(std::uint64_t count) {
  return count < 5 ? "<5" : std::to_string(to_multiple_of_five(count));
}

}  // namespace gjallar::domain
