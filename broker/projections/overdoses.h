#pragma once

#include "broker/domain/overdoses.h"
#include "broker/domain/principal.h"
#include "broker/log/event_log.h"
#include "gjallar/v1/command.pb.h"
#include "gjallar/v1/view_service.pb.h"

/// Overdose counts as they may leave the broker. Any thread.
///
/// What is told must not let anyone work out a municipality's small number by comparing areas, windows or
/// moments. So: a municipality has whole weeks only (Monday to Sunday, UTC), each figure is fixed three days
/// after the week and never changes, and is "<5" or the nearest multiple of 5. A county has days, exact; one
/// with fewer than five municipalities is told like a municipality and is not part of its country's figure.
/// Where a county's exact week would still narrow one of its municipalities' figures, the week is withheld
/// for all its municipalities.
namespace gjallar::projections {

/// Figures of a municipality are fixed so long after the end of the week.
inline constexpr std::chrono::hours kOverdoseRelease{3 * 24};
/// A question may cover so much.
inline constexpr std::chrono::hours kOverdoseSpanMax{400 * 24};

/// What a command's decision needs: the counts of its county, and when it last had hints.
[[nodiscard]] core::Result<domain::OverdoseSituation> overdose_situation(
    const log::RowReader& rows, const gjallar::v1::CountOverdoses& count);

/// Answers ListOverdoses. PERMISSION_DENIED without the right to view, and for raw counts to assess.
[[nodiscard]] core::Result<gjallar::v1::ListOverdosesResponse> list_overdoses(
    const log::LogSnapshot& snapshot, const domain::Principal& principal,
    const gjallar::v1::ListOverdosesRequest& request, core::WallTime now);

/// The figures of one county's municipalities for one week, from their exact counts (in any order, one a
/// municipality): the label of each, or "withheld" for all. Pure.
[[nodiscard]] std::vector<std::string> weekly_labels(const std::vector<std::uint64_t>& counts);

}  // namespace gjallar::projections
