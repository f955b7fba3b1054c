#pragma once

#include <functional>
#include <string>

#include "broker/domain/principal.h"
#include "broker/domain/role.h"
#include "broker/log/event_log.h"
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

/// Seqs from..to, both included; nothing if `to` is less.
struct SeqRange {
  core::Seq from = 1;
  core::Seq to = 0;
};
/// The seqs between the moments of a replay at a snapshot. INVALID_ARGUMENT naming from.time, to.time or
/// to.seq: no time between the years 1 and 9999, or a seq beyond the head; naming `to` if it lies before
/// `from`.
[[nodiscard]] core::Result<SeqRange> resolve_range(const log::LogSnapshot& snapshot,
                                                   const gjallar::v1::ReplayRequest& request);

/// Accepts a replay's filters by area and role. UNKNOWN_AREA, UNKNOWN_ROLE, naming area or role.
[[nodiscard]] core::Result<void> check_replay_filters(const gjallar::v1::ReplayRequest& request,
                                                      const domain::RoleCatalogue& roles);

/// Visits the events of a replay in order until `visit` returns false; right operate or audit. `from`/`to`
/// are resolved at the snapshot. Overdose counts come without payload to who may not assess, tokens without
/// hashes to who may not operate. Pacing by
/// `speed` is the caller's. Returns the seq replayed up to.
[[nodiscard]] core::Result<core::Seq> replay(const log::LogSnapshot& snapshot,
                                             const domain::Principal& principal,
                                             const gjallar::v1::ReplayRequest& request,
                                             const std::function<bool(const gjallar::v1::Event&)>& visit);

/// An event as it is sent.
struct ReplayedEvent {
  core::Seq seq = 0;
  core::WallTime time{};
  std::string bytes;  ///< serialised gjallar.v1.Event
};
/// As `replay`, with the stored payloads passed on as they are: for transports.
[[nodiscard]] core::Result<core::Seq> replay_bytes(const log::LogSnapshot& snapshot,
                                                   const domain::Principal& principal,
                                                   const gjallar::v1::ReplayRequest& request,
                                                   const std::function<bool(ReplayedEvent&&)>& visit);

}  // namespace gjallar::projections
