#pragma once

#include <functional>

#include "broker/log/event_log.h"
#include "broker/projections/alerts.h"
#include "gjallar/v1/view_service.pb.h"

namespace gjallar::projections {

/// Visits a superset of the alerts that the request asks for, as they stood after `seq`, found by the
/// shortest way: at the head by the rows of live alerts (by area or role if it filters by one), else each
/// alert's last event up to `seq`.
[[nodiscard]] core::Result<void> for_each_candidate(const log::LogSnapshot& snapshot,
                                                    const gjallar::v1::ListAlertsRequest& request,
                                                    core::Seq seq,
                                                    const std::function<void(AlertAt&&)>& visit);

}  // namespace gjallar::projections
