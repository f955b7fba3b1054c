#include "broker/log/upgrade.h"

#include "broker/log/fold_set.h"
#include "broker/log/meta.h"
#include "broker/log/store_rows.h"

namespace gjallar::log {

core::Result<void> upgrade_rows(RocksStore& store, const FoldFactory& factory) {
  FoldSet folds(factory, FoldPurpose::kShadow);  // nobody follows what they hold
  BatchRows rows(store);
  for (bool more = true; more; rows.clear()) {
    const auto upgraded = folds.upgrade(rows);
    if (!upgraded) return upgraded.error();
    more = *upgraded;
    if (!more) put_format(rows);
    GJALLAR_TRY(rows.write());
  }
  return {};
}

}  // namespace gjallar::log
