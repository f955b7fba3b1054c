#pragma once

#include <atomic>
#include <string_view>

namespace gjallar::operations {

/// Where a broker is in its life.
enum class Phase { kStarting, kReady, kDraining, kFailed };

/// What /readyz says. Any thread.
class Health {
 public:
  void set(Phase phase) noexcept { phase_.store(phase); }
  [[nodiscard]] Phase phase() const noexcept { return phase_.load(); }
  [[nodiscard]] bool ready() const noexcept { return phase() == Phase::kReady; }

 private:
  std::atomic<Phase> phase_{Phase::kStarting};
};

/// One word: "starting", "ready", "draining", "failed".
[[nodiscard]] std::string_view phase_name(Phase phase) noexcept;

}  // namespace gjallar::operations
