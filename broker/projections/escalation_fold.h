#pragma once

#include <string>

#include "broker/log/record.h"
#include "broker/log/rows.h"

namespace gjallar::projections {

/// The part of column `view` that tells what was done to reach services otherwise: rows of escalations and
/// their outcomes (row_keys.h, "x"). Part of ViewFold, which owns the column. An event whose payload was
/// destroyed, and a service that isn't in the directory, leave no row.
[[nodiscard]] core::Result<void> fold_escalation(const log::Record& record, log::RowWriter& rows);

/// Folds the rows anew of some alerts that hold rows of format 1, looking from the key `from` on (empty: from
/// the first), which is set to where the next call goes on. False: none is left.
[[nodiscard]] core::Result<bool> upgrade_escalations(log::RowWriter& rows, std::string& from);

}  // namespace gjallar::projections
