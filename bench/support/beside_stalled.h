#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>

#include "bench/support/contest.h"
#include "bench/support/measure.h"
#include "bench/support/stalled_reader.h"

namespace gjallar::bench {

/// One of two servers of the same kind, with as many subscribers.
struct StalledSide {
  Contestant contestant;
  std::function<void(int)> fill;  ///< publishes so many messages
  std::function<std::unique_ptr<StalledReader>()> stall;
};

/// What one reader that stalls costs the others: p99 and processor time beside it over those without, in
/// rounds in turns. One server has it in the first half of the rounds, the other in the second, so that what
/// two processes of a kind differ by isn't taken for it. `filling`: more messages than the kernel takes for
/// it on both sides. Throws if the reader doesn't stall.
[[nodiscard]] Row beside_stalled(const std::string& name, const std::array<StalledSide, 2>& sides,
                                 int filling, int rounds);

}  // namespace gjallar::bench
