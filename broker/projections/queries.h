#pragma once

#include <functional>
#include <string>

#include "broker/domain/principal.h"
#include "broker/domain/role.h"
#include "broker/log/event_log.h"
#include "broker/projections/replay.h"
#include "gjallar/v1/directory_service.pb.h"
#include "gjallar/v1/operator_service.pb.h"
#include "gjallar/v1/view_service.pb.h"

/// The public questions, answered at one snapshot for one principal; the transports only translate. A
/// principal sees what domain::may_view lets it see; what it may not see is NOT_FOUND or left out. Any
/// thread.
namespace gjallar::projections {

[[nodiscard]] core::Result<gjallar::v1::ListAlertsResponse> list_alerts(
    const log::LogSnapshot& snapshot, const domain::Principal& principal,
    const gjallar::v1::ListAlertsRequest& request);
[[nodiscard]] core::Result<gjallar::v1::GetAlertResponse> get_alert(
    const log::LogSnapshot& snapshot, const domain::Principal& principal,
    const gjallar::v1::GetAlertRequest& request);
[[nodiscard]] core::Result<gjallar::v1::GetHistoryResponse> get_history(
    const log::LogSnapshot& snapshot, const domain::Principal& principal,
    const gjallar::v1::GetHistoryRequest& request);
[[nodiscard]] core::Result<gjallar::v1::GetServiceResponse> get_service(
    const log::LogSnapshot& snapshot, const domain::Principal& principal,
    const gjallar::v1::GetServiceRequest& request);
[[nodiscard]] core::Result<gjallar::v1::ListServicesResponse> list_services(
    const log::LogSnapshot& snapshot, const domain::Principal& principal,
    const gjallar::v1::ListServicesRequest& request);
/// The seq that a moment means; the head if it is not set.
[[nodiscard]] core::Result<core::Seq> resolve_moment(const log::LogSnapshot& snapshot,
                                                     const gjallar::v1::Moment& moment);

/// The seqs between the moments of a replay at a snapshot. INVALID_ARGUMENT naming from.time, to.time or
/// to.seq: no time between the years 1 and 9999, or a seq beyond the head; naming `to` if it lies before
/// `from`.
[[nodiscard]] core::Result<SeqRange> resolve_range(const log::LogSnapshot& snapshot,
                                                   const gjallar::v1::ReplayRequest& request);

/// Accepts a replay's filters by area and role. UNKNOWN_AREA, UNKNOWN_ROLE, naming area or role.
[[nodiscard]] core::Result<void> check_replay_filters(const gjallar::v1::ReplayRequest& request,
                                                      const domain::RoleCatalogue& roles);

/// Visits the events of a replay in order, at one snapshot, until `visit` returns false. Pacing by `speed` is
/// the caller's. Errors as Replay's. Returns the seq replayed up to. Transports use Replay itself, which
/// parses nothing.
[[nodiscard]] core::Result<core::Seq> replay(const log::LogSnapshot& snapshot,
                                             const domain::Principal& principal,
                                             const gjallar::v1::ReplayRequest& request,
                                             const std::function<bool(const gjallar::v1::Event&)>& visit);

}  // namespace gjallar::projections
