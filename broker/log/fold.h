#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "broker/log/record.h"
#include "broker/log/rows.h"

namespace gjallar::log {

/// Turns events into rows. Declared here and implemented in projections/. The local log runs all folds in the
/// batch that holds the event, in the order they were given; a follower and `rebuild` run the same ones.
/// Called on one thread at a time.
class Fold {
 public:
  virtual ~Fold() = default;
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;
  /// Columns that folds alone write: rebuild clears them and folds again. Folds that share one have key
  /// prefixes of their own.
  [[nodiscard]] virtual std::vector<Column> columns() const = 0;
  /// Applies one record. Reads see the batch so far. A failure fails the command and nothing of it is
  /// written.
  [[nodiscard]] virtual core::Result<void> apply(const Record& record, RowWriter& rows) = 0;
  /// Drops what it holds in memory and reads it from rows: at start, and after a batch couldn't be written.
  [[nodiscard]] virtual core::Result<void> reload(const RowReader& rows) = 0;
  /// Brings rows that an earlier version wrote to their present form, some at a time; false: nothing is left.
  /// At start, on a folder of an earlier format, before anything else; from the beginning again after a
  /// crash.
  [[nodiscard]] virtual core::Result<bool> upgrade(RowWriter&) { return false; }
  /// After a reload: the rows it read are synced, and no group is under way. What others read may follow.
  virtual void settled() {}
};

/// What a set of folds is for: the log's own head, or a shadow copy (rebuild, tests).
enum class FoldPurpose { kLive, kShadow };

/// Makes a fresh set of folds in their order. Called once a log with kLive, once a rebuild with kShadow. If a
/// fold fails in the middle of a command, the log takes back the command's rows and reloads all folds.
using FoldFactory = std::function<std::vector<std::unique_ptr<Fold>>(FoldPurpose purpose)>;

}  // namespace gjallar::log
