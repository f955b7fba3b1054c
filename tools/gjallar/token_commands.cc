// gjallar token issue | rotate | revoke | list
#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <memory>

#include "broker/core/digest.h"
#include "broker/core/random.h"
#include "gjallar/v1/operator_service.grpc.pb.h"
#include "tools/gjallar/command_line.h"
#include "tools/gjallar/table.h"

namespace gjallar::tool {
namespace {

namespace v1 = gjallar::v1;
using Tokens = v1::OperatorService;

struct TokenWords {
  std::string principal, token_id, overlap, reason, idempotency_key;
  bool all = false;
};

std::string key_or_new(const std::string& key) {
  if (!key.empty()) return key;
  core::SystemRandom random;
  return core::to_hex(core::as_view(random.bytes32())).substr(0, 32);
}

/// The whole token is told once; a repeat can't tell it.
template <typename Response>
int print_token(const Globals& globals, const Response& response) {
  if (response.token().empty()) {
    return fail(globals,
                core::make_error(v1::ERROR_CODE_IDEMPOTENCY_KEY_REUSED, "idempotency_key",
                                 "This was done before, and a token is told only once.",
                                 "Find it by `gjallar token list` and give it a new secret by `gjallar "
                                 "token rotate ID`."));
  }
  if (globals.json) {
    print_json(response);
  } else {
    fmt::print("{}\n", response.token());
    fmt::print(stderr,
               "This is told once: hand it over by a safe way. Its id is what stands before the point.\n");
  }
  return kExitDone;
}

int issue_token(const Globals& globals, const TokenWords& words) {
  v1::IssueTokenRequest request;
  request.set_principal(words.principal);
  request.set_idempotency_key(key_or_new(words.idempotency_key));
  const auto response = call<Tokens::Stub, v1::IssueTokenRequest, v1::IssueTokenResponse>(
      globals, &Tokens::Stub::IssueToken, &Tokens::NewStub, request);
  if (!response) return fail(globals, response.error());
  return print_token(globals, *response);
}

int rotate_token(const Globals& globals, const TokenWords& words) {
  v1::RotateTokenRequest request;
  request.set_token_id(words.token_id);
  request.set_idempotency_key(key_or_new(words.idempotency_key));
  if (!words.overlap.empty()) {
    const auto overlap = parse_duration(words.overlap, "overlap");
    if (!overlap) return fail(globals, overlap.error());
    *request.mutable_overlap() = google::protobuf::util::TimeUtil::SecondsToDuration(overlap->count());
  }
  const auto response = call<Tokens::Stub, v1::RotateTokenRequest, v1::RotateTokenResponse>(
      globals, &Tokens::Stub::RotateToken, &Tokens::NewStub, request);
  if (!response) return fail(globals, response.error());
  return print_token(globals, *response);
}

int revoke_token(const Globals& globals, const TokenWords& words) {
  v1::RevokeTokenRequest request;
  request.set_token_id(words.token_id);
  request.set_reason(words.reason);
  request.set_idempotency_key(key_or_new(words.idempotency_key));
  const auto response = call<Tokens::Stub, v1::RevokeTokenRequest, v1::RevokeTokenResponse>(
      globals, &Tokens::Stub::RevokeToken, &Tokens::NewStub, request);
  if (!response) return fail(globals, response.error());
  if (globals.json) {
    print_json(response->outcome());
  } else {
    fmt::print("revoked  seq {}; its sessions are being closed\n", response->outcome().seq());
  }
  return kExitDone;
}

int list_tokens(const Globals& globals, const TokenWords& words) {
  v1::ListTokensRequest request;
  request.set_principal(words.principal);
  request.set_include_revoked(words.all);
  const auto response = call<Tokens::Stub, v1::ListTokensRequest, v1::ListTokensResponse>(
      globals, &Tokens::Stub::ListTokens, &Tokens::NewStub, request);
  if (!response) return fail(globals, response.error());
  if (globals.json) {
    print_json(*response);
    return kExitDone;
  }
  if (response->tokens().empty()) {
    fmt::print("no tokens: `gjallar token issue PRINCIPAL` makes one\n");
    return kExitDone;
  }
  Table table({"TOKEN", "PRINCIPAL", "ISSUED", "ROTATED", "STATE"});
  for (const v1::TokenInfo& token : response->tokens()) {
    const char* const state = token.revoked() ? "revoked" : "in force";
    table.add({token.token_id(), token.principal(), zoned_time(token.issued()),
               token.has_rotated() ? zoned_time(token.rotated()) : "–",
               globals.colour && token.revoked() ? fmt::format("\033[31m{}\033[0m", state) : state});
  }
  table.print(globals.colour);
  return kExitDone;
}

}  // namespace

void add_token_commands(CLI::App& app, const Globals& globals, Action& action) {
  const auto words = std::make_shared<TokenWords>();
  CLI::App* token = app.add_subcommand("token", "tokens by which principals prove themselves");
  token->require_subcommand(1);
  const auto with_key = [&words](CLI::App& command) {
    command.add_option("--idempotency-key", words->idempotency_key, "makes a repeat of the command harmless");
  };
  CLI::App* issue = token->add_subcommand("issue", "give a principal a token; it is told once");
  issue->add_option("principal", words->principal, "one of the policy's principals")->required();
  with_key(*issue);
  issue->callback(
      [&globals, &action, words] { action = [&globals, words] { return issue_token(globals, *words); }; });
  CLI::App* rotate = token->add_subcommand("rotate", "give a token a new secret; it is told once");
  rotate->add_option("token", words->token_id, "the token's id: the part before its point")->required();
  rotate->add_option("--overlap", words->overlap,
                     "how long the old secret is good too (15m, 48h, 7d); without it: not at all");
  with_key(*rotate);
  rotate->callback(
      [&globals, &action, words] { action = [&globals, words] { return rotate_token(globals, *words); }; });
  CLI::App* revoke = token->add_subcommand("revoke", "end a token and its sessions at once");
  revoke->add_option("token", words->token_id, "the token's id: the part before its point")->required();
  revoke->add_option("--reason", words->reason, "why");
  with_key(*revoke);
  revoke->callback(
      [&globals, &action, words] { action = [&globals, words] { return revoke_token(globals, *words); }; });
  CLI::App* list = token->add_subcommand("list", "the tokens that were issued here, without their secrets");
  list->add_option("--principal", words->principal, "only those of this principal");
  list->add_flag("--all", words->all, "revoked ones too");
  list->callback(
      [&globals, &action, words] { action = [&globals, words] { return list_tokens(globals, *words); }; });
}

}  // namespace gjallar::tool
