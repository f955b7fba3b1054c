#include "broker/domain/report.h"

#include <catch2/catch.hpp>

#include "broker/domain/grade.h"
#include "tests/support/refused.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/sample_world.h"

namespace gjallar::domain {
namespace {

using testing::check_refused;
using testing::conclude_command;
using testing::coordinator;
using testing::issue_command;
using testing::police;
using testing::report_command;
using testing::sample_content;
using testing::SampleWorld;
using testing::service_principal;

v1::ReportAlert sample_report(v1::Certainty certainty = v1::CERTAINTY_LIKELY) {
  return report_command(v1::ALERT_KIND_ADULTERATION, "tramadol", certainty).report();
}

/// Coordinators of Sweden and of Skåne, one elsewhere, and the clinic that reports.
void add_services(SampleWorld& world) {
  world.add(testing::sample_service("coordinator-national", {"SE"}, {"coordinator"}));
  world.add(testing::sample_service("coordinator-skane", {"SE-12"}, {"coordinator"}));
  world.add(testing::sample_service("coordinator-uppsala", {"SE-03"}, {"coordinator"}));
  world.add(testing::sample_service("laro-malmo", {"SE-1280"}, {"laro"}));
}

std::string reported(SampleWorld& world) {
  return world.issue(service_principal("laro-malmo"), report_command());
}

TEST_CASE("a report is an alert to the coordinators of its area, made of six fields") {
  SampleWorld world;
  add_services(world);
  const std::string id = reported(world);
  const v1::Alert& alert = world.alert(id);
  CHECK(alert.content().report());
  CHECK(alert.content().kind() == v1::ALERT_KIND_ADULTERATION);
  CHECK(alert.content().status() == v1::STATUS_ACTUAL);
  CHECK(alert.content().substances(0).name() == "tramadol");
  CHECK(alert.content().findings(0).area() == "SE-1280");
  CHECK(alert.content().danger_criteria_size() == 1);
  CHECK(alert.content().texts(0).language() == "en");
  CHECK(alert.content().texts(0).headline() == "Adulteration: tramadol, Malmö");
  CHECK(alert.content().texts(0).description() == "Acute harm or unusual effects. Likely.");
  CHECK(alert.content().has_expires());
  CHECK(alert.reference().rfind("GJ-", 0) == 0);
  CHECK(alert.sender_service() == "laro-malmo");
  ServiceSet told;
  told.add(0);
  told.add(1);
  CHECK(world.targeted(id) == told);
}

TEST_CASE("a report reaches the coordinator's role even where no coordinator is registered yet") {
  SampleWorld world;
  const std::string id = world.issue(police(), report_command());
  CHECK(world.alert(id).content().audience().groups(0).roles(0) == "coordinator");
  world.add(testing::sample_service("coordinator-skane", {"SE-12"}, {"coordinator"}));
  CHECK(world.directory().matching(match_keys_of(world.alert(id))).count() == 1);
}

TEST_CASE("the grade of a report follows from its criteria and its certainty") {
  struct Row {
    v1::Certainty certainty;
    v1::GradeLevel one;
    v1::GradeLevel acute;
  };
  for (const Row& row : {Row{v1::CERTAINTY_OBSERVED, v1::GRADE_LEVEL_WARNING, v1::GRADE_LEVEL_URGENT},
                         {v1::CERTAINTY_LIKELY, v1::GRADE_LEVEL_WARNING, v1::GRADE_LEVEL_URGENT},
                         {v1::CERTAINTY_POSSIBLE, v1::GRADE_LEVEL_INFORMATION, v1::GRADE_LEVEL_WARNING},
                         {v1::CERTAINTY_UNLIKELY, v1::GRADE_LEVEL_INFORMATION, v1::GRADE_LEVEL_INFORMATION},
                         {v1::CERTAINTY_UNKNOWN, v1::GRADE_LEVEL_INFORMATION, v1::GRADE_LEVEL_WARNING}}) {
    v1::ReportAlert report = sample_report(row.certainty);
    CHECK(level_of(report_grade(report)) == row.acute);
    report.set_danger_criteria(0, v1::DANGER_CRITERION_DANGEROUS_USE);
    CHECK(level_of(report_grade(report)) == row.one);
    report.add_danger_criteria(v1::DANGER_CRITERION_HIGH_STRENGTH);
    CHECK(level_of(report_grade(report)) == row.acute);
    CHECK(report_grade(report).certainty() == row.certainty);
  }
}

TEST_CASE("what a report says in its details goes before what would be derived") {
  v1::ReportAlert report = sample_report();
  *report.mutable_details()->mutable_grade() = testing::sample_grade(v1::GRADE_LEVEL_INFORMATION);
  report.mutable_details()->add_texts()->set_language("sv");
  report.mutable_details()->set_status(v1::STATUS_EXERCISE);
  report.mutable_details()->add_substances()->set_name("fentanyl");
  const v1::AlertContent content = report_content(report);
  CHECK(level_of(content.grade()) == v1::GRADE_LEVEL_INFORMATION);
  CHECK(content.status() == v1::STATUS_EXERCISE);
  CHECK(content.substances_size() == 1);
  CHECK(content.substances(0).name() == "fentanyl");
  CHECK(content.texts(0).headline() == "Uppblandat eller felsålt: tramadol, Malmö");
  CHECK(content.texts(0).description() == "Akut skada eller ovanliga effekter. Troligt.");
}

TEST_CASE("a report in a language that the broker doesn't know says that its words are English") {
  v1::ReportAlert report = sample_report();
  report.mutable_details()->add_texts()->set_language("de");
  CHECK(report_content(report).texts(0).language() == "en");
}

TEST_CASE("a shortage that is reported names what runs short") {
  const auto command = report_command(v1::ALERT_KIND_SUPPLY_SHORTAGE, "naloxone nasal spray");
  const v1::AlertContent content = report_content(command.report());
  CHECK(content.shortage().product() == "naloxone nasal spray");
  CHECK(content.shortage().from().seconds() == command.report().seen_at().seconds());
}

TEST_CASE("who may issue or observe may report; who may neither may not") {
  SampleWorld world;
  add_services(world);
  CHECK(world.run(police(), report_command()).has_value());
  CHECK(world.run(service_principal("laro-malmo"), report_command()).has_value());
  check_refused(world.run(testing::operator_principal(), report_command()), v1::ERROR_CODE_PERMISSION_DENIED,
                "report");
}

TEST_CASE("a report of something that will be seen tomorrow is refused") {
  SampleWorld world;
  v1::Command command = report_command();
  *command.mutable_report()->mutable_seen_at() =
      core::to_timestamp(world.clock().wall() + std::chrono::hours(1));
  check_refused(world.run(police(), command), v1::ERROR_CODE_INVALID_ARGUMENT, "report.seen_at");
}

TEST_CASE("an error in what a report's details say is named as the reporter knows it") {
  SampleWorld world;
  v1::Command command = report_command();
  command.mutable_report()->mutable_details()->mutable_expires()->set_seconds(1);
  check_refused(world.run(police(), command), v1::ERROR_CODE_INVALID_ARGUMENT, "report.details.expires");
}

TEST_CASE("a concluded report gets a version, its outcome, and its reporter hears of it") {
  SampleWorld world;
  add_services(world);
  const std::string id = reported(world);
  const auto events =
      world.run(coordinator(), conclude_command(id, v1::REPORT_OUTCOME_SHARED_FOR_INFORMATION)).value();
  REQUIRE(events.size() == 1);
  CHECK(events[0].type == v1::EVENT_TYPE_ALERT_CONCLUDED);
  CHECK(events[0].version == 2);
  CHECK_FALSE(events[0].rings);
  CHECK(events[0].payload.reason() == "The panel has met.");
  CHECK(world.history().back().targets.contains(3));
  CHECK(world.alert(id).report_outcome() == v1::REPORT_OUTCOME_SHARED_FOR_INFORMATION);
  CHECK(world.alert(id).phase() == v1::PHASE_LIVE);
}

TEST_CASE("a report that became an alert is superseded by it, and its reporter hears of it") {
  SampleWorld world;
  add_services(world);
  const std::string report = reported(world);
  const google::protobuf::Timestamp expires = world.alert(report).content().expires();
  const std::string alert = world.issue(coordinator(), issue_command(sample_content({"SE-12"}, {"laro"})));
  const auto events =
      world.run(coordinator(), conclude_command(report, v1::REPORT_OUTCOME_ALERT, alert)).value();
  CHECK(world.alert(report).phase() == v1::PHASE_SUPERSEDED);
  CHECK(world.alert(report).superseded_by() == alert);
  CHECK(world.alert(report).content().expires().seconds() == expires.seconds());
  CHECK(events[0].urgent);
  CHECK(events[0].reach.after.services == std::vector<std::string>{"laro-malmo"});
  CHECK(world.history().back().targets.contains(3));
  // The end is final.
  check_refused(world.run(coordinator(), conclude_command(report, v1::REPORT_OUTCOME_NO_ACTION)),
                v1::ERROR_CODE_ALERT_RETRACTED, "conclude.alert_id");
}

TEST_CASE("who may not assess may not conclude") {
  SampleWorld world;
  add_services(world);
  const std::string id = world.issue(police(), report_command());
  check_refused(world.run(police(), conclude_command(id, v1::REPORT_OUTCOME_NO_ACTION)),
                v1::ERROR_CODE_PERMISSION_DENIED, "conclude");
}

TEST_CASE("an alert that is no report can't be concluded, nor a report twice with the same outcome") {
  SampleWorld world;
  const std::string alert = world.issue(police(), issue_command());
  check_refused(world.run(coordinator(), conclude_command(alert, v1::REPORT_OUTCOME_NO_ACTION)),
                v1::ERROR_CODE_INVALID_ARGUMENT, "conclude.alert_id");
  const std::string report = world.issue(police(), report_command());
  (void)world.run(coordinator(), conclude_command(report, v1::REPORT_OUTCOME_NO_ACTION)).value();
  check_refused(world.run(coordinator(), conclude_command(report, v1::REPORT_OUTCOME_NO_ACTION)),
                v1::ERROR_CODE_NOTHING_TO_CHANGE, "conclude.outcome");
  check_refused(
      world.run(coordinator(), conclude_command(report, v1::REPORT_OUTCOME_SHARED_FOR_INFORMATION, {}, 1)),
      v1::ERROR_CODE_STALE_VERSION, "conclude.expected_version");
}

TEST_CASE("what supersedes a report is an alert in force, of the same status, and no report") {
  SampleWorld world;
  const std::string report = world.issue(police(), report_command());
  const std::string other = world.issue(police(), report_command());
  v1::AlertContent exercise = sample_content();
  exercise.set_status(v1::STATUS_EXERCISE);
  const std::string drill = world.issue(police(), issue_command(exercise));
  const std::string ended = world.issue(police(), issue_command());
  (void)world.run(police(), testing::retract_command(ended)).value();
  const auto conclude = [&](const std::string& successor) {
    return world.run(coordinator(), conclude_command(report, v1::REPORT_OUTCOME_ALERT, successor));
  };
  const std::string field = "conclude.superseded_by";
  check_refused(conclude("0190b8f0-7c2a-7d3e-9f10-0123456789ab"), v1::ERROR_CODE_NOT_FOUND, field);
  check_refused(conclude(other), v1::ERROR_CODE_INVALID_ARGUMENT, field);
  check_refused(conclude(report), v1::ERROR_CODE_INVALID_ARGUMENT, field);
  check_refused(conclude(drill), v1::ERROR_CODE_INVALID_ARGUMENT, field);
  check_refused(conclude(ended), v1::ERROR_CODE_ALERT_RETRACTED, field);
  CHECK(world.alert(report).version() == 1);
}

TEST_CASE("a report reaches the coordinators alone, whoever widens or revises its audience") {
  SampleWorld world;
  add_services(world);
  const std::string id = world.issue(police(), report_command());
  const v1::Audience others = testing::sample_audience({"SE-12"}, {"laro"});
  const v1::Audience named = testing::sample_audience({"SE-12"}, {"coordinator"}, {"laro-malmo"});
  v1::AlertContent content;
  for (const Principal& principal : {police(), coordinator()}) {
    *content.mutable_audience() = others;
    check_refused(world.run(principal, testing::revise_command(id, content, {"audience"})),
                  v1::ERROR_CODE_INVALID_ARGUMENT, "revise.content.audience.groups[0].roles");
    *content.mutable_audience() = named;
    check_refused(world.run(principal, testing::revise_command(id, content, {"audience"})),
                  v1::ERROR_CODE_INVALID_ARGUMENT, "revise.content.audience.services[0]");
    check_refused(world.run(principal, testing::widen_command(id, others)), v1::ERROR_CODE_INVALID_ARGUMENT,
                  "widen.audience.groups[0].roles");
    check_refused(world.run(principal, testing::widen_command(id, named)), v1::ERROR_CODE_INVALID_ARGUMENT,
                  "widen.audience.services[0]");
  }
  CHECK(world.alert(id).version() == 1);
  const auto uppsala = testing::sample_audience({"SE-03"}, {"coordinator"});
  CHECK(world.run(coordinator(), testing::widen_command(id, uppsala)).has_value());
}

TEST_CASE("a report that was shared for information is passed on by coordinators, not by its sender") {
  SampleWorld world;
  add_services(world);
  const std::string id = world.issue(police(), report_command());
  (void)world.run(coordinator(), conclude_command(id, v1::REPORT_OUTCOME_SHARED_FOR_INFORMATION)).value();
  const auto widen = testing::widen_command(id, testing::sample_audience({"SE-12"}, {"laro"}));
  check_refused(world.run(police(), widen), v1::ERROR_CODE_INVALID_ARGUMENT,
                "widen.audience.groups[0].roles");
  CHECK(world.run(coordinator(), widen).has_value());
  CHECK(world.targeted(id).contains(3));
}

TEST_CASE("what is issued as a report may name no service") {
  SampleWorld world;
  add_services(world);
  v1::AlertContent content = sample_content();
  content.set_report(true);
  *content.mutable_audience() = testing::sample_audience({"SE-12"}, {"coordinator"}, {"laro-malmo"});
  check_refused(world.run(police(), issue_command(content)), v1::ERROR_CODE_INVALID_ARGUMENT,
                "issue.content.audience.services[0]");
  *content.mutable_audience() = testing::sample_audience({"SE-12"}, {"coordinator", "laro"});
  check_refused(world.run(police(), issue_command(content)), v1::ERROR_CODE_INVALID_ARGUMENT,
                "issue.content.audience.groups[0].roles");
}

TEST_CASE("nobody but a coordinator makes an alert of a report, and not by oversight") {
  SampleWorld world;
  add_services(world);
  const std::string id = world.issue(police(), report_command());
  const std::string field = "revise.content.report";
  check_refused(world.run(police(), testing::revise_command(id, {}, {"report"})),
                v1::ERROR_CODE_PERMISSION_DENIED, field);
  v1::AlertContent whole = world.alert(id).content();
  whole.clear_report();
  check_refused(world.run(police(), testing::revise_command(id, whole)), v1::ERROR_CODE_PERMISSION_DENIED,
                field);
  check_refused(world.run(coordinator(), testing::revise_command(id, whole)), v1::ERROR_CODE_INVALID_ARGUMENT,
                field);
  const std::string alert = world.issue(police(), issue_command());
  whole = world.alert(alert).content();
  whole.set_report(true);
  check_refused(world.run(coordinator(), testing::revise_command(alert, whole, {"report"})),
                v1::ERROR_CODE_INVALID_ARGUMENT, field);
}

TEST_CASE("a coordinator makes an alert of a report by a revision, and its reporter hears of it") {
  SampleWorld world;
  add_services(world);
  const std::string id = reported(world);
  v1::AlertContent content;
  *content.mutable_audience() = testing::sample_audience({"SE-03"}, {"coordinator"});
  (void)world.run(coordinator(), testing::revise_command(id, content, {"report", "audience"})).value();
  CHECK_FALSE(world.alert(id).content().report());
  CHECK(world.alert(id).report_outcome() == v1::REPORT_OUTCOME_ALERT);
  CHECK(world.alert(id).phase() == v1::PHASE_LIVE);
  CHECK(world.history().back().targets.contains(3));
  CHECK(world.alert(id).content().audience().services().empty());
}

}  // namespace
}  // namespace gjallar::domain
