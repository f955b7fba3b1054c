#include "broker/edges/token_desk.h"

#include <utility>

#include "broker/security/authenticator.h"

namespace gjallar::edges {
namespace {

/// The answer to a command that made `token`, which a repeat is not told.
template <typename Response>
admission::Admission::Done answer_with(std::string token, TokenDesk::Done<Response> done) {
  return [token = std::move(token), done = std::move(done)](core::Result<v1::CommandOutcome> outcome) {
    if (!outcome) return done(outcome.error());
    Response response;
    if (!outcome->duplicate()) response.set_token(token);
    *response.mutable_outcome() = std::move(*outcome);
    done(std::move(response));
  };
}

}  // namespace

void TokenDesk::issue(const domain::Principal& caller, const v1::IssueTokenRequest& request,
                      Done<v1::IssueTokenResponse> done) {
  if (!caller.rights.operate) {  // who lacks it learns nothing of the policy
    return done(core::make_error(v1::ERROR_CODE_PERMISSION_DENIED, "issue_token",
                                 "This principal may not issue tokens.", "Ask an operator to do it."));
  }
  if (!request.principal().empty() && policy_.find(request.principal()) == nullptr) {
    return done(core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "principal",
                                 "The policy has no principal of this name.",
                                 "Add it to the policy and restart the broker, or check the spelling."));
  }
  const security::NewSecret secret = security::new_secret(random_);
  v1::Command command;
  v1::IssueToken& issue = *command.mutable_issue_token();
  issue.set_token_id(security::new_token_id(random_));
  issue.set_principal(request.principal());
  issue.set_secret_sha256(std::string(core::as_view(secret.sha256)));
  std::string token = issue.token_id() + "." + secret.secret;
  admission_.submit(caller, std::move(command), request.idempotency_key(),
                    answer_with(std::move(token), std::move(done)), admission::Sender::kPerson,
                    admission::asked_for(request));
}

void TokenDesk::rotate(const domain::Principal& caller, const v1::RotateTokenRequest& request,
                       Done<v1::RotateTokenResponse> done) {
  const security::NewSecret secret = security::new_secret(random_);
  v1::Command command;
  v1::RotateToken& rotate = *command.mutable_rotate_token();
  rotate.set_token_id(request.token_id());
  rotate.set_secret_sha256(std::string(core::as_view(secret.sha256)));
  if (request.has_overlap()) *rotate.mutable_overlap() = request.overlap();
  admission_.submit(caller, std::move(command), request.idempotency_key(),
                    answer_with(request.token_id() + "." + secret.secret, std::move(done)),
                    admission::Sender::kPerson, admission::asked_for(request));
}

void TokenDesk::revoke(const domain::Principal& caller, const v1::RevokeTokenRequest& request,
                       Done<v1::RevokeTokenResponse> done) {
  v1::Command command;
  command.mutable_revoke_token()->set_token_id(request.token_id());
  command.mutable_revoke_token()->set_reason(request.reason());
  admission_.submit(caller, std::move(command), request.idempotency_key(),
                    [done = std::move(done)](core::Result<v1::CommandOutcome> outcome) {
                      if (!outcome) return done(outcome.error());
                      v1::RevokeTokenResponse response;
                      *response.mutable_outcome() = std::move(*outcome);
                      done(std::move(response));
                    });
}

}  // namespace gjallar::edges
