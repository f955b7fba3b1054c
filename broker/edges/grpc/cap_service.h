#pragma once

#include "broker/edges/grpc/services.h"
#include "gjallar/v1/cap_service.grpc.pb.h"

namespace gjallar::edges {

/// CAP 1.2 in and out, and the European notification.
class CapService final : public ServiceOf<v1::CapService::CallbackService> {
 public:
  using ServiceOf::ServiceOf;

  grpc::ServerUnaryReactor* PublishCap(grpc::CallbackServerContext* context,
                                       const v1::PublishCapRequest* request,
                                       v1::PublishCapResponse* response) override;
  grpc::ServerUnaryReactor* GetCap(grpc::CallbackServerContext* context, const v1::GetCapRequest* request,
                                   v1::GetCapResponse* response) override;
  grpc::ServerUnaryReactor* GetEdas(grpc::CallbackServerContext* context, const v1::GetEdasRequest* request,
                                    v1::GetEdasResponse* response) override;
};

}  // namespace gjallar::edges
