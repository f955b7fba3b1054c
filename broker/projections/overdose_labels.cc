#include <algorithm>

#include "broker/projections/overdoses.h"

namespace gjallar::projections {
namespace {

/// The counts that a label stands for.
struct Range {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

Range range_of(std::uint64_t count) {
  if (count < 5) return {0, 4};
  const auto label = static_cast<std::int64_t>((count + 2) / 5 * 5);
  return {std::max<std::int64_t>(5, label - 2), label + 2};
}

/// Fewer possible counts than this, none of them 0, tell too much of a municipality.
constexpr std::int64_t kPossibleMin = 3;

}  // namespace

std::vector<std::string> weekly_labels(const std::vector<std::uint64_t>& counts) {
  std::int64_t total = 0;
  std::int64_t lows = 0;
  std::int64_t highs = 0;
  for (const std::uint64_t count : counts) {
    total += static_cast<std::int64_t>(count);
    lows += range_of(count).low;
    highs += range_of(count).high;
  }
  const bool safe = std::all_of(counts.begin(), counts.end(), [&](std::uint64_t count) {
    const Range own = range_of(count);
    const std::int64_t low = std::max(own.low, total - (highs - own.high));
    const std::int64_t high = std::min(own.high, total - (lows - own.low));
    return low == 0 || high - low + 1 >= kPossibleMin;
  });
  std::vector<std::string> labels;
  labels.reserve(counts.size());
  for (const std::uint64_t count : counts)
    labels.push_back(safe ? domain::rounded_count(count) : "withheld");
  return labels;
}

}  // namespace gjallar::projections
