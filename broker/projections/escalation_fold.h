#pragma once

#include "broker/log/record.h"
#include "broker/log/rows.h"

namespace gjallar::projections {

/// The part of column `view` that tells what was done to reach services otherwise: rows of escalations and
/// their outcomes (row_keys.h, "x"). Part of ViewFold, which owns the column. An event whose payload was
/// destroyed, and a service that isn't in the directory, leave no row.
[[nodiscard]] core::Result<void> fold_escalation(const log::Record& record, log::RowWriter& rows);

}  // namespace gjallar::projections
