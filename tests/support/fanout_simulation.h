// A whole fan-out in one thread, moved by a seed: an appender with its log, a shard's dispatcher, sessions on
// sockets that fill up, clients that stall, break off and come back, and a broker that is killed. Everything
// between them (groups on their way, reads of the log, bytes in sockets) waits until chance lets it go on.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "broker/fanout/dispatcher.h"

namespace gjallar::testing {

/// The log: what is appended is there for readers once it is synced; a crash takes the rest.
class SimulatedLog {
 public:
  /// Appends events, and syncs them. Returns the first seq.
  core::Seq append(std::mt19937_64& random, std::size_t count);
  void crash();
  [[nodiscard]] core::Seq head() const noexcept { return synced_; }
  [[nodiscard]] const fanout::SharedEvent& at(core::Seq seq) const { return events_.at(seq - 1); }
  /// Told to publishers as committed.
  [[nodiscard]] core::Seq acknowledged() const noexcept { return acknowledged_; }

 private:
  std::vector<fanout::SharedEvent> events_;
  core::Seq synced_ = 0;
  core::Seq acknowledged_ = 0;
};

/// What is wrong; empty as long as nothing is.
using Finding = std::string;

/// One client program of one service, by the rules of docs/protocol.md.
class SimulatedClient {
 public:
  explicit SimulatedClient(core::ServiceNumber service) : service_(service) {}
  void connected(const fanout::StartPlan& plan);
  void apply(const fanout::Delivery& delivery, Finding& finding);
  void apply(const gjallar::v1::Frame& frame, Finding& finding);
  /// Whether it ended with all that concerns it, in order and once.
  void check(const SimulatedLog& log, Finding& finding) const;

  [[nodiscard]] core::ServiceNumber service() const noexcept { return service_; }
  /// Where to resume; nothing: it has no place yet.
  [[nodiscard]] const std::optional<core::Seq>& cursor() const noexcept { return cursor_; }
  /// Its memory is lost: it comes back without a cursor.
  void forget();
  /// It comes back with a cursor of what the broker has lost.
  void claim(core::Seq seq) { cursor_ = seq; }

 private:
  const core::ServiceNumber service_;
  std::optional<core::Seq> cursor_;
  std::optional<core::Seq> from_;  ///< all that concerns it after this is due
  std::vector<core::Seq> in_order_;
  bool fresh_ = true;  ///< nothing in order has come in this session
  bool gap_due_ = false;
  bool state_due_ = false;
};

/// One run. The same seed is the same run.
class FanoutSimulation {
 public:
  explicit FanoutSimulation(std::uint64_t seed);
  ~FanoutSimulation();
  /// Runs to its end; what was found wrong first, or nothing.
  [[nodiscard]] Finding run();

 private:
  class Session;
  struct Group {
    core::Seq first = 0;
    std::size_t count = 0;
  };

  void step();
  void publish();
  void dispatch();
  void connect(std::size_t client);
  void cut(std::size_t client);
  void kill();
  void settle();
  [[nodiscard]] std::size_t below(std::size_t limit);

  std::mt19937_64 random_;
  SimulatedLog log_;
  std::unique_ptr<fanout::Dispatcher> dispatcher_;
  std::vector<SimulatedClient> clients_;
  std::vector<std::unique_ptr<Session>> sessions_;  ///< one a client, or none
  std::deque<Group> on_their_way_;
  Finding finding_;
};

}  // namespace gjallar::testing
