#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/domain/escalation.h"
#include "broker/log/event_log.h"
#include "gjallar/storage/v1/rows.pb.h"

/// What was done to reach the services of an alert otherwise. Any thread.
namespace gjallar::projections {

/// One step for one service, taken for one version.
struct EscalationOf {
  core::ServiceNumber service = 0;
  gjallar::v1::EscalationStep step = gjallar::v1::ESCALATION_STEP_UNSPECIFIED;
  gjallar::v1::EscalationWay way = gjallar::v1::ESCALATION_WAY_UNSPECIFIED;
  gjallar::storage::v1::EscalationRow row;
};

/// All steps taken for an alert, by service, step, way and version. DATA_CORRUPT if a row can't be read.
[[nodiscard]] core::Result<std::vector<EscalationOf>> escalations_of(const log::LogSnapshot& snapshot,
                                                                     const std::string& alert_id);
/// The same from rows.
[[nodiscard]] core::Result<std::vector<EscalationOf>> escalations_at(const log::RowReader& rows,
                                                                     std::string_view alert_id);
/// The same as decisions need it.
[[nodiscard]] core::Result<std::vector<domain::TakenStep>> steps_taken(const log::RowReader& rows,
                                                                       std::string_view alert_id);

}  // namespace gjallar::projections
