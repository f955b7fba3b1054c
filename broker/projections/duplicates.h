#pragma once

#include <set>
#include <string>
#include <vector>

#include "broker/log/rows.h"
#include "broker/projections/alerts.h"

namespace gjallar::projections {

/// The areas of an audience as the index of substances keeps them: counties and countries.
[[nodiscard]] std::set<std::string> indexed_areas(const gjallar::v1::Audience& audience);

/// Live alerts that may be about the same as `content`, which is being issued or stands after a change: same
/// class of status (a message about the network is never one), a substance in common, areas that meet, issued
/// after `since`; the newest first, at most kPossibleDuplicatesMax. An alert isn't compared with reports, a
/// report with both; what the content refers to already is left out. `held`: the alert that is changed; what
/// it met before, and what is linked to it, is left out too. The work is bounded (kDuplicateRangesMax,
/// kDuplicateRowsMax), so that it may be done on the appender's thread.
[[nodiscard]] core::Result<std::vector<AlertAt>> possible_duplicates(
    const log::RowReader& rows, const gjallar::v1::AlertContent& content, core::WallTime since,
    const gjallar::v1::Alert* held = nullptr);

}  // namespace gjallar::projections
