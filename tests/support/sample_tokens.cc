#include "tests/support/sample_tokens.h"

namespace gjallar::testing {

std::string sha256_text(const std::string& secret) {
  const core::Digest digest = core::sha256(secret);
  return std::string(core::as_view(digest));
}

v1::Command issue_token_command(const std::string& secret, const std::string& token_id,
                                const std::string& principal) {
  v1::Command command;
  command.mutable_issue_token()->set_token_id(token_id);
  command.mutable_issue_token()->set_principal(principal);
  command.mutable_issue_token()->set_secret_sha256(sha256_text(secret));
  return command;
}

v1::Command rotate_token_command(const std::string& secret, std::optional<std::chrono::seconds> overlap,
                                 const std::string& token_id) {
  v1::Command command;
  command.mutable_rotate_token()->set_token_id(token_id);
  command.mutable_rotate_token()->set_secret_sha256(sha256_text(secret));
  if (overlap) command.mutable_rotate_token()->mutable_overlap()->set_seconds(overlap->count());
  return command;
}

v1::Command revoke_token_command(const std::string& token_id, const std::string& reason) {
  v1::Command command;
  command.mutable_revoke_token()->set_token_id(token_id);
  command.mutable_revoke_token()->set_reason(reason);
  return command;
}

v1::Command note_contacts_command(const std::string& service_id, bool has_on_call) {
  v1::Command command;
  command.mutable_note_contacts()->set_service_id(service_id);
  command.mutable_note_contacts()->set_has_on_call(has_on_call);
  return command;
}

}  // namespace gjallar::testing
