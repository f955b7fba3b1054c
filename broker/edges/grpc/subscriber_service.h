#pragma once

#include "broker/edges/grpc/services.h"
#include "gjallar/v1/subscriber_service.grpc.pb.h"

namespace gjallar::edges {

/// Push to services. Subscribe works on raw bytes, so that a body is encoded once for everyone.
class SubscriberService final
    : public ServiceOf<v1::SubscriberService::WithRawCallbackMethod_Subscribe<
          v1::SubscriberService::WithCallbackMethod_Acknowledge<v1::SubscriberService::Service>>> {
 public:
  using ServiceOf::ServiceOf;

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Subscribe(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* Acknowledge(grpc::CallbackServerContext* context,
                                        const v1::AcknowledgeRequest* request,
                                        v1::AcknowledgeResponse* response) override;
};

}  // namespace gjallar::edges
