#pragma once

#include "broker/edges/grpc/services.h"
#include "gjallar/v1/subscriber_service.grpc.pb.h"

namespace gjallar::edges {

/// Push to services. Subscribe works on raw bytes, so that a body is encoded once for everyone.
class SubscriberService final
    : public v1::SubscriberService::WithRawCallbackMethod_Subscribe<
          v1::SubscriberService::WithCallbackMethod_Acknowledge<v1::SubscriberService::Service>> {
 public:
  explicit SubscriberService(Services& services) : services_(services) {}

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Subscribe(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* Acknowledge(grpc::CallbackServerContext* context,
                                        const v1::AcknowledgeRequest* request,
                                        v1::AcknowledgeResponse* response) override;

 private:
  Services& services_;
};

}  // namespace gjallar::edges
