#pragma once

#include <string>
#include <vector>

#include "bench/support/measure.h"
#include "bench/support/pulse.h"
#include "bench/support/tls_crowd.h"

namespace gjallar::bench {

/// What takes part in a storm: a crowd that is cut off and comes back at once, others that stay, and messages
/// that go to all of them meanwhile.
struct StormScene {
  TlsCrowd& crowd;
  TlsCrowd& others;
  Pulse& pulse;
  int seconds_max;  ///< those who aren't back by then are told as such
};

/// Figures of storms of one kind, one each a storm.
class Storms {
 public:
  /// The quiet before: messages without a storm.
  void calm(const StormScene& scene);
  /// The crowd comes back with `greeting`, with its session tickets or without.
  void blow(const StormScene& scene, const Readers::Greeting& greeting, bool tickets);
  /// The least share of the crowd that came back.
  [[nodiscard]] double back_min() const;
  /// Medians, and the worst. `seconds_max` stands for a storm from which not all came back.
  [[nodiscard]] Row row(const std::string& name, int clients, int others) const;

 private:
  void add(const std::vector<Return>& returns, int seconds_max);

  std::vector<double> back_, all_s_, median_s_, p99_s_, attempts_, resumed_;
  std::vector<double> live_p99_ms_, live_max_ms_, quiet_p99_ms_;
};

}  // namespace gjallar::bench
