#include <limits>
#include "broker/core/identity.h"

#include "broker/core/limits.h"
#include "broker/domain/content_change.h"
#include "broker/domain/life.h"
#include "tests/support/refused.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/sample_world.h"

namespace gjallar::domain {
namespace {

using testing::check_refused;
using testing::issue_command;
using testing::police;
using testing::sample_content;
using testing::sample_service;
using testing::SampleWorld;

NewEvent issued(SampleWorld& world, const v1::AlertContent& content) {
  return world.run(police(), issue_command(content)).value().at(0);
}

TEST_CASE("an issued alert is live, unverified, at version 1, with its sender, times and reference") {
  SampleWorld world;
  world.add(sample_service("a"));
  const auto events = world.run(police(), issue_command(sample_content())).value();
  REQUIRE(events.size() == 1);
  const NewEvent& event = events[0];
  const v1::Alert& alert = event.payload.alert();
  CHECK(event.type == v1::EVENT_TYPE_ALERT_ISSUED);
  CHECK(event.subject_kind == SubjectKind::kAlert);
  CHECK(event.subject == alert.alert_id());
  CHECK(event.version == 1);
  CHECK(core::is_uuid(alert.alert_id()));
  CHECK(alert.reference() == core::reference_of(core::AlertId(alert.alert_id())));
  CHECK(alert.version() == 1);
  CHECK(alert.phase() == v1::PHASE_LIVE);
  CHECK(alert.verification() == v1::VERIFICATION_UNVERIFIED);
  CHECK(alert.level() == v1::GRADE_LEVEL_URGENT);
  CHECK(alert.sender() == "police");
  CHECK(core::from_timestamp(alert.sent()) == world.clock().wall());
  CHECK(core::from_timestamp(alert.changed()) == world.clock().wall());
  CHECK_FALSE(event.reach.before.present);
  CHECK(event.reach.after == match_keys_of(alert));
  CHECK(world.history().back().targets.contains(0));
}

TEST_CASE("an issued alert names its sender's service, if the sender has one") {
  SampleWorld world;
  const auto own = world.run(testing::coordinator(), issue_command(sample_content())).value();
  CHECK(own.at(0).payload.alert().sender_service() == "coordinator-national");
  CHECK(issued(world, sample_content()).payload.alert().sender_service().empty());
}

TEST_CASE("issuing rings whatever the grade; it is urgent only if the grade is") {
  for (const v1::GradeLevel level :
       {v1::GRADE_LEVEL_INFORMATION, v1::GRADE_LEVEL_WARNING, v1::GRADE_LEVEL_URGENT}) {
    SampleWorld world;
    const NewEvent event = issued(world, sample_content({"SE-01"}, {}, level));
    CHECK(event.rings);
    CHECK(event.urgent == (level == v1::GRADE_LEVEL_URGENT));
    CHECK(event.payload.alert().level() == level);
  }
}

TEST_CASE("an alert without an expiry gets one by its level") {
  SampleWorld world;
  const auto life = [&world](v1::GradeLevel level) {
    const NewEvent event = issued(world, sample_content({"SE-01"}, {}, level));
    return core::from_timestamp(event.payload.alert().content().expires()) - world.clock().wall();
  };
  CHECK(life(v1::GRADE_LEVEL_URGENT) == default_life(v1::ALERT_KIND_HIGH_POTENCY, v1::GRADE_LEVEL_URGENT));
  CHECK(life(v1::GRADE_LEVEL_WARNING) == default_life(v1::ALERT_KIND_HIGH_POTENCY, v1::GRADE_LEVEL_WARNING));
  CHECK(life(v1::GRADE_LEVEL_INFORMATION) ==
        default_life(v1::ALERT_KIND_HIGH_POTENCY, v1::GRADE_LEVEL_INFORMATION));
}

TEST_CASE("an expiry must be in the future and not too far ahead") {
  SampleWorld world;
  const core::WallTime now = world.clock().wall();
  v1::AlertContent content = sample_content();
  const auto run_with = [&](core::WallTime expires) {
    *content.mutable_expires() = core::to_timestamp(expires);
    return world.run(police(), issue_command(content));
  };
  CHECK(run_with(now + core::Micros(1)).has_value());
  CHECK(run_with(now + core::limits::kAlertLifeMax).has_value());
  check_refused(run_with(now), v1::ERROR_CODE_INVALID_ARGUMENT, "issue.content.expires");
  check_refused(run_with(now - std::chrono::hours(1)), v1::ERROR_CODE_INVALID_ARGUMENT,
                "issue.content.expires");
  check_refused(run_with(now + core::limits::kAlertLifeMax + core::Micros(1)),
                v1::ERROR_CODE_INVALID_ARGUMENT, "issue.content.expires");
  content.mutable_expires()->set_seconds(std::numeric_limits<std::int64_t>::max());
  check_refused(world.run(police(), issue_command(content)), v1::ERROR_CODE_INVALID_ARGUMENT,
                "issue.content.expires");
}

TEST_CASE("an audience that reaches nobody by its form is refused") {
  SampleWorld world;
  v1::AlertContent content = sample_content();
  content.mutable_audience()->add_groups()->add_roles("laro");
  check_refused(world.run(police(), issue_command(content)), v1::ERROR_CODE_EMPTY_AUDIENCE,
                "issue.content.audience.groups[1].areas");
  content.clear_audience();
  check_refused(world.run(police(), issue_command(content)), v1::ERROR_CODE_EMPTY_AUDIENCE,
                "issue.content.audience");
}

TEST_CASE("named services must be registered and enabled; a name alone is an audience") {
  SampleWorld world;
  world.add(sample_service("a"));
  world.add(sample_service("gone"));
  REQUIRE(world.run(testing::operator_principal(), testing::disable_command("gone")).has_value());
  v1::AlertContent content = sample_content({}, {});
  content.mutable_audience()->add_services("a");
  CHECK(world.run(police(), issue_command(content)).has_value());
  content.mutable_audience()->add_services("a");
  content.mutable_audience()->add_services("nobody");
  check_refused(world.run(police(), issue_command(content)), v1::ERROR_CODE_UNKNOWN_SERVICE,
                "issue.content.audience.services[2]");
  content.mutable_audience()->set_services(2, "gone");
  check_refused(world.run(police(), issue_command(content)), v1::ERROR_CODE_SERVICE_DISABLED,
                "issue.content.audience.services[2]");
}

TEST_CASE("only who has the right issues, and only the kinds and areas of its policy") {
  SampleWorld world;
  for (const Principal& principal :
       {testing::operator_principal(), testing::service_principal("a"), broker_principal()}) {
    check_refused(world.run(principal, issue_command()), v1::ERROR_CODE_PERMISSION_DENIED, "issue");
  }
  Principal regional = police();
  regional.rights.issue_areas = {"SE-01", "SE-1280"};
  regional.rights.issue_kinds = {v1::ALERT_KIND_HIGH_POTENCY};
  CHECK(world.run(regional, issue_command(sample_content({"SE-01", "SE-0180", "SE-1280"}))).has_value());
  check_refused(world.run(regional, issue_command(sample_content({"SE-01", "SE-12"}))),
                v1::ERROR_CODE_PERMISSION_DENIED, "issue.content.audience.groups[0].areas[1]");
  check_refused(world.run(regional, issue_command(sample_content({"SE"}))), v1::ERROR_CODE_PERMISSION_DENIED,
                "issue.content.audience.groups[0].areas[0]");
  v1::AlertContent content = sample_content();
  content.set_kind(v1::ALERT_KIND_GENERAL);
  check_refused(world.run(regional, issue_command(content)), v1::ERROR_CODE_PERMISSION_DENIED,
                "issue.content.kind");
}

TEST_CASE("fields of a content that this broker doesn't know aren't stored: nobody has checked them") {
  SampleWorld world;
  v1::AlertContent content = sample_content();
  v1::Substance* const substance = content.mutable_substances(0);
  substance->GetReflection()->MutableUnknownFields(substance)->AddLengthDelimited(999, "unchecked");
  content.GetReflection()->MutableUnknownFields(&content)->AddLengthDelimited(999, "unchecked");
  CHECK(issued(world, content).payload.SerializeAsString().find("unchecked") == std::string::npos);
}

}  // namespace
}  // namespace gjallar::domain
