#include "broker/log/fold_set.h"

#include <algorithm>

#include "broker/log/idempotency.h"

namespace gjallar::log {

FoldSet::FoldSet(const FoldFactory& factory, FoldPurpose purpose) {
  const auto add = [this](std::unique_ptr<Fold> fold) {
    auto columns = fold->columns();
    folds_.push_back({std::move(fold), std::move(columns)});
  };
  add(std::make_unique<IdempotencyFold>());
  if (factory) {
    for (auto& fold : factory(purpose))
      add(std::move(fold));
  }
  for (const auto& member : folds_) {
    for (const auto column : member.columns) {
      if (std::find(columns_.begin(), columns_.end(), column) == columns_.end()) columns_.push_back(column);
    }
  }
}

core::Result<void> FoldSet::apply(const Record& record, BatchRows& rows) {
  for (const auto& member : folds_) {
    rows.allow_only(member.columns);
    const auto applied = member.fold->apply(record, rows);
    rows.allow_all();
    if (!applied) return applied;
  }
  return {};
}

core::Result<bool> FoldSet::upgrade(BatchRows& rows) {
  bool more = false;
  for (const auto& member : folds_) {
    rows.allow_only(member.columns);
    const auto upgraded = member.fold->upgrade(rows);
    rows.allow_all();
    if (!upgraded) return upgraded;
    more = *upgraded || more;
  }
  return more;
}

void FoldSet::settled() {
  for (const auto& member : folds_)
    member.fold->settled();
}

core::Result<void> FoldSet::reload(const RowReader& rows) {
  for (const auto& member : folds_)
    GJALLAR_TRY(member.fold->reload(rows));
  return {};
}

}  // namespace gjallar::log
