#include <catch2/catch.hpp>
#include <future>

#include "broker/edges/contact_desk.h"
#include "broker/edges/token_desk.h"
#include "broker/security/authenticator.h"
#include "tests/support/refused.h"
#include "tests/support/sample_services.h"
#include "tests/support/test_broker.h"

namespace gjallar::edges {
namespace {

using testing::check_refused;
using testing::operator_principal;

/// Calls and waits for the answer.
template <typename Response, typename Call>
core::Result<Response> answer_of(Call call) {
  const auto promise = std::make_shared<std::promise<core::Result<Response>>>();
  auto answer = promise->get_future();
  call([promise](core::Result<Response> given) { promise->set_value(std::move(given)); });
  REQUIRE(answer.wait_for(std::chrono::seconds(60)) == std::future_status::ready);
  return answer.get();
}

/// A broker with both desks, and what proves its callers.
struct DeskWorld {
  core::Result<v1::IssueTokenResponse> issue(const domain::Principal& caller, const std::string& principal,
                                             const std::string& key) {
    v1::IssueTokenRequest request;
    request.set_principal(principal);
    request.set_idempotency_key(key);
    return answer_of<v1::IssueTokenResponse>(
        [&](auto done) { tokens.issue(caller, request, std::move(done)); });
  }
  core::Result<v1::SetContactsResponse> set(const domain::Principal& caller, const std::string& number,
                                            const std::string& key, const std::string& service = "clinic") {
    v1::SetContactsRequest request;
    request.set_service_id(service);
    request.set_idempotency_key(key);
    request.add_contacts()->set_way("telephone");
    request.mutable_contacts(0)->set_value(number);
    request.mutable_contacts(0)->set_on_call(true);
    return answer_of<v1::SetContactsResponse>(
        [&](auto done) { contacts.set(caller, request, writer, std::move(done)); });
  }
  [[nodiscard]] core::Result<v1::GetContactsResponse> get(const domain::Principal& caller) const {
    v1::GetContactsRequest request;
    request.set_service_id("clinic");
    return contacts.get(caller, request);
  }

