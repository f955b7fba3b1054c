#include "broker/edges/grpc/subscriber_service.h"

#include "broker/edges/acknowledgement.h"
#include "broker/edges/grpc/subscribe_call.h"

namespace gjallar::edges {

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* SubscriberService::Subscribe(
    grpc::CallbackServerContext* context) {
  return SubscribeCall::start(services_, context);
}

grpc::ServerUnaryReactor* SubscriberService::Acknowledge(grpc::CallbackServerContext* context,
                                                         const v1::AcknowledgeRequest* request,
                                                         v1::AcknowledgeResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  auto caller = services_.admit(*context);
  if (!caller) {
    reactor->Finish(to_status(caller.error()));
    return reactor;
  }
  const auto queued =
      services_.reader.run([this, reactor, request, response, principal = std::move(*caller)] {
        acknowledge(services_.parts, principal, request->acknowledged(), receipts::TransportKind::kGrpc,
                    [reactor, response](core::Result<core::WallTime> time) {
                      if (time) *response->mutable_time() = core::to_timestamp(*time);
                      reactor->Finish(time ? grpc::Status::OK : to_status(time.error()));
                    });
      });
  if (!queued) reactor->Finish(to_status(queued.error()));
  return reactor;
}

}  // namespace gjallar::edges
