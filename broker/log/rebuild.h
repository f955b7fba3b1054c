#pragma once

#include <filesystem>

#include "broker/log/appender.h"
#include "broker/log/event_log.h"

namespace gjallar::log {

/// Where the shadow copy lies while it is being folded; removed whenever it is found.
[[nodiscard]] std::filesystem::path shadow_directory(const std::filesystem::path& log_directory);

/// Folds all events from the first on into a shadow copy, then pauses the appender and replaces the rows that
/// differ, in one batch: a crash at any moment leaves the old rows or the new ones. While it works, the
/// writer notes which rows it touches, so that under the pause only those and the ones found different before
/// have to be compared. Calling thread works; one at a time.
class Rebuild {
 public:
  Rebuild(RocksStore& store, Appender& appender, GroupWriter& writer, const FoldFactory& factory,
          std::filesystem::path shadow_directory);
  ~Rebuild();
  [[nodiscard]] core::Result<EventLog::RebuildReport> run();

 private:
  [[nodiscard]] core::Result<void> fold_up_to(const LogSnapshot& snapshot);
  [[nodiscard]] core::Result<void> compare_all(const StoreSnapshot& moment);
  [[nodiscard]] core::Result<void> switch_over();

  RocksStore& store_;
  Appender& appender_;
  GroupWriter& writer_;
  const std::filesystem::path directory_;
  FoldSet folds_;
  std::unique_ptr<RocksStore> shadow_;
  Head folded_;
  bool compared_ = false;        ///< all rows were compared once; from then on changes are noted
  std::set<RowKey> to_compare_;  ///< rows that differ, or may by now
  EventLog::RebuildReport report_;
};

}  // namespace gjallar::log
