#pragma once

#include "broker/core/result.h"
#include "broker/log/fold.h"
#include "broker/log/rocks_store.h"

namespace gjallar::log {

/// Brings the rows of a folder of an earlier format to the present one, slice by slice, and says so with the
/// last: a crash in between leaves the earlier format, and the next start goes on. Before anything else
/// writes to the store.
[[nodiscard]] core::Result<void> upgrade_rows(RocksStore& store, const FoldFactory& factory);

}  // namespace gjallar::log
