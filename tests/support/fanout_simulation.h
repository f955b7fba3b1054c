// A whole fan-out in one thread, moved by a seed: an appender with its log, a shard's dispatcher, sessions on
// sockets that fill up, clients that stall, break off and come back, services that change, and a broker that
// is drained, killed, or started on an older copy of its log. Everything between them (groups on their way,
// reads of the log, bytes in sockets, time) waits until chance lets it go on.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <random>
#include <set>
#include <vector>

#include "tests/support/simulated_session.h"

namespace gjallar::testing {

/// One run. The same seed is the same run.
class FanoutSimulation {
 public:
  explicit FanoutSimulation(std::uint64_t seed);
  ~FanoutSimulation();
  /// Runs to its end; what was found wrong first, or nothing.
  [[nodiscard]] Finding run();

 private:
  struct Group {
    core::Seq first = 0;
    std::size_t count = 0;
  };

  void step();
  void publish();
  void dispatch();
  void connect(std::size_t client);
  void cut(std::size_t client);
  void pass_time();
  /// The broker is told to stop, says goodbye to everybody, and is started again.
  void drain();
  void kill();
  /// It is started on an older copy of its log.
  void restore();
  void restart();
  void settle();
  /// A client opens more sessions than it may.
  void crowd(std::size_t client);
  void check_refusal(const core::Result<fanout::Registry::Place>& place, gjallar::v1::ErrorCode code);
  void drop_those_that_are_over();
  [[nodiscard]] std::size_t below(std::size_t limit);

  std::mt19937_64 random_;
  SimulatedBroker broker_;
  std::vector<SimulatedClient> clients_;
  std::vector<std::unique_ptr<SimulatedSession>> sessions_;  ///< one a client, or none
  std::deque<Group> on_their_way_;
  std::vector<std::int64_t> waits_;  ///< that were advised to those who weren't let in
};

}  // namespace gjallar::testing
