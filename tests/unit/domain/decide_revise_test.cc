#include "broker/domain/content_change.h"
#include "tests/support/refused.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/sample_world.h"

namespace gjallar::domain {
namespace {

using testing::check_refused;
using testing::issue_command;
using testing::laboratory;
using testing::police;
using testing::revise_command;
using testing::sample_content;
using testing::sample_service;
using testing::SampleWorld;

/// A world with one alert of the police, urgent, for Stockholm.
struct RevisedAlert {
  SampleWorld world;
  std::string id;
  explicit RevisedAlert(v1::GradeLevel level = v1::GRADE_LEVEL_URGENT) {
    world.add(sample_service("stockholm", {"SE-01"}));
    world.add(sample_service("skane", {"SE-12"}));
    id = world.issue(police(), issue_command(sample_content({"SE-01"}, {}, level)));
    world.clock().advance(std::chrono::minutes(1));
  }
  v1::AlertContent content() const { return world.alert(id).content(); }
  auto revise(const Principal& principal, const v1::AlertContent& content,
              const std::vector<std::string>& mask = {}, std::uint64_t expected_version = 0) {
    return world.run(principal, revise_command(id, content, mask, expected_version));
  }
};

std::vector<std::string> changed(const NewEvent& event) {
  return {event.payload.changed_fields().begin(), event.payload.changed_fields().end()};
}

TEST_CASE("a revision makes the next version and names the fields it changed") {
  RevisedAlert one;
  v1::AlertContent content = one.content();
  content.mutable_texts(0)->set_headline("Ny rubrik");
  content.add_danger_criteria(v1::DANGER_CRITERION_HIGH_STRENGTH);
  v1::Command command = revise_command(one.id, content);
  command.mutable_revise()->set_reason("Analysis came in.");
  const NewEvent event = one.world.run(police(), command).value().at(0);
  CHECK(event.type == v1::EVENT_TYPE_ALERT_REVISED);
  CHECK(event.version == 2);
  CHECK(changed(event) == std::vector<std::string>{"texts", "danger_criteria"});
  CHECK(event.payload.reason() == "Analysis came in.");
  CHECK(event.urgent);
  CHECK_FALSE(event.rings);
  const v1::Alert& alert = one.world.alert(one.id);
  CHECK(alert.content().texts(0).headline() == "Ny rubrik");
  CHECK(core::from_timestamp(alert.changed()) == one.world.clock().wall());
  CHECK(core::from_timestamp(alert.sent()) < one.world.clock().wall());
}

TEST_CASE("a mask takes over its fields and leaves the others, however often it names them") {
  RevisedAlert one;
  v1::AlertContent content;
  content.add_substances()->set_name("metonitazene");
  REQUIRE(one.revise(police(), content, {"substances", "substances"}).has_value());
  const v1::AlertContent after = one.content();
  REQUIRE(after.substances_size() == 1);
  CHECK(after.substances(0).name() == "metonitazene");
  CHECK(after.texts_size() == 1);
  CHECK(after.audience().groups_size() == 1);
}

TEST_CASE("a mask that names what isn't a field of the content is refused") {
  RevisedAlert one;
  check_refused(one.revise(police(), sample_content(), {"texts", "texts.headline"}),
                v1::ERROR_CODE_INVALID_ARGUMENT, "revise.update_mask.paths[1]");
  check_refused(one.revise(police(), sample_content(), {"version"}), v1::ERROR_CODE_INVALID_ARGUMENT,
                "revise.update_mask.paths[0]");
}

TEST_CASE("an exercise never becomes actual: the status can't change") {
  RevisedAlert one;
  v1::AlertContent content = one.content();
  content.set_status(v1::STATUS_EXERCISE);
  check_refused(one.revise(police(), content), v1::ERROR_CODE_INVALID_ARGUMENT, "revise.content.status");
}

TEST_CASE("status, kind, grade and expiry that a revision leaves out stay as they are") {
  RevisedAlert one;
  const v1::AlertContent before = one.content();
  v1::AlertContent content = before;
  content.mutable_texts(0)->set_headline("Ny rubrik");
  content.clear_status();
  content.clear_kind();
  content.clear_grade();
  content.clear_expires();
  const NewEvent event = one.revise(police(), content).value().at(0);
  CHECK(changed(event) == std::vector<std::string>{"texts"});
  CHECK(one.content().expires().seconds() == before.expires().seconds());
}

TEST_CASE("a revision that changes nothing is refused") {
  RevisedAlert one;
  check_refused(one.revise(police(), one.content()), v1::ERROR_CODE_NOTHING_TO_CHANGE, "revise.content");
  v1::AlertContent other = sample_content({"NO"});
  check_refused(one.revise(police(), other, {"substances"}), v1::ERROR_CODE_NOTHING_TO_CHANGE,
                "revise.content");
  v1::AlertContent unknown = one.content();
  v1::Substance* const substance = unknown.mutable_substances(0);
  substance->GetReflection()->MutableUnknownFields(substance)->AddLengthDelimited(999, "unchecked");
  check_refused(one.revise(police(), unknown), v1::ERROR_CODE_NOTHING_TO_CHANGE, "revise.content");
}

TEST_CASE("a revision on a version that has passed is refused, with the version there is") {
  RevisedAlert one;
  v1::AlertContent content = one.content();
  content.mutable_texts(0)->set_headline("Ny rubrik");
  REQUIRE(one.revise(police(), content, {}, 1).has_value());
  content.mutable_texts(0)->set_headline("Nyare rubrik");
  const auto refused = one.revise(police(), content, {}, 1);
  check_refused(refused, v1::ERROR_CODE_STALE_VERSION, "revise.expected_version");
  CHECK(refused.error().current_version == 2);
  CHECK(one.revise(police(), content, {}, 2).has_value());
}

TEST_CASE("a sender revises its own alerts only; a coordinator any") {
  RevisedAlert one;
  v1::AlertContent content = one.content();
  content.mutable_texts(0)->set_headline("Ny rubrik");
  // Customs can't see the alert at all, so it looks as if there were none.
  check_refused(one.revise(testing::customs(), content), v1::ERROR_CODE_NOT_FOUND, "revise.alert_id");
  check_refused(one.revise(testing::service_principal("stockholm"), content),
                v1::ERROR_CODE_PERMISSION_DENIED, "revise");
  CHECK(one.revise(testing::coordinator(), content).has_value());
  CHECK(one.world.alert(one.id).sender() == "police");
}

TEST_CASE("a laboratory corrects the substances of another's alert, and nothing else") {
  RevisedAlert one;
  v1::AlertContent content = one.content();
  content.mutable_substances(0)->set_identification(v1::IDENTIFICATION_CONFIRMED);
  const NewEvent event = one.revise(laboratory(), content).value().at(0);
  CHECK(changed(event) == std::vector<std::string>{"substances"});

  content = one.content();
  content.mutable_substances(0)->set_method("GC-MS");
  content.mutable_texts(0)->set_headline("Ny rubrik");
  check_refused(one.revise(laboratory(), content), v1::ERROR_CODE_PERMISSION_DENIED, "revise.content.texts");
  // What counts is what really changes, not what the mask names.
  CHECK(one.revise(laboratory(), content, {"substances", "kind"}).has_value());
  *content.mutable_audience() = testing::sample_audience({"SE"}, {});
  check_refused(one.revise(laboratory(), content, {"audience"}), v1::ERROR_CODE_PERMISSION_DENIED,
                "revise.content.audience");
}

TEST_CASE("a revision that moves an urgent alert concerns old and new, and rings") {
  RevisedAlert one;
  v1::AlertContent content;
  *content.mutable_audience() = testing::sample_audience({"SE-12"}, {});
  const NewEvent event = one.revise(police(), content, {"audience"}).value().at(0);
  CHECK(event.rings);
  CHECK(event.reach.before.groups.at(0).areas == std::vector<std::string>{"SE-01"});
  CHECK(event.reach.after.groups.at(0).areas == std::vector<std::string>{"SE-12"});
  CHECK(one.world.history().back().targets.count() == 2);
}

TEST_CASE("a revision that moves an alert that isn't urgent doesn't ring") {
  RevisedAlert one(v1::GRADE_LEVEL_WARNING);
  v1::AlertContent content;
  *content.mutable_audience() = testing::sample_audience({"SE-12"}, {});
  const NewEvent event = one.revise(police(), content, {"audience"}).value().at(0);
  CHECK_FALSE(event.rings);
  CHECK_FALSE(event.urgent);
}

TEST_CASE("a revision that raises the grade rings; one that lowers it doesn't, but is urgent if it was") {
  RevisedAlert one(v1::GRADE_LEVEL_INFORMATION);
  v1::AlertContent content;
  *content.mutable_grade() = testing::sample_grade(v1::GRADE_LEVEL_WARNING);
  CHECK(one.revise(police(), content, {"grade"}).value().at(0).rings);
  *content.mutable_grade() = testing::sample_grade(v1::GRADE_LEVEL_URGENT);
  CHECK(one.revise(police(), content, {"grade"}).value().at(0).rings);
  *content.mutable_grade() = testing::sample_grade(v1::GRADE_LEVEL_INFORMATION);
  const NewEvent lowered = one.revise(police(), content, {"grade"}).value().at(0);
  CHECK_FALSE(lowered.rings);
  CHECK(lowered.urgent);
  CHECK(one.world.alert(one.id).level() == v1::GRADE_LEVEL_INFORMATION);
}

TEST_CASE("a new audience, kind or expiry must keep to the rules for issuing") {
  RevisedAlert one;
  Principal regional = police();
  regional.rights.issue_areas = {"NO-46"};
  regional.rights.issue_kinds = {v1::ALERT_KIND_SEIZURE};
  v1::AlertContent content = one.content();
  content.clear_audience();
  check_refused(one.revise(police(), content, {"audience"}), v1::ERROR_CODE_EMPTY_AUDIENCE,
                "revise.content.audience");
  content = one.content();
  content.mutable_audience()->add_services("nobody");
  check_refused(one.revise(police(), content), v1::ERROR_CODE_UNKNOWN_SERVICE,
                "revise.content.audience.services[0]");
  // The area that the alert has already may stay, and be narrowed; the new one is the policy's matter.
  *content.mutable_audience() = testing::sample_audience({"SE-0180", "NO-4601", "SE-12"}, {});
  check_refused(one.revise(regional, content), v1::ERROR_CODE_PERMISSION_DENIED,
                "revise.content.audience.groups[0].areas[2]");
  content = one.content();
  content.set_kind(v1::ALERT_KIND_GENERAL);
  check_refused(one.revise(regional, content), v1::ERROR_CODE_PERMISSION_DENIED, "revise.content.kind");
  content = one.content();
  *content.mutable_expires() = core::to_timestamp(one.world.clock().wall());
  check_refused(one.revise(police(), content), v1::ERROR_CODE_INVALID_ARGUMENT, "revise.content.expires");
}

TEST_CASE("a service that was disabled after it was named doesn't hinder a revision") {
  RevisedAlert one;
  v1::AlertContent content = one.content();
  content.mutable_audience()->add_services("skane");
  REQUIRE(one.revise(police(), content).has_value());
  REQUIRE(one.world.run(testing::operator_principal(), testing::disable_command("skane")).has_value());
  content.mutable_audience()->add_services("stockholm");
  CHECK(one.revise(police(), content).has_value());
}

}  // namespace
}  // namespace gjallar::domain
