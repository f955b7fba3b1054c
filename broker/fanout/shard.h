#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <random>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "broker/core/clock.h"
#include "broker/fanout/catch_up_thread.h"
#include "broker/fanout/dispatcher.h"
#include "broker/fanout/hub.h"
#include "broker/fanout/poller.h"
#include "broker/fanout/written_seqs.h"

namespace gjallar::fanout {

class Session;
using EventGroup = std::vector<SharedEvent>;

/// What a shard works with; all outlive it.
struct ShardParts {
  core::LogId log_id;
  CatchUpThread& catch_up;
  receipts::ReceiptStore& receipts;
  const core::Clock& clock;
  const HubOptions& options;
  const std::atomic<core::Seq>& committed;
};

/// One thread with its io_context, its sessions, and the dispatcher of its ring. A live event takes
/// no lock here and is copied for nobody.
class Shard {
 public:
  /// Counted on the shard's thread alone, read by any.
  class Counter {
   public:
    void add(std::uint64_t count = 1) noexcept {
      value_.store(value_.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t load() const noexcept { return value_.load(std::memory_order_relaxed); }

   private:
    std::atomic<std::uint64_t> value_{0};
  };
  struct Statistics {
    Counter deliveries;
    Counter overtaking;
    Counter catch_up_events;
    Counter slow_closed;
  };

  Shard(ShardParts parts, const log::Head& head);
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  void start();
  /// Ends the thread; what was written and not yet recorded is recorded.
  void stop();

  // --- any thread ---
  [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }
  [[nodiscard]] const Statistics& statistics() const noexcept { return statistics_; }
  /// `hello`: the first that it says.
  void add(core::Owned<Session> session, gjallar::v1::Hello hello);
  /// Appender's thread, in order. If the shard is too far behind to hold what waits, the group is left to the
  /// catch-up.
  void committed(const std::shared_ptr<const EventGroup>& group, const log::Head& head);
  /// Says goodbye to all sessions, one after another within `time`.
  void drain(std::chrono::milliseconds time);

  // --- the shard's thread, for its sessions ---
  [[nodiscard]] const ShardParts& parts() const noexcept { return parts_; }
  [[nodiscard]] const Ring& ring() const noexcept { return dispatcher_.ring(); }
  [[nodiscard]] Statistics& statistics() noexcept { return statistics_; }
  /// From `least` to three times as much, so that clients don't come back all at once.
  [[nodiscard]] std::chrono::milliseconds jittered(std::chrono::milliseconds least);
  [[nodiscard]] Poller& poller() noexcept { return poller_; }
  /// Takes the session out once the present work is done.
  void retire(Session& session);
  /// Records soon that an event or a state was written to a session of the service; once a service and
  /// transport is enough.
  void note_written(core::ServiceNumber service, receipts::TransportKind transport, core::Seq seq);

 private:
  /// A group on its way from the appender.
  struct Waiting {
    std::shared_ptr<const EventGroup> group;
    log::Head head;
    std::size_t weight = 0;
    Waiting* next = nullptr;
  };
  /// Takes all groups that wait, in order.
  void take_waiting();
  void schedule_tick();
  void tick();
  void record_written();
  void drain_step();
  /// False if it isn't there any more.
  bool take_out(Session& session) noexcept;

  // The io_context comes first: what sessions hold may refer to it until they are gone.
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{context_.get_executor()};
  ShardParts parts_;
  Poller poller_{context_};
  Dispatcher dispatcher_;
  log::Head head_;
  std::vector<core::Owned<Session>> sessions_;              ///< each knows its place
  std::unordered_map<std::uint64_t, WrittenSeqs> written_;  ///< by service and transport
  core::WallTime written_since_{};
  bool recording_ = false;
  std::vector<core::Owned<Session>> to_drain_;
  std::chrono::milliseconds drain_interval_{0};
  std::size_t drain_count_ = 0;
  boost::asio::steady_timer tick_timer_{context_};
  boost::asio::steady_timer record_timer_{context_};
  boost::asio::steady_timer drain_timer_{context_};
  std::minstd_rand jitter_;
  std::atomic<Waiting*> inbox_{nullptr};       ///< the newest group first
  std::atomic<std::size_t> waiting_bytes_{0};  ///< of groups handed over and not yet taken
  Statistics statistics_;
  std::thread thread_;
};

}  // namespace gjallar::fanout
