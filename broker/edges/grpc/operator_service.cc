#include "broker/edges/grpc/operator_service.h"

#include "broker/edges/grpc/replay_call.h"
#include "broker/log/local_log.h"

namespace gjallar::edges {
namespace {

core::Error denied(const char* message) {
  return core::make_error(v1::ERROR_CODE_PERMISSION_DENIED, "", message, "Ask the operator.");
}

}  // namespace

grpc::ServerWriteReactor<grpc::ByteBuffer>* OperatorService::Replay(grpc::CallbackServerContext* context,
                                                                    const grpc::ByteBuffer* request) {
  return ReplayCall::start(services_, context, request);
}

grpc::ServerUnaryReactor* OperatorService::Verify(grpc::CallbackServerContext* context,
                                                  const v1::VerifyRequest* request,
                                                  v1::VerifyResponse* response) {
  return answer_on(services_.maintenance, services_, context, response,
                   [this, request](const domain::Principal& principal) -> core::Result<v1::VerifyResponse> {
                     if (!principal.rights.operate && !principal.rights.audit) {
                       return denied("Verify needs the right to operate or to audit.");
                     }
                     const auto snapshot = services_.parts.log.snapshot();
                     GJALLAR_TRY(log::check_from_seq(*snapshot, request->from_seq()));
                     const log::VerifyReport report = log::verify(*snapshot, request->from_seq());
                     v1::VerifyResponse answer;
                     answer.set_intact(report.intact);
                     answer.set_events(report.events);
                     answer.set_head_seq(report.head.seq);
                     answer.set_head_hash(std::string(core::as_view(report.head.hash)));
                     answer.set_first_bad_seq(report.first_bad_seq);
                     answer.set_finding(report.finding);
                     return answer;
                   });
}

grpc::ServerUnaryReactor* OperatorService::Rebuild(grpc::CallbackServerContext* context,
                                                   const v1::RebuildRequest* /*request*/,
                                                   v1::RebuildResponse* response) {
  return answer_on(services_.maintenance, services_, context, response,
                   [this](const domain::Principal& principal) -> core::Result<v1::RebuildResponse> {
                     if (!principal.rights.operate) return denied("Rebuild needs the right to operate.");
                     const auto report = services_.parts.log.rebuild();
                     if (!report) return report.error();
                     v1::RebuildResponse answer;
                     answer.set_events(report->events);
                     answer.set_rows(report->rows);
                     answer.set_differences(report->differences);
                     return answer;
                   });
}

grpc::ServerUnaryReactor* OperatorService::GetStatus(grpc::CallbackServerContext* context,
                                                     const v1::GetStatusRequest* /*request*/,
                                                     v1::GetStatusResponse* response) {
  return answer_on(services_.reader, services_, context, response,
                   [this](const domain::Principal& principal) -> core::Result<v1::GetStatusResponse> {
                     // Who sees every alert may also see which services listen.
                     if (!principal.rights.operate && !principal.rights.audit &&
                         principal.rights.view != domain::Scope::kAny) {
                       return denied("Status needs the right to operate, to audit, or to view any alert.");
                     }
                     return services_.parts.status();
                   });
}

}  // namespace gjallar::edges
