#pragma once

#include <algorithm>
#include <chrono>

#include "broker/core/clock.h"

namespace gjallar::core {

/// So many things a second, and so many at once after a silence. Not synchronised.
class TokenBucket {
 public:
  TokenBucket(double per_second, double at_once, SteadyTime now) noexcept
      : per_second_(per_second), at_once_(at_once), tokens_(at_once), filled_(now) {}

  /// Takes one. Returns 0, or how long to wait for it without having taken it.
  [[nodiscard]] std::chrono::milliseconds take(SteadyTime now) noexcept {
    const std::chrono::duration<double> passed = now - filled_;
    if (passed.count() > 0) {
      tokens_ = std::min(at_once_, tokens_ + passed.count() * per_second_);
      filled_ = now;
    }
    if (tokens_ >= 1) {
      tokens_ -= 1;
      return std::chrono::milliseconds(0);
    }
    const std::chrono::duration<double> wait((1 - tokens_) / per_second_);
    return std::chrono::duration_cast<std::chrono::milliseconds>(wait) + std::chrono::milliseconds(1);
  }

 private:
  const double per_second_;
  const double at_once_;
  double tokens_;
  SteadyTime filled_;
};

}  // namespace gjallar::core
