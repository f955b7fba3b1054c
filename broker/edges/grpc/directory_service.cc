#include "broker/edges/grpc/directory_service.h"

#include "broker/edges/contact_desk.h"
#include "broker/edges/grpc/answer_later.h"
#include "broker/projections/alert_filter.h"
#include "broker/projections/queries.h"

namespace gjallar::edges {

grpc::ServerUnaryReactor* DirectoryService::RegisterService(grpc::CallbackServerContext* context,
                                                            const v1::RegisterServiceRequest* request,
                                                            v1::RegisterServiceResponse* response) {
  v1::Command command;
  *command.mutable_register_service() = request->register_();
  return answer_command(services_, context, response, request->idempotency_key(), std::move(command));
}

grpc::ServerUnaryReactor* DirectoryService::ChangeService(grpc::CallbackServerContext* context,
                                                          const v1::ChangeServiceRequest* request,
                                                          v1::ChangeServiceResponse* response) {
  v1::Command command;
  *command.mutable_change_service() = request->change();
  return answer_command(services_, context, response, request->idempotency_key(), std::move(command));
}

grpc::ServerUnaryReactor* DirectoryService::DisableService(grpc::CallbackServerContext* context,
                                                           const v1::DisableServiceRequest* request,
                                                           v1::DisableServiceResponse* response) {
  v1::Command command;
  *command.mutable_disable_service() = request->disable();
  return answer_command(services_, context, response, request->idempotency_key(), std::move(command));
}

grpc::ServerUnaryReactor* DirectoryService::GetService(grpc::CallbackServerContext* context,
                                                       const v1::GetServiceRequest* request,
                                                       v1::GetServiceResponse* response) {
  return answer_on(services_.reader, services_, context, response,
                   [this, request](const domain::Principal& principal) {
                     return projections::get_service(*services_.parts.log.snapshot(), principal, *request);
                   });
}

grpc::ServerUnaryReactor* DirectoryService::ListServices(grpc::CallbackServerContext* context,
                                                         const v1::ListServicesRequest* request,
                                                         v1::ListServicesResponse* response) {
  return answer_on(
      services_.reader, services_, context, response,
      [this, request](const domain::Principal& principal) -> core::Result<v1::ListServicesResponse> {
        const Parts& parts = services_.parts;
        GJALLAR_TRY(projections::check_filters(*request, parts.authenticator.roles()));
        return projections::list_services(*parts.log.snapshot(), principal, *request);
      });
}

grpc::ServerUnaryReactor* DirectoryService::SetContacts(grpc::CallbackServerContext* context,
                                                        const v1::SetContactsRequest* request,
                                                        v1::SetContactsResponse* response) {
  return answer_later(services_, context, response,
                      [this, request](const domain::Principal& principal, ContactDesk::Done done) {
                        ContactDesk* const desk = services_.parts.contacts;
                        if (desk == nullptr) return done(not_offered());
                        desk->set(principal, *request, services_.reader, std::move(done));
                      });
}

grpc::ServerUnaryReactor* DirectoryService::GetContacts(grpc::CallbackServerContext* context,
                                                        const v1::GetContactsRequest* request,
                                                        v1::GetContactsResponse* response) {
  return answer_on(
      services_.reader, services_, context, response,
      [this, request](const domain::Principal& principal) -> core::Result<v1::GetContactsResponse> {
        const ContactDesk* const desk = services_.parts.contacts;
        if (desk == nullptr) return not_offered();
        return desk->get(principal, *request);
      });
}

}  // namespace gjallar::edges
