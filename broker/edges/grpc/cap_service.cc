#include "broker/edges/grpc/cap_service.h"

#include <utility>

#include "broker/edges/cap/edas.h"
#include "broker/edges/cap/inbox.h"
#include "broker/edges/cap/outbox.h"
#include "broker/projections/queries.h"

namespace gjallar::edges {

grpc::ServerUnaryReactor* CapService::PublishCap(grpc::CallbackServerContext* context,
                                                 const v1::PublishCapRequest* request,
                                                 v1::PublishCapResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  auto caller = services_.admit(*context);
  if (!caller) {
    reactor->Finish(to_status(caller.error()));
    return reactor;
  }
  const auto finish = [this, reactor, response](core::Result<cap::Published> published) {
    services_.answers.run([reactor, response, published = std::move(published)] {
      if (published) {
        *response->mutable_outcome() = published->outcome;
        response->set_action(published->action);
      }
      reactor->Finish(published ? grpc::Status::OK : to_status(published.error()));
    });
  };
  const auto queued = services_.reader.run([this, request, principal = std::move(*caller), finish] {
    cap::Terms terms{request->idempotency_key(), request->validate_only(), std::nullopt};
    if (request->has_confirmation()) terms.confirmation = request->confirmation();
    cap::publish(services_.parts, principal, request->document(), std::move(terms), finish);
  });
  if (!queued) reactor->Finish(to_status(queued.error()));
  return reactor;
}

grpc::ServerUnaryReactor* CapService::GetCap(grpc::CallbackServerContext* context,
                                             const v1::GetCapRequest* request, v1::GetCapResponse* response) {
  return answer_on(
      services_.reader, services_, context, response,
      [this, request](const domain::Principal& principal) -> core::Result<v1::GetCapResponse> {
        const Parts& parts = services_.parts;
        const auto snapshot = parts.log.snapshot();
        auto sent =
            request->identifier().empty()
                ? cap::last_message_of(*snapshot, parts.log.id(), parts.cap, principal, request->alert_id())
                : cap::message_of(*snapshot, parts.log.id(), parts.cap, principal, request->identifier());
        if (!sent) return sent.error();
        v1::GetCapResponse answer;
        answer.set_identifier(std::move(sent->identifier));
        answer.set_document(std::move(sent->document));
        return answer;
      });
}

grpc::ServerUnaryReactor* CapService::GetEdas(grpc::CallbackServerContext* context,
                                              const v1::GetEdasRequest* request,
                                              v1::GetEdasResponse* response) {
  return answer_on(services_.reader, services_, context, response,
                   [this, request](const domain::Principal& principal) -> core::Result<v1::GetEdasResponse> {
                     v1::GetAlertRequest wanted;
                     wanted.set_alert_id(request->alert_id());
                     const auto found =
                         projections::get_alert(*services_.parts.log.snapshot(), principal, wanted);
                     if (!found) return found.error();
                     v1::GetEdasResponse answer;
                     *answer.mutable_notification() = cap::edas_of(*found);
                     answer.set_page(cap::edas_page(answer.notification()));
                     return answer;
                   });
}

}  // namespace gjallar::edges
