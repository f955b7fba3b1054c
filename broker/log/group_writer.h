#pragma once

#include <functional>
#include <vector>

#include "broker/core/random.h"
#include "broker/log/event_log.h"
#include "broker/log/fold_set.h"
#include "broker/log/local_log.h"
#include "broker/log/meta.h"

namespace gjallar::log {

/// A command that waits for the appender.
struct Pending {
  Decide decide;
  Attribution attribution;
  core::SteadyTime deadline = core::SteadyTime::max();
  std::function<void(AppendOutcome)> done;
};

/// Decides a group of commands, each against the head and the batch so far, and writes what they yield in one
/// synced batch. No threads in here: one at a time.
class GroupWriter {
 public:
  /// All must outlive this.
  GroupWriter(RocksStore& store, const LocalLogOptions& options);

  /// Starts a new log: its meta rows and its first event in one batch.
  [[nodiscard]] core::Result<void> begin(Meta meta);
  /// Goes on with the log in the store.
  [[nodiscard]] core::Result<void> resume(const Head& head);

  struct Written {
    std::vector<AppendOutcome> outcomes;  ///< one a command, in order
    CommittedGroup events;                ///< empty if nothing was written
    std::string finding;                  ///< not empty: a write failed, nothing may be written any more
  };
  [[nodiscard]] Written write(const std::vector<Pending>& group);

  [[nodiscard]] const Head& head() const noexcept { return head_; }
  /// Drops what folds hold in memory and reads it from the store.
  [[nodiscard]] core::Result<void> reload_folds();
  /// What the folds reloaded is synced.
  void settle_folds() { folds_.settled(); }
  /// Gets each group just before it is written; called by write(). Set before the first.
  void on_prepared(std::function<void(const CommittedGroup&)> listener) { prepared_ = std::move(listener); }
  /// From here on, collects the keys of rows written; nullptr: no more.
  void note_touched(std::set<RowKey>* keys) noexcept { touched_ = keys; }

 private:
  [[nodiscard]] AppendOutcome decide_one(const Pending& pending);
  [[nodiscard]] std::optional<AppendOutcome> seen_before(const Pending& pending, core::WallTime time);
  [[nodiscard]] core::Result<Committed> add(const std::vector<domain::NewEvent>& events,
                                            const Attribution& attribution, core::WallTime time);
  [[nodiscard]] core::Result<void> add_one(const domain::NewEvent& event, const Attribution& attribution,
                                           core::WallTime time);
  [[nodiscard]] core::Result<void> flush();
  [[nodiscard]] core::Result<void> reload_folds_from(const RowReader& rows);
  void take_back(const Head& head, std::size_t events);

  RocksStore& store_;
  const core::Clock& clock_;
  core::Random& random_;
  const WriteFault before_write_;
  const WriteFault after_write_;
  FoldSet folds_;
  BatchRows rows_;
  Head head_;              ///< on disk
  Head running_;           ///< with the batch so far
  CommittedGroup events_;  ///< of the batch
  std::string broken_;     ///< folds are not to be trusted: nothing may be written
  std::function<void(const CommittedGroup&)> prepared_;
  std::set<RowKey>* touched_ = nullptr;
};

}  // namespace gjallar::log
