#include "broker/edges/grpc/view_service.h"

#include "broker/edges/delivery_watch.h"
#include "broker/edges/grpc/watch_call.h"
#include "broker/projections/alert_filter.h"
#include "broker/projections/overdoses.h"
#include "broker/projections/queries.h"
#include "broker/receipts/activity.h"
#include "broker/receipts/ledger.h"

namespace gjallar::edges {

grpc::ServerUnaryReactor* ViewService::ListAlerts(grpc::CallbackServerContext* context,
                                                  const v1::ListAlertsRequest* request,
                                                  v1::ListAlertsResponse* response) {
  return answer_on(
      services_.reader, services_, context, response,
      [this, request](const domain::Principal& principal) -> core::Result<v1::ListAlertsResponse> {
        const Parts& parts = services_.parts;
        GJALLAR_TRY(projections::check_filters(*request, parts.authenticator.roles()));
        return projections::list_alerts(*parts.log.snapshot(), principal, *request);
      });
}

grpc::ServerUnaryReactor* ViewService::GetAlert(grpc::CallbackServerContext* context,
                                                const v1::GetAlertRequest* request,
                                                v1::GetAlertResponse* response) {
  return answer_on(services_.reader, services_, context, response,
                   [this, request](const domain::Principal& principal) {
                     return projections::get_alert(*services_.parts.log.snapshot(), principal, *request);
                   });
}

grpc::ServerUnaryReactor* ViewService::GetHistory(grpc::CallbackServerContext* context,
                                                  const v1::GetHistoryRequest* request,
                                                  v1::GetHistoryResponse* response) {
  return answer_on(services_.reader, services_, context, response,
                   [this, request](const domain::Principal& principal) {
                     return projections::get_history(*services_.parts.log.snapshot(), principal, *request);
                   });
}

grpc::ServerUnaryReactor* ViewService::GetDelivery(grpc::CallbackServerContext* context,
                                                   const v1::GetDeliveryRequest* request,
                                                   v1::GetDeliveryResponse* response) {
  return answer_on(services_.reader, services_, context, response,
                   [this, request](const domain::Principal& principal) {
                     return receipts::get_delivery(*services_.parts.log.snapshot(), services_.parts.receipts,
                                                   principal, *request, surroundings_of(services_.parts));
                   });
}

grpc::ServerWriteReactor<v1::WatchDeliveryResponse>* ViewService::WatchDelivery(
    grpc::CallbackServerContext* context, const v1::WatchDeliveryRequest* request) {
  return WatchCall::start(services_, context, request);
}

grpc::ServerUnaryReactor* ViewService::ListServiceActivity(grpc::CallbackServerContext* context,
                                                           const v1::ListServiceActivityRequest* request,
                                                           v1::ListServiceActivityResponse* response) {
  return answer_in_slices(
      services_.reader, services_, context, response, [this, request](const domain::Principal& principal) {
        const Parts& parts = services_.parts;
        return receipts::Activity::begin(
            {parts.log, parts.receipts, services_.reports, parts.authenticator.roles(), parts.service_of},
            principal, *request, surroundings_of(parts));
      });
}

grpc::ServerUnaryReactor* ViewService::ListOverdoses(grpc::CallbackServerContext* context,
                                                     const v1::ListOverdosesRequest* request,
                                                     v1::ListOverdosesResponse* response) {
  return answer_on(services_.reader, services_, context, response,
                   [this, request](const domain::Principal& principal) {
                     return projections::list_overdoses(*services_.parts.log.snapshot(), principal, *request,
                                                        services_.parts.clock.wall());
                   });
}

}  // namespace gjallar::edges
