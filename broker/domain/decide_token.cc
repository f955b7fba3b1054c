#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <utility>

#include "broker/domain/authority.h"
#include "broker/domain/decide_parts.h"
#include "broker/domain/token.h"

namespace gjallar::domain {
namespace {

core::Result<void> check_token_right(const Principal& principal, const char* action) {
  if (principal.rights.operate) return {};
  return permission_denied(action, "This principal may not change tokens.", "Ask an operator to do it.");
}

core::Error no_such_token(std::string message) {
  return core::make_error(v1::ERROR_CODE_NOT_FOUND, "token_id", std::move(message),
                          "Look the tokens up (ListTokens), or issue a new one.");
}

/// An event that leaves the token as `entry`. It concerns nobody: only a replay shows it.
NewEvent token_event(v1::EventType type, v1::TokenEntry entry, core::Version version,
                     std::string reason = {}) {
  NewEvent event;
  event.type = type;
  event.subject_kind = SubjectKind::kToken;
  event.subject = entry.token_id();
  event.version = version;
  *event.payload.mutable_token() = std::move(entry);
  event.payload.set_reason(std::move(reason));
  return event;
}

}  // namespace

Decision decide_issue_token(const Principal& principal, const v1::IssueToken& command,
                            const Situation& situation) {
  GJALLAR_TRY(check_token_right(principal, "issue_token"));
  if (situation.token != nullptr) {
    return core::make_error(v1::ERROR_CODE_ALREADY_EXISTS, "token_id", "A token with this id exists.",
                            "Ask again: every token gets an id of its own.");
  }
  if (situation.tokens_in_force >= kTokensMax) {
    return core::make_error(v1::ERROR_CODE_TOO_LARGE, "principal",
                            fmt::format("There are {} tokens in force, and no more may be.", kTokensMax),
                            "Revoke those that are not used.");
  }
  v1::TokenEntry entry;
  entry.set_token_id(command.token_id());
  entry.set_principal(command.principal());
  entry.set_secret_sha256(command.secret_sha256());
  return only(token_event(v1::EVENT_TYPE_TOKEN_ISSUED, std::move(entry), 1));
}

Decision decide_rotate_token(const Principal& principal, const v1::RotateToken& command,
                             const Situation& situation) {
  GJALLAR_TRY(check_token_right(principal, "rotate_token"));
  if (situation.token == nullptr) return no_such_token("There is no token with this id in the log.");
  if (situation.token->entry.revoked()) return no_such_token("The token was revoked.");
  v1::TokenEntry entry = situation.token->entry;
  entry.clear_previous_sha256();
  entry.clear_previous_until();
  const std::int64_t overlap_us = google::protobuf::util::TimeUtil::DurationToMicroseconds(command.overlap());
  if (command.has_overlap() && overlap_us > 0) {
    entry.set_previous_sha256(entry.secret_sha256());
    *entry.mutable_previous_until() = core::to_timestamp(situation.now + core::Micros(overlap_us));
  }
  entry.set_secret_sha256(command.secret_sha256());
  return only(token_event(v1::EVENT_TYPE_TOKEN_ROTATED, std::move(entry), situation.token->version + 1));
}

Decision decide_revoke_token(const Principal& principal, const v1::RevokeToken& command,
                             const Situation& situation) {
  GJALLAR_TRY(check_token_right(principal, "revoke_token"));
  if (situation.token == nullptr) return no_such_token("There is no token with this id in the log.");
  if (situation.token->entry.revoked()) return nothing_to_change("token_id");
  v1::TokenEntry entry = situation.token->entry;
  entry.set_revoked(true);
  entry.clear_previous_sha256();
  entry.clear_previous_until();
  return only(token_event(v1::EVENT_TYPE_TOKEN_REVOKED, std::move(entry), situation.token->version + 1,
                          command.reason()));
}

}  // namespace gjallar::domain
