// A session of a simulated fan-out with its socket, and the reader of the log that answers it.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <set>

#include "broker/fanout/dispatcher.h"
#include "broker/fanout/registry.h"
#include "tests/support/simulated_client.h"

namespace gjallar::testing {

/// What all sessions of a run share.
struct SimulatedBroker {
  SimulatedLog log;
  std::unique_ptr<fanout::Dispatcher> dispatcher;
  std::shared_ptr<fanout::Registry> registry;
  core::SteadyTime now{};
  Finding finding;

  void note(Finding what) {
    if (finding.empty()) finding = std::move(what);
  }
};

/// No progress for so long, and a session is sent away as slow.
inline constexpr std::chrono::seconds kSimulatedSlowAfter{60};

class SimulatedSession final : public fanout::SessionPort {
 public:
  /// `socket`: it tells at once what it has taken, as a WebSocket does; else later, as gRPC does.
  SimulatedSession(SimulatedBroker& broker, SimulatedClient& client, fanout::Registry::Place place,
                   bool socket);
  ~SimulatedSession() override;

  // SessionPort
  fanout::Sent send(const fanout::Delivery& delivery, bool more) override;
  fanout::Sent send(const gjallar::v1::Frame& frame, bool more) override;
  fanout::Flushed flush(std::size_t returnable) override;
  void finish(const gjallar::v1::Goodbye& goodbye) override;
  void wrote(core::Seq) override {}
  void want_start(const fanout::StartPlan& plan) override { start_ = plan; }
  void want_slice(core::Seq after) override { slice_after_ = after; }
  void want_restated(const fanout::SharedEvent& event) override { restate_ = event; }

  /// The client reads some of what is on the wire; what waited goes after it.
  void read(std::size_t count);
  /// The log's reader answers what the session has asked for.
  void answer();
  void heartbeat();
  /// As a shard does now and then: sends it away if it is slow.
  void tick();
  void drain();
  /// Nothing is on its way to the client, and nothing asked for.
  [[nodiscard]] bool idle() const noexcept { return wire_.empty() && waiting_.empty() && !asked(); }
  /// It was sent away, and the client has read all of it.
  [[nodiscard]] bool over() const noexcept { return ended_ && wire_.empty() && waiting_.empty(); }

  /// Whether urgent events may overtake: it has a position, and doesn't hold the event already.
  [[nodiscard]] bool has_place(core::Seq seq) const;
  /// After an urgent event was dispatched: it is on its way, wherever the session stands.
  void check_urgent(const fanout::SharedEvent& event, bool had_place);

 private:
  struct Item {
    std::optional<fanout::Delivery> delivery;
    std::optional<gjallar::v1::Frame> frame;
  };

  [[nodiscard]] std::size_t window() const noexcept;
  [[nodiscard]] std::size_t overtaking_waiting() const;
  [[nodiscard]] bool asked() const noexcept { return start_ || slice_after_ || restate_; }
  void answer_start(fanout::StartPlan plan);
  void answer_slice(core::Seq after);
  void wait(Item item);
  /// Puts on the wire what fits; how many frames did.
  std::size_t write_waiting();
  fanout::Sent put(Item item, bool more);

  SimulatedBroker& broker_;
  SimulatedClient& client_;
  const bool socket_;
  fanout::Registry::Place place_;
  std::unique_ptr<fanout::SessionState> state_;
  std::size_t room_ = 3;  ///< frames that the kernel holds
  std::deque<Item> wire_, waiting_, held_;
  std::size_t ordinary_waiting_ = 0;
  std::set<core::Seq> sent_;
  std::optional<fanout::StartPlan> start_;
  std::optional<core::Seq> slice_after_;
  fanout::SharedEvent restate_;
  bool checking_ = false;  ///< nothing is said before the log was asked
  bool ended_ = false;
  bool ready_ = false;  ///< its socket has just told that it takes more
  // Of its progress, by the same clock as the broker's.
  std::uint64_t written_ = 0;
  std::uint64_t written_at_tick_ = 0;
  core::SteadyTime last_written_{};
  std::optional<core::SteadyTime> stuck_since_;  ///< the first look that found it without progress
};

}  // namespace gjallar::testing
