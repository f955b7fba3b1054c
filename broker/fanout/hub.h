#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "broker/core/clock.h"
#include "broker/core/limits.h"
#include "broker/fanout/catch_up_thread.h"
#include "broker/fanout/poller.h"
#include "broker/fanout/session.h"
#include "broker/log/event_log.h"
#include "broker/projections/live_directory.h"
#include "broker/receipts/receipt_store.h"

namespace gjallar::fanout {

struct HubOptions {
  std::size_t shards = 0;  ///< 0: one a core
  std::chrono::milliseconds heartbeat_interval = core::limits::kHeartbeatInterval;
  std::size_t ring_frames_max = core::limits::kRingFramesMax;
  std::size_t ring_bytes_max = core::limits::kRingBytesMax;
  std::chrono::milliseconds slow_reader_timeout = core::limits::kSlowReaderTimeout;
  bool notes_written = true;  ///< false: no receipts of what was written, to measure what they cost
  /// The gate for what comes with a confirmation on a session; on the catch-up thread.
  ScreenAcknowledged screen_acknowledged;
};

/// What the fan-out counts; for metrics and status.
struct HubStatistics {
  std::uint64_t sessions = 0;
  std::uint64_t deliveries = 0;
  std::uint64_t overtaking = 0;
  std::uint64_t catch_up_events = 0;
  std::uint64_t slow_closed = 0;
  std::uint64_t committed_seq = 0;
  std::set<std::string> connected_services;
};

/// The shards, their threads, and the catch-up thread. `on_committed` is the only way in for live events.
class Hub {
 public:
  /// All must outlive it. Starts the threads.
  Hub(log::EventLog& log, const projections::LiveDirectory& directory, receipts::ReceiptStore& receipts,
      const core::Clock& clock, HubOptions options);
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  /// The appender's thread, before each group is synced: begins to encode it, for nobody to see yet.
  void on_prepared(const log::CommittedGroup& group);
  /// The appender's thread, after each synced group and after LiveDirectory::publish: encodes each event once
  /// and hands it to each shard once.
  void on_committed(const log::CommittedGroup& group, const log::Head& head);

  /// A shard for a new connection, in turn. Edges run the connection's I/O on its io_context, whose thread is
  /// the shard's.
  [[nodiscard]] std::size_t pick_shard() noexcept;
  [[nodiscard]] std::size_t shard_count() const noexcept;
  [[nodiscard]] boost::asio::io_context& shard_context(std::size_t shard) noexcept;
  /// Of the shard's sessions' sockets; on its thread.
  [[nodiscard]] Poller& poller(std::size_t shard) noexcept;

  /// Opens a session on a shard. Errors: PERMISSION_DENIED (no right to subscribe or view, no service),
  /// UNKNOWN_SERVICE, SERVICE_DISABLED, MISSING_FIELD (client_id), OVERLOADED (too many sessions of the
  /// principal), UNAUTHENTICATED (its token ended just now), UNAVAILABLE (draining). A cursor of another log
  /// or ahead of this one is no error: gap and full state follow.
  [[nodiscard]] core::Result<core::Owned<SessionHandle>> open(SessionRequest request,
                                                              core::Owned<Transport> transport,
                                                              std::size_t shard);

  /// Only secrets of this token from `oldest` on (domain::oldest_secret_in_force) are good any more: says
  /// goodbye to the sessions that others opened, and refuses them from now on. Any thread; doesn't block.
  void end_sessions_of_token(const std::string& token_id, core::Version oldest);

  /// No new sessions; goodbyes spread over `time`; returns once all sessions are gone or the time is over.
  void drain(std::chrono::milliseconds time);
  /// Stops the threads. After drain, and after the edges have stopped using the io_contexts.
  void stop();

  [[nodiscard]] HubStatistics statistics() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gjallar::fanout
