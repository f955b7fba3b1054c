#pragma once

#include <optional>
#include <string_view>

#include "broker/projections/alerts.h"

namespace gjallar::projections {

/// The order in which people are shown alerts: urgent first, then the latest change first, then by id. A
/// strict order.
[[nodiscard]] bool shown_before(const gjallar::v1::Alert& a, const gjallar::v1::Alert& b);

/// One row of column `alert`. DATA_CORRUPT if it can't be read.
[[nodiscard]] core::Result<AlertAt> decode_alert_row(std::string_view bytes);
/// The alert with exactly this id; empty if there is none.
[[nodiscard]] core::Result<std::optional<AlertAt>> alert_row(const log::RowReader& rows,
                                                             std::string_view alert_id);

}  // namespace gjallar::projections
