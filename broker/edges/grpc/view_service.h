#pragma once

#include "broker/edges/grpc/services.h"
#include "gjallar/v1/view_service.grpc.pb.h"

namespace gjallar::edges {

/// What stands now, and what stood then: read on the bulk reader's thread.
class ViewService final : public ServiceOf<v1::ViewService::CallbackService> {
 public:
  using ServiceOf::ServiceOf;

  grpc::ServerUnaryReactor* ListAlerts(grpc::CallbackServerContext* context,
                                       const v1::ListAlertsRequest* request,
                                       v1::ListAlertsResponse* response) override;
  grpc::ServerUnaryReactor* GetAlert(grpc::CallbackServerContext* context, const v1::GetAlertRequest* request,
                                     v1::GetAlertResponse* response) override;
  grpc::ServerUnaryReactor* GetHistory(grpc::CallbackServerContext* context,
                                       const v1::GetHistoryRequest* request,
                                       v1::GetHistoryResponse* response) override;
  grpc::ServerUnaryReactor* GetDelivery(grpc::CallbackServerContext* context,
                                        const v1::GetDeliveryRequest* request,
                                        v1::GetDeliveryResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchDeliveryResponse>* WatchDelivery(
      grpc::CallbackServerContext* context, const v1::WatchDeliveryRequest* request) override;
  grpc::ServerUnaryReactor* ListServiceActivity(grpc::CallbackServerContext* context,
                                                const v1::ListServiceActivityRequest* request,
                                                v1::ListServiceActivityResponse* response) override;
  grpc::ServerUnaryReactor* ListOverdoses(grpc::CallbackServerContext* context,
                                          const v1::ListOverdosesRequest* request,
                                          v1::ListOverdosesResponse* response) override;
};

}  // namespace gjallar::edges
