#include "broker/log/fold_set.h"

#include <algorithm>

#include "broker/log/idempotency.h"

namespace gjallar::log {

FoldSet::FoldSet(const FoldFactory& factory, FoldPurpose purpose) {
  folds_.push_back(std::make_unique<IdempotencyFold>());
  if (factory) {
    for (auto& fold : factory(purpose))
      folds_.push_back(std::move(fold));
  }
  for (const auto& fold : folds_) {
    for (const auto column : fold->columns()) {
      if (std::find(columns_.begin(), columns_.end(), column) == columns_.end()) columns_.push_back(column);
    }
  }
}

core::Result<void> FoldSet::apply(const Record& record, BatchRows& rows) {
  for (const auto& fold : folds_) {
    rows.allow_only(fold->columns());
    const auto applied = fold->apply(record, rows);
    rows.allow_all();
    if (!applied) return applied;
  }
  return {};
}

core::Result<bool> FoldSet::upgrade(BatchRows& rows) {
  bool more = false;
  for (const auto& fold : folds_) {
    rows.allow_only(fold->columns());
    const auto upgraded = fold->upgrade(rows);
    rows.allow_all();
    if (!upgraded) return upgraded;
    more = *upgraded || more;
  }
  return more;
}

void FoldSet::settled() {
  for (const auto& fold : folds_)
    fold->settled();
}

core::Result<void> FoldSet::reload(const RowReader& rows) {
  for (const auto& fold : folds_)
    GJALLAR_TRY(fold->reload(rows));
  return {};
}

}  // namespace gjallar::log
