#include "broker/projections/tokens.h"

#include <catch2/catch.hpp>

#include "broker/projections/queries.h"
#include "tests/support/memory_log.h"
#include "tests/support/refused.h"
#include "tests/support/sample_services.h"
#include "tests/support/sample_tokens.h"
#include "tests/support/test_broker.h"

using namespace gjallar;
using namespace gjallar::testing;

namespace {

constexpr const char* kOtherTokenId = "fedcba9876543210";

/// What there is to know of the tokens, as one text a token.
std::vector<std::string> listed(const TestBroker& broker, bool revoked_too) {
  v1::ListTokensRequest request;
  request.set_include_revoked(revoked_too);
  const auto response =
      projections::list_tokens(*broker.log->snapshot(), operator_principal(), request).value();
  std::vector<std::string> out;
  for (const v1::TokenInfo& token : response.tokens()) {
    out.push_back(token.token_id() + " " + token.principal() + (token.has_rotated() ? " rotated" : "") +
                  (token.revoked() ? " revoked" : ""));
  }
  return out;
}

/// A history with each kind of event: one token in force at version 2, one revoked.
void give_tokens(TestBroker& broker) {
  broker.must(operator_principal(), issue_token_command("first"));
  broker.must(operator_principal(), issue_token_command("other", kOtherTokenId, "customs"));
  broker.clock.advance(std::chrono::minutes(5));
  broker.must(operator_principal(), rotate_token_command("second", std::chrono::hours(1)));
  broker.must(operator_principal(), revoke_token_command(kOtherTokenId));
}

}  // namespace

TEST_CASE("tokens in force are looked up in memory as of the last synced group, after restarts too") {
  TestBroker broker;
  give_tokens(broker);
  for (int start = 0; start < 2; ++start) {
    const auto tokens = broker.tokens->now();
    REQUIRE(tokens->size() == 1);
    const domain::TokenAt& token = tokens->at(kSampleTokenId);
    CHECK(token.version == 2);
    CHECK(domain::secret_proven(token, core::sha256("second"), broker.clock.wall()) == core::Version{2});
    CHECK(domain::secret_proven(token, core::sha256("first"), broker.clock.wall()) == core::Version{1});
    CHECK(broker.tokens->oldest_secret_in_force(kSampleTokenId) == 1);
    CHECK(broker.tokens->oldest_secret_in_force(kOtherTokenId) > 1'000);
    CHECK(projections::tokens_in_force(broker.log->snapshot()->rows()).value() == 1);
    broker.reopen();
  }
}

TEST_CASE("all tokens are listed by id, without their hashes, for who may operate or audit") {
  TestBroker broker;
  give_tokens(broker);
  using Lines = std::vector<std::string>;
  CHECK(listed(broker, false) == Lines{"0123456789abcdef police rotated"});
  CHECK(listed(broker, true) == Lines{"0123456789abcdef police rotated", "fedcba9876543210 customs revoked"});
  v1::ListTokensRequest request;
  request.set_principal("customs");
  CHECK(projections::list_tokens(*broker.log->snapshot(), operator_principal(), request)
            .value()
            .tokens()
            .empty());
  domain::Principal auditor;
  auditor.rights.audit = true;
  CHECK(projections::list_tokens(*broker.log->snapshot(), auditor, {}).value().tokens_size() == 1);
  check_refused(projections::list_tokens(*broker.log->snapshot(), police(), {}),
                v1::ERROR_CODE_PERMISSION_DENIED, "list_tokens");
}

TEST_CASE("a rebuild folds tokens to the very rows, beside the services") {
  TestBroker broker;
  broker.add(sample_service("clinic-one"));
  give_tokens(broker);
  CHECK(broker.log->rebuild().value().differences == 0);
  CHECK(folded_rows(broker.log->snapshot()->rows()) ==
        folded_rows(MemoryLog(*broker.log->snapshot()).rows()));
  CHECK(broker.tokens->now()->size() == 1);
}

TEST_CASE("a token whose payloads were destroyed proves nothing any more") {
  TestBroker broker;
  broker.must(operator_principal(), issue_token_command("first"));
  const MemoryLog folded(*broker.log->snapshot(), [](log::Record& record) {
    if (record.header.subject_kind == domain::SubjectKind::kToken) record.payload.reset();
  });
  const auto token = projections::find_token(folded.rows(), kSampleTokenId).value();
  REQUIRE(token.has_value());
  CHECK_FALSE(domain::secret_proven(*token, core::sha256("first"), broker.clock.wall()));
}

TEST_CASE("events of tokens reach nobody; a replay shows them, the hashes to operators alone") {
  TestBroker broker;
  broker.add(sample_service("clinic-one"));
  give_tokens(broker);
  const auto snapshot = broker.log->snapshot();
  const auto shown = [&](const domain::Principal& principal) {
    std::vector<v1::Event> events;
    const auto replayed = projections::replay(*snapshot, principal, {}, [&events](const v1::Event& event) {
      if (event.payload().has_token()) events.push_back(event);
      return true;
    });
    REQUIRE(replayed.has_value());
    return events;
  };
  const auto to_operator = shown(operator_principal());
  REQUIRE(to_operator.size() == 4);
  CHECK(to_operator[0].payload().token().secret_sha256() == sha256_text("first"));
  CHECK(to_operator[0].principal() == operator_principal().name.value());
  for (const v1::Event& event : to_operator)
    CHECK(snapshot->read(event.seq()).value().targets.empty());
  domain::Principal auditor;
  auditor.rights.audit = true;
  const auto to_auditor = shown(auditor);
  REQUIRE(to_auditor.size() == 4);
  for (const v1::Event& event : to_auditor) {
    CHECK(event.payload().token().secret_sha256().empty());
    CHECK(event.payload().token().previous_sha256().empty());
    CHECK_FALSE(event.payload().token().principal().empty());
  }
}

TEST_CASE("the same request under the same key is the same whatever secret the broker made of it") {
  TestBroker broker;
  v1::IssueTokenRequest request;
  request.set_principal("police");
  const auto submit = [&](const std::string& secret, const std::string& id, const std::string& asked) {
    return broker.submit_and_wait(operator_principal(), issue_token_command(secret, id), "key-1",
                                  admission::Sender::kPerson, asked);
  };
  const auto first = submit("first", kSampleTokenId, admission::asked_for(request)).value();
  CHECK_FALSE(first.duplicate());
  request.set_idempotency_key("key-1");
  const auto again = submit("another", kOtherTokenId, admission::asked_for(request)).value();
  CHECK(again.duplicate());
  CHECK(again.seq() == first.seq());
  CHECK(broker.tokens->now()->size() == 1);
  request.set_principal("customs");
  check_refused(submit("another", kOtherTokenId, admission::asked_for(request)),
                v1::ERROR_CODE_IDEMPOTENCY_KEY_REUSED, "idempotency_key");
}
