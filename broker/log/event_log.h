#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/core/clock.h"
#include "broker/domain/service_set.h"
#include "broker/log/chain.h"
#include "broker/log/fold.h"
#include "broker/log/stored_event.h"

namespace gjallar::log {

/// Decides against the rows at exactly the head and the batch so far; `event_time` is the time its events
/// will have. Pure: may be run again. Runs on the appender's thread.
using Decide = std::function<core::Result<std::vector<domain::NewEvent>>(const RowReader& rows,
                                                                         core::WallTime event_time)>;

/// One command on its way into the log.
struct AppendRequest {
  std::string principal;
  std::string idempotency_key;  ///< empty: no protection against repeats
  std::string command_bytes;    ///< deterministic serialisation, for telling whether a repeat is the same
  Decide decide;
  core::SteadyTime deadline = core::SteadyTime::max();  ///< not begun by then: unavailable, nothing written
};

/// What became of it.
enum class AppendStatus {
  kCommitted,    ///< on disk
  kDuplicate,    ///< the key was seen before; `committed` is the first answer
  kRefused,      ///< decide said no; nothing written
  kUnavailable,  ///< queue full, draining, disk; nothing written
  kUnknown,      ///< may or may not be written: ask again with the same key
};

/// The facts of a committed command. All zero if it yielded no event.
struct Committed {
  core::Seq first_seq = 0;
  core::Seq last_seq = 0;
  domain::SubjectKind subject_kind = domain::SubjectKind::kAlert;
  std::string subject;
  core::Version version = 0;
  core::WallTime time{};
  std::uint32_t services_concerned = 0;  ///< by any of its events
};

struct AppendOutcome {
  AppendStatus status = AppendStatus::kUnknown;
  Committed committed;
  core::Error error;  ///< for refused, unavailable, unknown
};

/// A committed event with whom it concerned.
struct CommittedEvent {
  Record record;
  domain::ServiceSet targets;
};
using CommittedGroup = std::vector<std::shared_ptr<const CommittedEvent>>;

/// What of a range is read: first the headers, then of those that are wanted the targets if `service` asks
/// for them, then of those that concerned it the payloads.
struct Selection {
  /// Runs for each header, in order; empty: all are wanted.
  std::function<bool(const HeaderView&)> wanted;
  /// Only events that concerned this service.
  std::optional<core::ServiceNumber> service;
  /// Gets each event that is left, in order, until it returns false.
  std::function<bool(const StoredEvent&)> visit;
};

/// A consistent moment of the log and its rows; must not outlive the log. One thread at a time.
class LogSnapshot {
 public:
  virtual ~LogSnapshot() = default;
  [[nodiscard]] virtual const RowReader& rows() const = 0;
  [[nodiscard]] virtual Head head() const = 0;
  /// NOT_FOUND beyond the head; DATA_CORRUPT if it can't be read whole.
  [[nodiscard]] virtual core::Result<CommittedEvent> read(core::Seq seq) const = 0;
  /// Header and targets only.
  [[nodiscard]] virtual core::Result<CommittedEvent> read_header(core::Seq seq) const = 0;
  /// Visits events with from <= seq <= to in order until `visit` returns false.
  [[nodiscard]] virtual core::Result<void> for_each(
      core::Seq from, core::Seq to, const std::function<bool(const CommittedEvent&)>& visit) const = 0;
  /// Visits those with from <= seq <= to that a selection asks for, in order. DATA_CORRUPT if an event of the
  /// range is missing or its header can't be read whole, wanted or not.
  [[nodiscard]] virtual core::Result<void> select(core::Seq from, core::Seq to,
                                                  const Selection& selection) const = 0;
  /// Reads every stored block and every write-ahead log from the disk, past all caches, and checks them.
  /// DATA_CORRUPT naming the file.
  [[nodiscard]] virtual core::Result<void> check_files() const { return {}; }
};

/// The log. Any thread.
class EventLog {
 public:
  virtual ~EventLog() = default;

  /// Hands a command over. `done` is called exactly once, on the appender's thread, or at once on the
  /// caller's if the queue is full or closed; it must not block. Once it says committed, the events are
  /// synced and will be there after any crash.
  virtual void append(AppendRequest request, std::function<void(AppendOutcome)> done) = 0;

  /// Called on the appender's thread with a group that is decided and about to be written: what on_committed
  /// is told of if that goes well, so that work can be done during the sync; must not block. Nobody may hear
  /// of it before it is synced. Set before the first append.
  virtual void on_prepared(std::function<void(const CommittedGroup& group)> listener) = 0;
  /// Called on the appender's thread after each synced group, in order, before the publishers' `done`; must
  /// not block. Set before the first append.
  virtual void on_committed(std::function<void(const CommittedGroup& group, const Head& head)> listener) = 0;

  [[nodiscard]] virtual core::LogId id() const = 0;
  [[nodiscard]] virtual Head head() const = 0;
  [[nodiscard]] virtual std::unique_ptr<LogSnapshot> snapshot() const = 0;
  [[nodiscard]] virtual std::size_t waiting() const = 0;
  /// Empty while it takes commands; else why not, one line.
  [[nodiscard]] virtual std::string finding() const = 0;
  /// Folds all views anew in a shadow copy, compares and switches; appends wait for the switch only. Calling
  /// thread works.
  struct RebuildReport {
    std::uint64_t events = 0;
    std::uint64_t rows = 0;
    std::uint64_t differences = 0;
  };
  [[nodiscard]] virtual core::Result<RebuildReport> rebuild() = 0;
  /// Takes no more commands, finishes those that wait, and stops the appender.
  virtual void close() = 0;
};

}  // namespace gjallar::log
