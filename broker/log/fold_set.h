#pragma once

#include <memory>
#include <vector>

#include "broker/log/fold.h"
#include "broker/log/store_rows.h"

namespace gjallar::log {

/// The log's own fold and those of the factory, in their order. One thread at a time.
class FoldSet {
 public:
  FoldSet(const FoldFactory& factory, FoldPurpose purpose);
  /// Runs all folds; each may write to its own columns only.
  [[nodiscard]] core::Result<void> apply(const Record& record, BatchRows& rows);
  [[nodiscard]] core::Result<void> reload(const RowReader& rows);
  /// Once for each fold; true as long as one has something left.
  [[nodiscard]] core::Result<bool> upgrade(BatchRows& rows);
  void settled();
  /// Columns that can be folded anew.
  [[nodiscard]] const std::vector<Column>& columns() const noexcept { return columns_; }

 private:
  /// A fold and what it may write to.
  struct Member {
    std::unique_ptr<Fold> fold;
    std::vector<Column> columns;
  };
  std::vector<Member> folds_;
  std::vector<Column> columns_;  ///< of all
};

}  // namespace gjallar::log
