#include "broker/edges/grpc/publisher_service.h"

#include "broker/edges/grpc/feed_call.h"

namespace gjallar::edges {

grpc::ServerUnaryReactor* PublisherService::Issue(grpc::CallbackServerContext* context,
                                                  const v1::IssueRequest* request,
                                                  v1::IssueResponse* response) {
  v1::Command command;
  *command.mutable_issue() = request->issue();
  if (!request->validate_only()) {
    return answer_command(services_, context, response, request->idempotency_key(), std::move(command));
  }
  return answer_on(services_.reader, services_, context, response,
                   [this, command = std::move(command)](
                       const domain::Principal& principal) -> core::Result<v1::IssueResponse> {
                     auto outcome = services_.parts.admission.preview(principal, command);
                     if (!outcome) return outcome.error();
                     v1::IssueResponse answer;
                     *answer.mutable_outcome() = std::move(*outcome);
                     return answer;
                   });
}

grpc::ServerUnaryReactor* PublisherService::Revise(grpc::CallbackServerContext* context,
                                                   const v1::ReviseRequest* request,
                                                   v1::ReviseResponse* response) {
  v1::Command command;
  *command.mutable_revise() = request->revise();
  return answer_command(services_, context, response, request->idempotency_key(), std::move(command));
}

grpc::ServerUnaryReactor* PublisherService::Grade(grpc::CallbackServerContext* context,
                                                  const v1::GradeRequest* request,
                                                  v1::GradeResponse* response) {
  v1::Command command;
  *command.mutable_grade() = request->grade();
  return answer_command(services_, context, response, request->idempotency_key(), std::move(command));
}

grpc::ServerUnaryReactor* PublisherService::Widen(grpc::CallbackServerContext* context,
                                                  const v1::WidenRequest* request,
                                                  v1::WidenResponse* response) {
  v1::Command command;
  *command.mutable_widen() = request->widen();
  return answer_command(services_, context, response, request->idempotency_key(), std::move(command));
}

grpc::ServerUnaryReactor* PublisherService::Retract(grpc::CallbackServerContext* context,
                                                    const v1::RetractRequest* request,
                                                    v1::RetractResponse* response) {
  v1::Command command;
  *command.mutable_retract() = request->retract();
  return answer_command(services_, context, response, request->idempotency_key(), std::move(command));
}

grpc::ServerUnaryReactor* PublisherService::Observe(grpc::CallbackServerContext* context,
                                                    const v1::ObserveRequest* request,
                                                    v1::ObserveResponse* response) {
  v1::Command command;
  *command.mutable_observe() = request->observe();
  return answer_command(services_, context, response, request->idempotency_key(), std::move(command));
}

grpc::ServerUnaryReactor* PublisherService::CountOverdoses(grpc::CallbackServerContext* context,
                                                           const v1::CountOverdosesRequest* request,
                                                           v1::CountOverdosesResponse* response) {
  v1::Command command;
  *command.mutable_count_overdoses() = request->count_overdoses();
  return answer_command(services_, context, response, request->idempotency_key(), std::move(command));
}

grpc::ServerUnaryReactor* PublisherService::Report(grpc::CallbackServerContext* context,
                                                   const v1::ReportRequest* request,
                                                   v1::ReportResponse* response) {
  v1::Command command;
  *command.mutable_report() = request->report();
  return answer_command(services_, context, response, request->idempotency_key(), std::move(command));
}

grpc::ServerUnaryReactor* PublisherService::Conclude(grpc::CallbackServerContext* context,
                                                     const v1::ConcludeRequest* request,
                                                     v1::ConcludeResponse* response) {
  v1::Command command;
  *command.mutable_conclude() = request->conclude();
  return answer_command(services_, context, response, request->idempotency_key(), std::move(command));
}

grpc::ServerUnaryReactor* PublisherService::ReportEscalation(grpc::CallbackServerContext* context,
                                                             const v1::ReportEscalationRequest* request,
                                                             v1::ReportEscalationResponse* response) {
  v1::Command command;
  *command.mutable_report_escalation() = request->report();
  return answer_command(services_, context, response, request->idempotency_key(), std::move(command));
}

grpc::ServerBidiReactor<v1::FeedRequest, v1::FeedResponse>* PublisherService::Feed(
    grpc::CallbackServerContext* context) {
  return FeedCall::start(services_, context);
}

}  // namespace gjallar::edges
