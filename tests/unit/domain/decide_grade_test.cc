#include "tests/support/refused.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/sample_world.h"

namespace gjallar::domain {
namespace {

using testing::check_refused;
using testing::coordinator;
using testing::grade_command;
using testing::issue_command;
using testing::police;
using testing::sample_content;
using testing::SampleWorld;

constexpr v1::GradeLevel kInformation = v1::GRADE_LEVEL_INFORMATION;
constexpr v1::GradeLevel kWarning = v1::GRADE_LEVEL_WARNING;
constexpr v1::GradeLevel kUrgent = v1::GRADE_LEVEL_URGENT;

std::string issue_at(SampleWorld& world, v1::GradeLevel level) {
  return world.issue(police(), issue_command(sample_content({"SE-01"}, {}, level)));
}

TEST_CASE("a sender changes its grade: raising rings, lowering doesn't, and both reach as urgent") {
  SampleWorld world;
  const std::string id = issue_at(world, kWarning);
  const NewEvent raised = world.run(police(), grade_command(id, kUrgent)).value().at(0);
  CHECK(raised.type == v1::EVENT_TYPE_ALERT_GRADED);
  CHECK(raised.version == 2);
  CHECK(raised.rings);
  CHECK(raised.urgent);
  CHECK(raised.payload.changed_fields(0) == "grade");
  CHECK(world.alert(id).verification() == v1::VERIFICATION_UNVERIFIED);
  const NewEvent lowered = world.run(police(), grade_command(id, kInformation)).value().at(0);
  CHECK_FALSE(lowered.rings);
  CHECK(lowered.urgent);
  CHECK(world.alert(id).level() == kInformation);
  CHECK(world.alert(id).version() == 3);
}

TEST_CASE("an assessment sets the grade that counts, verifies it, and keeps the sender's") {
  SampleWorld world;
  const std::string id = issue_at(world, kUrgent);
  const NewEvent event = world.run(coordinator(), grade_command(id, kWarning)).value().at(0);
  CHECK_FALSE(event.rings);
  CHECK(event.urgent);
  const v1::Alert& alert = world.alert(id);
  CHECK(alert.level() == kWarning);
  CHECK(alert.verification() == v1::VERIFICATION_VERIFIED);
  CHECK(alert.assessed_grade().severity() == testing::sample_grade(kWarning).severity());
  CHECK(alert.content().grade().urgency() == testing::sample_grade(kUrgent).urgency());
}

TEST_CASE("confirming an unverified grade is a change; confirming it again is none") {
  SampleWorld world;
  const std::string id = issue_at(world, kUrgent);
  const NewEvent confirmed = world.run(coordinator(), grade_command(id, kUrgent)).value().at(0);
  CHECK(confirmed.version == 2);
  CHECK_FALSE(confirmed.rings);
  CHECK(world.alert(id).verification() == v1::VERIFICATION_VERIFIED);
  check_refused(world.run(coordinator(), grade_command(id, kUrgent)), v1::ERROR_CODE_NOTHING_TO_CHANGE,
                "grade.grade");
}

TEST_CASE("an assessment that raises rings") {
  SampleWorld world;
  const std::string id = issue_at(world, kWarning);
  CHECK(world.run(coordinator(), grade_command(id, kUrgent)).value().at(0).rings);
}

TEST_CASE("a sender can't lower what was assessed, by grading or by revising") {
  SampleWorld world;
  const std::string id = issue_at(world, kUrgent);
  REQUIRE(world.run(coordinator(), grade_command(id, kUrgent)).has_value());
  check_refused(world.run(police(), grade_command(id, kWarning)), v1::ERROR_CODE_GRADE_ASSESSED,
                "grade.grade");
  v1::AlertContent content;
  *content.mutable_grade() = testing::sample_grade(kWarning);
  check_refused(world.run(police(), testing::revise_command(id, content, {"grade"})),
                v1::ERROR_CODE_GRADE_ASSESSED, "revise.content.grade");
  CHECK(world.alert(id).level() == kUrgent);
}

TEST_CASE("a sender may raise above an assessment: that makes the alert unverified again") {
  SampleWorld world;
  const std::string id = issue_at(world, kInformation);
  REQUIRE(world.run(coordinator(), grade_command(id, kInformation)).has_value());
  const NewEvent event = world.run(police(), grade_command(id, kUrgent)).value().at(0);
  CHECK(event.rings);
  const v1::Alert& alert = world.alert(id);
  CHECK(alert.level() == kUrgent);
  CHECK(alert.verification() == v1::VERIFICATION_UNVERIFIED);
  CHECK_FALSE(alert.has_assessed_grade());
}

TEST_CASE("a sender's grade of the assessed level leaves the assessment") {
  SampleWorld world;
  const std::string id = issue_at(world, kUrgent);
  REQUIRE(world.run(coordinator(), grade_command(id, kWarning)).has_value());
  const NewEvent event = world.run(police(), grade_command(id, kWarning)).value().at(0);
  CHECK_FALSE(event.rings);
  CHECK(world.alert(id).verification() == v1::VERIFICATION_VERIFIED);
  CHECK(world.alert(id).has_assessed_grade());
  CHECK(world.alert(id).content().grade().severity() == v1::SEVERITY_SEVERE);
}

TEST_CASE("the same grade again, a stale version, and somebody without the right are refused") {
  SampleWorld world;
  world.add(testing::sample_service("a"));
  const std::string id = issue_at(world, kUrgent);
  check_refused(world.run(police(), grade_command(id, kUrgent)), v1::ERROR_CODE_NOTHING_TO_CHANGE,
                "grade.grade");
  check_refused(world.run(police(), grade_command(id, kWarning, 2)), v1::ERROR_CODE_STALE_VERSION,
                "grade.expected_version");
  check_refused(world.run(testing::laboratory(), grade_command(id, kWarning)),
                v1::ERROR_CODE_PERMISSION_DENIED, "grade");
  check_refused(world.run(testing::service_principal("a"), grade_command(id, kWarning)),
                v1::ERROR_CODE_PERMISSION_DENIED, "grade");
}

}  // namespace
}  // namespace gjallar::domain
