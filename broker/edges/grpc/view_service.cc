#include "broker/edges/grpc/view_service.h"

#include "broker/projections/overdoses.h"
#include "broker/projections/queries.h"
#include "broker/receipts/ledger.h"

namespace gjallar::edges {

grpc::ServerUnaryReactor* ViewService::ListAlerts(grpc::CallbackServerContext* context,
                                                  const v1::ListAlertsRequest* request,
                                                  v1::ListAlertsResponse* response) {
  return answer_on(services_.reader, services_, context, response,
                   [this, request](const domain::Principal& principal) {
                     return projections::list_alerts(*services_.parts.log.snapshot(), principal, *request);
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
                                                   principal, *request);
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
