#include "broker/fanout/token_sessions.h"

#include <catch2/catch.hpp>
#include <limits>

#include "broker/fanout/shard_session.h"
#include "tests/support/fanout_fixture.h"
#include "tests/support/refused.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"

namespace gjallar::fanout {
namespace {

using testing::FanoutFixture;

constexpr core::Version kNoSecret = std::numeric_limits<core::Version>::max();

SessionRequest by_token(const std::string& token_id, core::Version secret) {
  SessionRequest request = FanoutFixture::receiving("clinic");
  request.principal.token = domain::TokenProof{token_id, secret};
  return request;
}

}  // namespace

TEST_CASE("a revoked token's sessions are told goodbye and not to come back; all others go on") {
  FanoutFixture world;
  world.broker.add(testing::sample_service("clinic"));
  const auto revoked = world.open(by_token("a", 1));
  const auto other_token = world.open(by_token("b", 1));
  const auto by_certificate = world.open(FanoutFixture::receiving("clinic"));
  for (const auto& client : {revoked, other_token, by_certificate})
    (void)client->take_until("caughtup");
  world.hub->end_sessions_of_token("a", kNoSecret);
  const auto sent = revoked->take_until("goodbye");
  CHECK(sent.back().goodbye->reason() == v1::GOODBYE_REASON_CREDENTIALS_REVOKED);
  CHECK_FALSE(sent.back().goodbye->reconnect());
  revoked->cut();
  world.broker.issue(testing::sample_content({"SE-01"}));
  for (const auto& client : {other_token, by_certificate}) {
    CHECK(client->take().text() == "event " + std::to_string(world.head()));
    client->cut();
  }
}

TEST_CASE("a rotation ends the sessions of secrets that are good no more, and keeps the others") {
  FanoutFixture world;
  world.broker.add(testing::sample_service("clinic"));
  const auto oldest = world.open(by_token("a", 1));
  const auto previous = world.open(by_token("a", 2));
  const auto present = world.open(by_token("a", 3));
  for (const auto& client : {oldest, previous, present})
    (void)client->take_until("caughtup");
  world.hub->end_sessions_of_token("a", 2);
  CHECK(oldest->take_until("goodbye").back().goodbye->reason() == v1::GOODBYE_REASON_CREDENTIALS_REVOKED);
  world.hub->end_sessions_of_token("a", 3);
  CHECK(previous->take_until("goodbye").back().goodbye->reason() == v1::GOODBYE_REASON_CREDENTIALS_REVOKED);
  world.broker.issue(testing::sample_content({"SE-01"}));
  CHECK(present->take().text() == "event " + std::to_string(world.head()));
  for (const auto& client : {oldest, previous, present})
    client->cut();
}

TEST_CASE("a session whose token ended between the proof and the opening is refused") {
  FanoutFixture world;
  world.broker.add(testing::sample_service("clinic"));
  world.hub->end_sessions_of_token("a", 2);
  const auto client = core::make_owned<testing::MemoryTransport>();
  testing::check_refused(world.try_open(by_token("a", 1), client), v1::ERROR_CODE_UNAUTHENTICATED, "");
  const auto allowed = world.open(by_token("a", 2));
  CHECK(allowed->take().text() == "hello");
  allowed->cut();
}

TEST_CASE("a ticket that is bound after its token ended says so, and a place is given back") {
  const auto sessions = std::make_shared<TokenSessions>();
  auto ticket = sessions->enter({"a", 1}).value();
  CHECK(sessions->end_before("a", 2).empty());
  CHECK_FALSE(ticket->bind(nullptr));
  ticket.reset();
  auto later = sessions->enter({"a", 2}).value();
  CHECK(later->bind(nullptr));
  CHECK(sessions->enter({"b", 1}).value()->bind(nullptr));
  testing::check_refused(sessions->enter({"a", 1}), v1::ERROR_CODE_UNAUTHENTICATED, "");
}

}  // namespace gjallar::fanout
