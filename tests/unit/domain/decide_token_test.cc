#include <limits>

#include "tests/support/refused.h"
#include "tests/support/sample_services.h"
#include "tests/support/sample_tokens.h"
#include "tests/support/sample_world.h"

namespace gjallar::domain {
namespace {

using testing::check_refused;
using testing::issue_token_command;
using testing::note_contacts_command;
using testing::operator_principal;
using testing::revoke_token_command;
using testing::rotate_token_command;
using testing::sha256_text;

/// One token and what is decided about it.
struct TokenDesk {
  core::Result<std::vector<NewEvent>> run(const Principal& principal, const v1::Command& command) {
    Situation situation;
    situation.now = clock.wall();
    situation.directory = &directory;
    if (there) situation.token = &token;
    situation.tokens_in_force = in_force;
    auto decided = decide(principal, command, situation);
    if (decided && !decided.value().empty()) {
      token = {decided.value()[0].payload.token(), decided.value()[0].version};
      there = true;
    }
    return decided;
  }
  [[nodiscard]] std::optional<core::Version> proven(const std::string& secret) const {
    return secret_proven(token, core::sha256(secret), clock.wall());
  }

  core::ManualClock clock;
  Directory directory;
  TokenAt token;
  bool there = false;
  std::size_t in_force = 0;
};

}  // namespace

TEST_CASE("a token is issued at version 1, concerns nobody, and its event has the hash alone") {
  TokenDesk desk;
  const auto events = desk.run(operator_principal(), issue_token_command()).value();
  REQUIRE(events.size() == 1);
  const NewEvent& event = events[0];
  CHECK(event.type == v1::EVENT_TYPE_TOKEN_ISSUED);
  CHECK(event.subject_kind == SubjectKind::kToken);
  CHECK(event.subject == testing::kSampleTokenId);
  CHECK(event.version == 1);
  CHECK_FALSE(event.reach.before.present);
  CHECK_FALSE(event.reach.after.present);
  CHECK_FALSE(event.urgent);
  CHECK_FALSE(event.rings);
  CHECK(event.payload.token().principal() == "police");
  CHECK(event.payload.token().secret_sha256() == sha256_text("first"));
  CHECK(event.payload.token().previous_sha256().empty());
  CHECK(desk.proven("first") == core::Version{1});
  CHECK_FALSE(desk.proven("second"));
  CHECK_FALSE(desk.proven(""));
}

TEST_CASE("a rotated secret is good until its overlap ends, and not at all without one") {
  TokenDesk desk;
  (void)desk.run(operator_principal(), issue_token_command()).value();
  const auto events =
      desk.run(operator_principal(), rotate_token_command("second", std::chrono::hours(1))).value();
  CHECK(events[0].type == v1::EVENT_TYPE_TOKEN_ROTATED);
  CHECK(events[0].version == 2);
  CHECK(desk.proven("second") == core::Version{2});
  CHECK(desk.proven("first") == core::Version{1});
  CHECK(oldest_secret_in_force(desk.token) == 1);
  desk.clock.advance(std::chrono::hours(1) - core::Micros(1));
  CHECK(desk.proven("first") == core::Version{1});
  desk.clock.advance(core::Micros(1));
  CHECK_FALSE(desk.proven("first"));
  CHECK(desk.proven("second") == core::Version{2});

  (void)desk.run(operator_principal(), rotate_token_command("third", std::chrono::hours(1))).value();
  CHECK(desk.proven("second") == core::Version{2});
  CHECK_FALSE(desk.proven("first"));
  (void)desk.run(operator_principal(), rotate_token_command("fourth")).value();
  CHECK(desk.proven("fourth") == core::Version{4});
  CHECK_FALSE(desk.proven("third"));
  CHECK(oldest_secret_in_force(desk.token) == 4);
  CHECK_FALSE(desk.token.entry.has_previous_until());
}

TEST_CASE("a revoked token proves nothing, keeps no session, and stays revoked") {
  TokenDesk desk;
  (void)desk.run(operator_principal(), issue_token_command()).value();
  (void)desk.run(operator_principal(), rotate_token_command("second", std::chrono::hours(1))).value();
  const auto events =
      desk.run(operator_principal(), revoke_token_command(testing::kSampleTokenId, "Lost.")).value();
  CHECK(events[0].type == v1::EVENT_TYPE_TOKEN_REVOKED);
  CHECK(events[0].version == 3);
  CHECK(events[0].payload.reason() == "Lost.");
  CHECK(events[0].payload.token().revoked());
  CHECK_FALSE(desk.proven("first"));
  CHECK_FALSE(desk.proven("second"));
  CHECK(oldest_secret_in_force(desk.token) == std::numeric_limits<core::Version>::max());
  check_refused(desk.run(operator_principal(), revoke_token_command()), v1::ERROR_CODE_NOTHING_TO_CHANGE,
                "token_id");
  check_refused(desk.run(operator_principal(), rotate_token_command("third")), v1::ERROR_CODE_NOT_FOUND,
                "token_id");
}

TEST_CASE("tokens that aren't there, an id taken and too many tokens are refused") {
  TokenDesk desk;
  check_refused(desk.run(operator_principal(), rotate_token_command()), v1::ERROR_CODE_NOT_FOUND, "token_id");
  check_refused(desk.run(operator_principal(), revoke_token_command()), v1::ERROR_CODE_NOT_FOUND, "token_id");
  desk.in_force = kTokensMax;
  check_refused(desk.run(operator_principal(), issue_token_command()), v1::ERROR_CODE_TOO_LARGE, "principal");
  desk.in_force = kTokensMax - 1;
  (void)desk.run(operator_principal(), issue_token_command()).value();
  check_refused(desk.run(operator_principal(), issue_token_command()), v1::ERROR_CODE_ALREADY_EXISTS,
                "token_id");
}

TEST_CASE("tokens and contacts are for who may operate") {
  TokenDesk desk;
  (void)desk.run(operator_principal(), issue_token_command()).value();
  for (const Principal& caller : {testing::police(), testing::coordinator(), testing::laboratory()}) {
    for (const v1::Command& command : {issue_token_command(), rotate_token_command(), revoke_token_command(),
                                       note_contacts_command("clinic", true)}) {
      const auto* const action = v1::Command::descriptor()->FindFieldByNumber(command.command_case());
      check_refused(desk.run(caller, command), v1::ERROR_CODE_PERMISSION_DENIED, action->name());
    }
  }
}

TEST_CASE("contacts that changed make a new version of the service and say only whether one is on call") {
  testing::SampleWorld world;
  world.add(testing::sample_service("clinic"));
  const v1::DirectoryEntry before = *world.directory().find("clinic");
  const auto events = world.run(operator_principal(), note_contacts_command("clinic", true)).value();
  REQUIRE(events.size() == 1);
  CHECK(events[0].type == v1::EVENT_TYPE_SERVICE_CONTACTS_CHANGED);
  CHECK(events[0].subject_kind == SubjectKind::kService);
  CHECK(events[0].version == 2);
  CHECK(events[0].reach.after == match_keys_naming({"clinic"}));
  const v1::DirectoryEntry& after = *world.directory().find("clinic");
  CHECK(after.has_on_call());
  CHECK(after.service().SerializeAsString() == before.service().SerializeAsString());

  (void)world.run(operator_principal(), testing::change_command(testing::sample_service("clinic", {"SE-12"})))
      .value();
  CHECK(world.directory().find("clinic")->has_on_call());
  (void)world.run(operator_principal(), note_contacts_command("clinic", false)).value();
  CHECK_FALSE(world.directory().find("clinic")->has_on_call());
  CHECK(world.directory().find("clinic")->version() == 4);
  (void)world.run(operator_principal(), testing::disable_command("clinic")).value();
  (void)world.run(operator_principal(), note_contacts_command("clinic", false)).value();
  CHECK_FALSE(world.directory().find("clinic")->enabled());
  v1::Command none = note_contacts_command("clinic", false);
  none.mutable_note_contacts()->set_none_as_before(true);
  check_refused(world.run(operator_principal(), none), v1::ERROR_CODE_NOTHING_TO_CHANGE, "contacts");
  check_refused(world.run(operator_principal(), note_contacts_command("unknown", true)),
                v1::ERROR_CODE_NOT_FOUND, "service_id");
}

}  // namespace gjallar::domain
