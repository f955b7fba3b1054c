#include "broker/edges/grpc/operator_service.h"

#include "broker/edges/grpc/answer_later.h"
#include "broker/edges/grpc/replay_call.h"
#include "broker/edges/token_desk.h"
#include "broker/log/local_log.h"
#include "broker/projections/tokens.h"

namespace gjallar::edges {
namespace {

core::Error denied(const char* action, const char* message) {
  return core::make_error(v1::ERROR_CODE_PERMISSION_DENIED, action, message, "Ask the operator.");
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
                       return denied("verify", "Verify needs the right to operate or to audit.");
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
                     if (!principal.rights.operate)
                       return denied("rebuild", "Rebuild needs the right to operate.");
                     const auto report = services_.parts.log.rebuild();
                     if (!report) return report.error();
                     const auto receipts = services_.parts.receipts.refold();
                     if (!receipts) return receipts.error();
                     v1::RebuildResponse answer;
                     answer.set_events(report->events);
                     answer.set_rows(report->rows + receipts->rows);
                     answer.set_differences(report->differences + receipts->differences);
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
                       return denied("get_status",
                                     "Status needs the right to operate, to audit, or to view any alert.");
                     }
                     return services_.parts.status();
                   });
}

grpc::ServerUnaryReactor* OperatorService::IssueToken(grpc::CallbackServerContext* context,
                                                      const v1::IssueTokenRequest* request,
                                                      v1::IssueTokenResponse* response) {
  return answer_later(
      services_, context, response,
      [this, request](const domain::Principal& principal, TokenDesk::Done<v1::IssueTokenResponse> done) {
        TokenDesk* const desk = services_.parts.tokens;
        if (desk == nullptr) return done(not_offered());
        desk->issue(principal, *request, std::move(done));
      });
}

grpc::ServerUnaryReactor* OperatorService::RotateToken(grpc::CallbackServerContext* context,
                                                       const v1::RotateTokenRequest* request,
                                                       v1::RotateTokenResponse* response) {
  return answer_later(
      services_, context, response,
      [this, request](const domain::Principal& principal, TokenDesk::Done<v1::RotateTokenResponse> done) {
        TokenDesk* const desk = services_.parts.tokens;
        if (desk == nullptr) return done(not_offered());
        desk->rotate(principal, *request, std::move(done));
      });
}

grpc::ServerUnaryReactor* OperatorService::RevokeToken(grpc::CallbackServerContext* context,
                                                       const v1::RevokeTokenRequest* request,
                                                       v1::RevokeTokenResponse* response) {
  return answer_later(
      services_, context, response,
      [this, request](const domain::Principal& principal, TokenDesk::Done<v1::RevokeTokenResponse> done) {
        TokenDesk* const desk = services_.parts.tokens;
        if (desk == nullptr) return done(not_offered());
        desk->revoke(principal, *request, std::move(done));
      });
}

grpc::ServerUnaryReactor* OperatorService::ListTokens(grpc::CallbackServerContext* context,
                                                      const v1::ListTokensRequest* request,
                                                      v1::ListTokensResponse* response) {
  return answer_on(services_.reader, services_, context, response,
                   [this, request](const domain::Principal& principal) {
                     return projections::list_tokens(*services_.parts.log.snapshot(), principal, *request);
                   });
}

}  // namespace gjallar::edges
