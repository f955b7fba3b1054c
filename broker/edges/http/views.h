#pragma once

#include "broker/core/result.h"
#include "broker/edges/http/message.h"
#include "broker/edges/http/router.h"
#include "broker/edges/parts.h"
#include "gjallar/v1/directory_service.pb.h"
#include "gjallar/v1/view_service.pb.h"

/// From a GET's path and query to the question it asks. Pure but for `answer_view`.
namespace gjallar::edges::http {

/// area, role, kind ("seizure" or "ALERT_KIND_SEIZURE"), substance, from, to, as_of (RFC 3339 or a seq),
/// service, include_ended, page_size, page_token. INVALID_ARGUMENT.
[[nodiscard]] core::Result<gjallar::v1::ListAlertsRequest> list_alerts_request(const Query& query);
/// Open supply shortages: the same with their kind, and without from, to and what has ended.
[[nodiscard]] core::Result<gjallar::v1::ListAlertsRequest> list_shortages_request(const Query& query);
[[nodiscard]] core::Result<gjallar::v1::GetAlertRequest> get_alert_request(const Route& route);
[[nodiscard]] core::Result<gjallar::v1::GetDeliveryRequest> get_delivery_request(const Route& route);
/// area, role, as_of, include_disabled.
[[nodiscard]] core::Result<gjallar::v1::ListServicesRequest> list_services_request(const Query& query);
/// area, role, from, to, exercises.
[[nodiscard]] core::Result<gjallar::v1::ListServiceActivityRequest> service_activity_request(
    const Query& query);

/// Answers a view's route (kListAlerts to kGetService) at one snapshot. Reads the disk: on a BulkReader.
[[nodiscard]] Response answer_view(const Parts& parts, const domain::Principal& principal,
                                   const Route& route);

}  // namespace gjallar::edges::http
