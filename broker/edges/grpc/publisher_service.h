#pragma once

#include "broker/edges/grpc/services.h"
#include "gjallar/v1/publisher_service.grpc.pb.h"

namespace gjallar::edges {

/// Commands on alerts. gRPC's threads.
class PublisherService final : public ServiceOf<v1::PublisherService::CallbackService> {
 public:
  using ServiceOf::ServiceOf;

  grpc::ServerUnaryReactor* Issue(grpc::CallbackServerContext* context, const v1::IssueRequest* request,
                                  v1::IssueResponse* response) override;
  grpc::ServerUnaryReactor* Revise(grpc::CallbackServerContext* context, const v1::ReviseRequest* request,
                                   v1::ReviseResponse* response) override;
  grpc::ServerUnaryReactor* Grade(grpc::CallbackServerContext* context, const v1::GradeRequest* request,
                                  v1::GradeResponse* response) override;
  grpc::ServerUnaryReactor* Widen(grpc::CallbackServerContext* context, const v1::WidenRequest* request,
                                  v1::WidenResponse* response) override;
  grpc::ServerUnaryReactor* Retract(grpc::CallbackServerContext* context, const v1::RetractRequest* request,
                                    v1::RetractResponse* response) override;
  grpc::ServerUnaryReactor* Observe(grpc::CallbackServerContext* context, const v1::ObserveRequest* request,
                                    v1::ObserveResponse* response) override;
  grpc::ServerUnaryReactor* CountOverdoses(grpc::CallbackServerContext* context,
                                           const v1::CountOverdosesRequest* request,
                                           v1::CountOverdosesResponse* response) override;
  grpc::ServerUnaryReactor* Report(grpc::CallbackServerContext* context, const v1::ReportRequest* request,
                                   v1::ReportResponse* response) override;
  grpc::ServerUnaryReactor* Conclude(grpc::CallbackServerContext* context, const v1::ConcludeRequest* request,
                                     v1::ConcludeResponse* response) override;
  grpc::ServerUnaryReactor* ReportEscalation(grpc::CallbackServerContext* context,
                                             const v1::ReportEscalationRequest* request,
                                             v1::ReportEscalationResponse* response) override;
  grpc::ServerBidiReactor<v1::FeedRequest, v1::FeedResponse>* Feed(
      grpc::CallbackServerContext* context) override;
};

}  // namespace gjallar::edges
