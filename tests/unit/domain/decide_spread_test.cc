#include <limits>

#include "broker/core/limits.h"
#include "broker/domain/content_change.h"
#include "tests/support/refused.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/sample_world.h"

namespace gjallar::domain {
namespace {

using testing::check_refused;
using testing::coordinator;
using testing::issue_command;
using testing::observe_command;
using testing::police;
using testing::sample_audience;
using testing::sample_content;
using testing::sample_service;
using testing::SampleWorld;
using testing::service_principal;
using testing::widen_command;

/// A world with one alert of the police for Stockholm, and services there and elsewhere.
struct SpreadAlert {
  SampleWorld world;
  std::string id;
  explicit SpreadAlert(v1::GradeLevel level = v1::GRADE_LEVEL_URGENT) {
    world.add(sample_service("stockholm", {"SE-01"}));
    world.add(sample_service("skane", {"SE-12"}));
    world.add(sample_service("vestland", {"NO-46"}));
    id = world.issue(police(), issue_command(sample_content({"SE-01"}, {"syringe-exchange"}, level)));
  }
};

TEST_CASE("widening adds groups and services, and rings if the alert is urgent") {
  for (const v1::GradeLevel level : {v1::GRADE_LEVEL_WARNING, v1::GRADE_LEVEL_URGENT}) {
    SpreadAlert one(level);
    const v1::Audience more = sample_audience({"SE-12"}, {}, {"vestland"});
    const NewEvent event = one.world.run(police(), widen_command(one.id, more)).value().at(0);
    CHECK(event.type == v1::EVENT_TYPE_ALERT_WIDENED);
    CHECK(event.version == 2);
    CHECK(event.rings == (level == v1::GRADE_LEVEL_URGENT));
    CHECK(event.payload.changed_fields(0) == "audience");
    CHECK(one.world.alert(one.id).content().audience().groups_size() == 2);
    CHECK(one.world.history().back().targets.count() == 3);
  }
}

TEST_CASE("widening by what is there already is refused, in whatever order it is written") {
  SpreadAlert one;
  REQUIRE(
      one.world.run(police(), widen_command(one.id, sample_audience({"SE-12", "NO"}, {"laro", "customs"})))
          .has_value());
  check_refused(one.world.run(police(), widen_command(one.id, sample_audience({"NO", "SE-12"},
                                                                              {"customs", "laro", "laro"}))),
                v1::ERROR_CODE_NOTHING_TO_CHANGE, "widen.audience");
  v1::Audience higher = sample_audience({"SE-12", "NO"}, {"laro", "customs"});
  higher.mutable_groups(0)->set_minimum_grade(v1::GRADE_LEVEL_URGENT);
  CHECK(one.world.run(police(), widen_command(one.id, higher)).has_value());
}

TEST_CASE("widening keeps to the rules for an audience") {
  SpreadAlert one;
  check_refused(one.world.run(police(), widen_command(one.id, {})), v1::ERROR_CODE_EMPTY_AUDIENCE,
                "widen.audience");
  check_refused(one.world.run(police(), widen_command(one.id, sample_audience({}, {"laro"}))),
                v1::ERROR_CODE_EMPTY_AUDIENCE, "widen.audience.groups[0].areas");
  check_refused(one.world.run(police(), widen_command(one.id, sample_audience({}, {}, {"skane", "nobody"}))),
                v1::ERROR_CODE_UNKNOWN_SERVICE, "widen.audience.services[1]");
  Principal regional = police();
  regional.rights.issue_areas = {"SE-01"};
  check_refused(one.world.run(regional, widen_command(one.id, sample_audience({"SE-12"}, {}))),
                v1::ERROR_CODE_PERMISSION_DENIED, "widen.audience.groups[0].areas[0]");
  check_refused(one.world.run(police(), widen_command(one.id, sample_audience({"SE-12"}, {}), 2)),
                v1::ERROR_CODE_STALE_VERSION, "widen.expected_version");
}

TEST_CASE("an audience doesn't grow beyond its limit by being widened") {
  SpreadAlert one;
  v1::Audience many;
  for (int i = 0; i < core::limits::kAudienceGroupsMax; ++i) {
    many.add_groups()->add_areas("SE-12");
    many.mutable_groups(i)->add_roles("role-" + std::to_string(i));
  }
  check_refused(one.world.run(police(), widen_command(one.id, many)), v1::ERROR_CODE_TOO_LARGE,
                "widen.audience.groups");
  many.mutable_groups()->RemoveLast();
  CHECK(one.world.run(police(), widen_command(one.id, many)).has_value());
}

TEST_CASE("sender and coordinator widen; others don't") {
  SpreadAlert one;
  const v1::Command command = widen_command(one.id, sample_audience({"SE-12"}, {}));
  check_refused(one.world.run(testing::laboratory(), command), v1::ERROR_CODE_PERMISSION_DENIED, "widen");
  check_refused(one.world.run(service_principal("stockholm"), command), v1::ERROR_CODE_PERMISSION_DENIED,
                "widen");
  Principal panel;
  panel.name = core::PrincipalName("panel");
  panel.rights.assess = true;
  CHECK(one.world.run(panel, command).has_value());
}

TEST_CASE("an observation is counted by area, leaves version and time of change, and never rings") {
  SpreadAlert one;
  const v1::Alert before = one.world.alert(one.id);
  one.world.clock().advance(std::chrono::hours(1));
  const Principal service = service_principal("stockholm");
  const NewEvent event = one.world.run(service, observe_command(one.id, "SE-0180", 2)).value().at(0);
  CHECK(event.type == v1::EVENT_TYPE_ALERT_OBSERVED);
  CHECK(event.version == 1);
  CHECK_FALSE(event.rings);
  CHECK(event.urgent);
  CHECK(event.payload.observation().area() == "SE-0180");
  CHECK(event.payload.observation().count() == 2);
  CHECK(core::from_timestamp(event.payload.observation().seen_at()) == one.world.clock().wall());
  REQUIRE(one.world.run(service, observe_command(one.id, "SE-0114")).has_value());
  REQUIRE(one.world.run(service, observe_command(one.id, "SE-0180", 0)).has_value());
  const v1::Alert& after = one.world.alert(one.id);
  CHECK(after.version() == 1);
  CHECK(after.changed().seconds() == before.changed().seconds());
  CHECK(after.content().SerializeAsString() == before.content().SerializeAsString());
  REQUIRE(after.observations_size() == 2);
  CHECK(after.observations(0).area() == "SE-0114");
  CHECK(after.observations(0).observations() == 1);
  CHECK(after.observations(1).area() == "SE-0180");
  CHECK(after.observations(1).observations() == 3);
}

TEST_CASE("observations keep the latest time and don't overflow") {
  SpreadAlert one;
  const Principal service = service_principal("stockholm");
  const core::WallTime now = one.world.clock().wall();
  v1::Command command = observe_command(one.id, "SE-0180", std::numeric_limits<std::uint64_t>::max());
  *command.mutable_observe()->mutable_seen_at() = core::to_timestamp(now - std::chrono::hours(1));
  REQUIRE(one.world.run(service, command).has_value());
  *command.mutable_observe()->mutable_seen_at() = core::to_timestamp(now - std::chrono::hours(5));
  REQUIRE(one.world.run(service, command).has_value());
  const v1::ObservationCount& count = one.world.alert(one.id).observations(0);
  CHECK(core::from_timestamp(count.latest()) == now - std::chrono::hours(1));
  CHECK(count.observations() == std::numeric_limits<std::uint64_t>::max());
  *command.mutable_observe()->mutable_seen_at() =
      core::to_timestamp(now + kClockDifferenceMax + core::Micros(1));
  check_refused(one.world.run(service, command), v1::ERROR_CODE_INVALID_ARGUMENT, "observe.seen_at");
}

TEST_CASE("those observe whom the alert concerns or ever concerned, and its sender") {
  SpreadAlert one;
  const v1::Command command = observe_command(one.id, "SE-0180");
  check_refused(one.world.run(service_principal("skane"), command), v1::ERROR_CODE_NOT_FOUND,
                "observe.alert_id");
  CHECK(one.world.run(police(), command).has_value());
  CHECK(one.world.run(service_principal("stockholm"), command).has_value());
  // The alert moves away from Stockholm: who held it may still say that it was seen.
  v1::AlertContent content;
  *content.mutable_audience() = sample_audience({"SE-12"}, {});
  REQUIRE(one.world.run(police(), testing::revise_command(one.id, content, {"audience"})).has_value());
  CHECK(one.world.run(service_principal("stockholm"), command).has_value());
  CHECK(one.world.run(service_principal("skane"), command).has_value());
  // The laboratory sees every alert, but none concerns a service of its own.
  check_refused(one.world.run(testing::laboratory(), command), v1::ERROR_CODE_PERMISSION_DENIED, "observe");
  check_refused(one.world.run(coordinator(), command), v1::ERROR_CODE_PERMISSION_DENIED, "observe");
}

TEST_CASE("a service registered after an alert was issued may observe it if it concerns it now") {
  SpreadAlert one;
  one.world.add(sample_service("late", {"SE-0180"}));
  CHECK(one.world.run(service_principal("late"), observe_command(one.id, "SE-0180")).has_value());
}

}  // namespace
}  // namespace gjallar::domain
