#pragma once

#include <chrono>
#include <cstdint>
#include <random>

#include "broker/core/fault.h"

namespace gjallar::core {

/// For advice to those who are turned away: from `least` to three times as much, so that they don't come back
/// all at once. Any thread.
[[nodiscard]] inline std::chrono::milliseconds jittered(std::chrono::milliseconds least) {
  if (faulty(Fault::kRetryTogether)) return least;
  thread_local std::minstd_rand random{std::random_device{}()};
  std::uniform_int_distribution<std::int64_t> spread(least.count(), least.count() * 3);
  return std::chrono::milliseconds(spread(random));
}

}  // namespace gjallar::core
