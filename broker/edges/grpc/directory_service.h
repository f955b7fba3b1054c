#pragma once

#include "broker/edges/grpc/services.h"
#include "gjallar/v1/directory_service.grpc.pb.h"

namespace gjallar::edges {

/// The directory of services. gRPC's threads; reads on the bulk reader's.
class DirectoryService final : public ServiceOf<v1::DirectoryService::CallbackService> {
 public:
  using ServiceOf::ServiceOf;

  grpc::ServerUnaryReactor* RegisterService(grpc::CallbackServerContext* context,
                                            const v1::RegisterServiceRequest* request,
                                            v1::RegisterServiceResponse* response) override;
  grpc::ServerUnaryReactor* ChangeService(grpc::CallbackServerContext* context,
                                          const v1::ChangeServiceRequest* request,
                                          v1::ChangeServiceResponse* response) override;
  grpc::ServerUnaryReactor* DisableService(grpc::CallbackServerContext* context,
                                           const v1::DisableServiceRequest* request,
                                           v1::DisableServiceResponse* response) override;
  grpc::ServerUnaryReactor* GetService(grpc::CallbackServerContext* context,
                                       const v1::GetServiceRequest* request,
                                       v1::GetServiceResponse* response) override;
  grpc::ServerUnaryReactor* ListServices(grpc::CallbackServerContext* context,
                                         const v1::ListServicesRequest* request,
                                         v1::ListServicesResponse* response) override;
  grpc::ServerUnaryReactor* SetContacts(grpc::CallbackServerContext* context,
                                        const v1::SetContactsRequest* request,
                                        v1::SetContactsResponse* response) override;
  grpc::ServerUnaryReactor* GetContacts(grpc::CallbackServerContext* context,
                                        const v1::GetContactsRequest* request,
                                        v1::GetContactsResponse* response) override;
};

}  // namespace gjallar::edges