  testing::TestBroker broker;
  security::Policy policy = *security::Policy::parse("[principals.police]\nissue = true\n", "policy.toml");
  std::unique_ptr<security::TokenStore> file =
      *security::TokenStore::open(broker.folder.path() / "tokens.toml");
  security::Authenticator authenticator{policy, *file, *broker.tokens, broker.clock};
  std::unique_ptr<security::ContactStore> store =
      *security::ContactStore::open(broker.folder.path() / "contacts");
  BulkReader writer;
  TokenDesk tokens{*broker.admission, policy, broker.random};
  ContactDesk contacts{*broker.admission, *broker.directory, *store};
};

}  // namespace

TEST_CASE("a token is told once: it works, and a repeat under the same key tells and makes none") {
  DeskWorld world;
  const auto first = world.issue(operator_principal(), "police", "key-1");
  REQUIRE(first.has_value());
  CHECK(world.authenticator.by_token(first->token())->name.value() == "police");
  const auto again = world.issue(operator_principal(), "police", "key-1");
  REQUIRE(again.has_value());
  CHECK(again->token().empty());
  CHECK(again->outcome().duplicate());
  CHECK(again->outcome().seq() == first->outcome().seq());
  CHECK(world.broker.tokens->now()->size() == 1);

  v1::RotateTokenRequest rotate;
  rotate.set_idempotency_key("key-2");
  rotate.set_token_id(first->token().substr(0, first->token().find('.')));
  const auto rotated = answer_of<v1::RotateTokenResponse>(
      [&](auto done) { world.tokens.rotate(operator_principal(), rotate, std::move(done)); });
  REQUIRE(rotated.has_value());
  CHECK(world.authenticator.by_token(rotated->token()).has_value());
  CHECK(world.authenticator.by_token(first->token()).has_error());
  const auto repeated = answer_of<v1::RotateTokenResponse>(
      [&](auto done) { world.tokens.rotate(operator_principal(), rotate, std::move(done)); });
  CHECK(repeated->token().empty());
  CHECK(world.authenticator.by_token(rotated->token()).has_value());

  v1::RevokeTokenRequest revoke;
  revoke.set_token_id(rotate.token_id());
  REQUIRE(answer_of<v1::RevokeTokenResponse>([&](auto done) {
            world.tokens.revoke(operator_principal(), revoke, std::move(done));
          }).has_value());
  CHECK(world.authenticator.by_token(rotated->token()).error().code == v1::ERROR_CODE_UNAUTHENTICATED);
}

TEST_CASE("a token for a principal that the policy doesn't have is refused, after the right was checked") {
  DeskWorld world;
  const core::Seq head = world.broker.log->head().seq;
  check_refused(world.issue(operator_principal(), "nobody", "key-1"), v1::ERROR_CODE_INVALID_ARGUMENT,
                "principal");
  check_refused(world.issue(testing::police(), "nobody", "key-1"), v1::ERROR_CODE_PERMISSION_DENIED,
                "issue_token");
  check_refused(world.issue(operator_principal(), "", "key-1"), v1::ERROR_CODE_MISSING_FIELD, "principal");
  CHECK(world.broker.log->head().seq == head);
}

TEST_CASE("contacts are set by an event first, and read by operators and escalators alone") {
  DeskWorld world;
  world.broker.add(testing::sample_service("clinic"));
  const auto set = world.set(operator_principal(), "+46 8 123 45 67", "key-1");
  REQUIRE(set.has_value());
  CHECK(set->outcome().version() == 2);
  CHECK(world.broker.directory->now()->find("clinic")->has_on_call());
  CHECK(world.get(operator_principal())->contacts(0).value() == "+4681234567");

  for (const domain::Principal& caller :
       {testing::police(), testing::coordinator(), testing::service_principal("clinic")}) {
    check_refused(world.get(caller), v1::ERROR_CODE_PERMISSION_DENIED, "get_contacts");
    check_refused(world.set(caller, "+4681111111", ""), v1::ERROR_CODE_PERMISSION_DENIED, "set_contacts");
  }
  world.broker.add(testing::sample_service("caller-out", {"SE-01"}, {"escalator"}));
  v1::GetContactsRequest request;
  request.set_service_id("clinic");
  CHECK(world.contacts.get(testing::service_principal("caller-out"), request)->contacts_size() == 1);
  check_refused(world.contacts.get(testing::service_principal("clinic"), request),
                v1::ERROR_CODE_PERMISSION_DENIED, "get_contacts");
}

TEST_CASE("a repeat of an earlier setting changes nothing, and one with other contacts is refused") {
  DeskWorld world;
  world.broker.add(testing::sample_service("clinic"));
  const auto first = world.set(operator_principal(), "+4681111111", "key-1");
  REQUIRE(world.set(operator_principal(), "+4682222222", "key-2").has_value());
  const auto again = world.set(operator_principal(), "+4681111111", "key-1");
  REQUIRE(again.has_value());
  CHECK(again->outcome().duplicate());
  CHECK(again->outcome().seq() == first->outcome().seq());
  CHECK(world.get(operator_principal())->contacts(0).value() == "+4682222222");
  check_refused(world.set(operator_principal(), "+4683333333", "key-1"),
                v1::ERROR_CODE_IDEMPOTENCY_KEY_REUSED, "idempotency_key");
  check_refused(world.set(operator_principal(), "+4683333333", "", "unknown"), v1::ERROR_CODE_NOT_FOUND,
                "service_id");
  check_refused(world.set(operator_principal(), "12", ""), v1::ERROR_CODE_INVALID_ARGUMENT,
                "contacts[0].value");
  CHECK(world.get(operator_principal())->contacts(0).value() == "+4682222222");
}

TEST_CASE("contacts that the disk didn't take are there once the call is repeated") {
  DeskWorld world;
  world.broker.add(testing::sample_service("clinic"));
  // Where the file would be, something is in the way.
  const auto in_the_way = world.broker.folder.path() / "contacts" / "clinic.contacts";
  std::filesystem::create_directory(in_the_way);
  const auto failed = world.set(operator_principal(), "+4681111111", "key-1");
  REQUIRE(failed.has_error());
  CHECK(failed.error().code == v1::ERROR_CODE_UNAVAILABLE);
  CHECK(core::to_text(failed.error()).find("1111111") == std::string::npos);
  std::filesystem::remove(in_the_way);
  const auto repeated = world.set(operator_principal(), "+4681111111", "key-1");
  REQUIRE(repeated.has_value());
  CHECK(repeated->outcome().duplicate());
  CHECK(world.get(operator_principal())->contacts(0).value() == "+4681111111");
}

}  // namespace gjallar::edges
