#include "tests/support/refused.h"
#include "tests/support/sample_services.h"
#include "tests/support/sample_world.h"

namespace gjallar::domain {
namespace {

using testing::change_command;
using testing::check_refused;
using testing::disable_command;
using testing::operator_principal;
using testing::register_command;
using testing::sample_service;
using testing::SampleWorld;

TEST_CASE("a registered service is enabled, at version 1, numbered, and told of it") {
  SampleWorld world;
  world.add(sample_service("a"));
  const auto events = world.run(operator_principal(), register_command(sample_service("b"))).value();
  REQUIRE(events.size() == 1);
  const NewEvent& event = events[0];
  CHECK(event.type == v1::EVENT_TYPE_SERVICE_REGISTERED);
  CHECK(event.subject_kind == SubjectKind::kService);
  CHECK(event.subject == "b");
  CHECK(event.version == 1);
  CHECK_FALSE(event.urgent);
  CHECK_FALSE(event.rings);
  CHECK_FALSE(event.reach.before.present);
  CHECK(event.reach.after == match_keys_naming({"b"}));
  CHECK(event.payload.service().number() == 1);
  CHECK(event.payload.service().enabled());
  CHECK(event.payload.service().has_registered());
  CHECK_FALSE(event.payload.has_alert());
  CHECK(world.history().back().targets.count() == 1);
}

TEST_CASE("a service id is registered once") {
  SampleWorld world;
  world.add(sample_service("a"));
  check_refused(world.run(operator_principal(), register_command(sample_service("a", {"NO-46"}))),
                v1::ERROR_CODE_ALREADY_EXISTS, "register_service.service.service_id");
}

TEST_CASE("a change makes a new version and keeps number and registration") {
  SampleWorld world;
  world.add(sample_service("a"));
  const v1::DirectoryEntry before = *world.directory().find("a");
  world.clock().advance(std::chrono::hours(1));
  const v1::Service changed = sample_service("a", {"SE-12"}, {"laro"});
  const auto events = world.run(operator_principal(), change_command(changed, 1)).value();
  REQUIRE(events.size() == 1);
  CHECK(events[0].type == v1::EVENT_TYPE_SERVICE_CHANGED);
  const v1::DirectoryEntry& after = *world.directory().find("a");
  CHECK(after.version() == 2);
  CHECK(after.number() == before.number());
  CHECK(after.service().areas(0) == "SE-12");
  CHECK(after.registered().seconds() == before.registered().seconds());
  CHECK(after.changed().seconds() > before.changed().seconds());
}

TEST_CASE("a change of nothing, of a stale version, of an unknown or a disabled service is refused") {
  SampleWorld world;
  world.add(sample_service("a"));
  const Principal& caller = operator_principal();
  check_refused(world.run(caller, change_command(sample_service("a"))), v1::ERROR_CODE_NOTHING_TO_CHANGE,
                "change_service.service");
  check_refused(world.run(caller, change_command(sample_service("a", {"SE-12"}), 2)),
                v1::ERROR_CODE_STALE_VERSION, "change_service.expected_version");
  CHECK(world.run(caller, change_command(sample_service("a", {"SE-12"}), 2)).error().current_version == 1);
  check_refused(world.run(caller, change_command(sample_service("b"))), v1::ERROR_CODE_NOT_FOUND,
                "change_service.service.service_id");
  REQUIRE(world.run(caller, disable_command("a")).has_value());
  check_refused(world.run(caller, change_command(sample_service("a", {"SE-12"}))),
                v1::ERROR_CODE_SERVICE_DISABLED, "change_service.service.service_id");
}

TEST_CASE("a service is disabled once, keeps its place, and is told of it") {
  SampleWorld world;
  world.add(sample_service("a"));
  const auto events = world.run(operator_principal(), disable_command("a")).value();
  REQUIRE(events.size() == 1);
  CHECK(events[0].type == v1::EVENT_TYPE_SERVICE_DISABLED);
  CHECK(events[0].version == 2);
  CHECK(world.history().back().targets.contains(0));
  CHECK_FALSE(world.directory().find("a")->enabled());
  CHECK(world.directory().next_number() == 1);
  check_refused(world.run(operator_principal(), disable_command("a")), v1::ERROR_CODE_NOTHING_TO_CHANGE,
                "disable_service.service_id");
  check_refused(world.run(operator_principal(), disable_command("b")), v1::ERROR_CODE_NOT_FOUND,
                "disable_service.service_id");
}

TEST_CASE("only operators and coordinators change the directory, and others are told which command it was") {
  SampleWorld world;
  CHECK(world.run(testing::coordinator(), register_command(sample_service("a"))).has_value());
  for (const Principal& principal :
       {testing::police(), testing::laboratory(), testing::service_principal("a")}) {
    check_refused(world.run(principal, register_command(sample_service("b"))),
                  v1::ERROR_CODE_PERMISSION_DENIED, "register_service");
    check_refused(world.run(principal, change_command(sample_service("a", {"SE-12"}))),
                  v1::ERROR_CODE_PERMISSION_DENIED, "change_service");
    check_refused(world.run(principal, disable_command("a")), v1::ERROR_CODE_PERMISSION_DENIED,
                  "disable_service");
  }
}

TEST_CASE("fields that this broker doesn't know aren't stored: nobody has checked them") {
  SampleWorld world;
  v1::Service service = sample_service("a");
  service.GetReflection()->MutableUnknownFields(&service)->AddLengthDelimited(999, "unchecked");
  const auto events = world.run(operator_principal(), register_command(service)).value();
  CHECK(events[0].payload.SerializeAsString().find("unchecked") == std::string::npos);
  check_refused(world.run(operator_principal(), change_command(service)), v1::ERROR_CODE_NOTHING_TO_CHANGE,
                "change_service.service");
}

TEST_CASE("a command that is none is refused") {
  SampleWorld world;
  check_refused(world.run(operator_principal(), v1::Command()), v1::ERROR_CODE_INVALID_ARGUMENT, "command");
  CHECK(alert_named_by(v1::Command()).empty());
  CHECK(alert_named_by(disable_command("a")).empty());
}

}  // namespace
}  // namespace gjallar::domain
