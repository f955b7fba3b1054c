#include <catch2/catch.hpp>
#include <functional>
#include <random>

#include "broker/admission/checks.h"
#include "broker/admission/validate.h"
#include "broker/domain/report.h"
#include "tests/support/refused.h"
#include "tests/support/sample_alerts.h"

namespace {

using namespace gjallar;
using testing::check_refused;

core::Result<void> at_the_door(const v1::Command& command) {
  static const domain::RoleCatalogue roles;
  return admission::validate(command, roles);
}

TEST_CASE("six fields make a report; each that is missing is named") {
  const v1::Command whole = testing::report_command();
  REQUIRE(at_the_door(whole).has_value());
  for (const char* field : {"kind", "subject", "danger_criteria", "area", "seen_at", "certainty"}) {
    v1::Command command = whole;
    v1::ReportAlert& report = *command.mutable_report();
    report.GetReflection()->ClearField(&report, report.GetDescriptor()->FindFieldByName(field));
    check_refused(at_the_door(command), v1::ERROR_CODE_MISSING_FIELD, std::string("report.") + field);
  }
}

TEST_CASE("what a report's details may not say is named") {
  const auto refused = [](const std::string& field, const std::function<void(v1::AlertContent&)>& change) {
    v1::Command command = testing::report_command();
    change(*command.mutable_report()->mutable_details());
    check_refused(at_the_door(command), v1::ERROR_CODE_INVALID_ARGUMENT, "report.details." + field);
  };
  refused("audience", [](auto& details) { details.mutable_audience()->add_services("laro-malmo"); });
  refused("kind", [](auto& details) { details.set_kind(v1::ALERT_KIND_GENERAL); });
  refused("report", [](auto& details) { details.set_report(true); });
  refused("danger_criteria",
          [](auto& details) { details.add_danger_criteria(v1::DANGER_CRITERION_ACUTE_HARM); });
  refused("texts[1].language", [](auto& details) {
    details.add_texts()->set_language("sv");
    details.add_texts()->set_language("sv");
  });
  refused("substances[0].cas_number", [](auto& details) {
    details.add_substances()->set_name("heroin");
    details.mutable_substances(0)->set_cas_number("561-27-4");
  });
}

TEST_CASE("a report's own fields are checked as an alert's are") {
  v1::Command command = testing::report_command();
  command.mutable_report()->set_area("SE-AB");
  check_refused(at_the_door(command), v1::ERROR_CODE_UNKNOWN_AREA, "report.area");
  command = testing::report_command();
  command.mutable_report()->add_danger_criteria(v1::DANGER_CRITERION_ACUTE_HARM);
  check_refused(at_the_door(command), v1::ERROR_CODE_INVALID_ARGUMENT, "report.danger_criteria[1]");
  command = testing::report_command();
  command.mutable_report()->set_subject(std::string(121, 'x'));
  check_refused(at_the_door(command), v1::ERROR_CODE_TOO_LARGE, "report.subject");
}

TEST_CASE("a conclusion says what became of a report, and why if nothing did") {
  const std::string id = "0190b8f0-7c2a-7d3e-9f10-0123456789ab";
  CHECK(at_the_door(testing::conclude_command(id, v1::REPORT_OUTCOME_NO_ACTION)).has_value());
  CHECK(at_the_door(testing::conclude_command(id, v1::REPORT_OUTCOME_ALERT, id)).has_value());
  check_refused(at_the_door(testing::conclude_command(id, v1::REPORT_OUTCOME_UNSPECIFIED)),
                v1::ERROR_CODE_MISSING_FIELD, "conclude.outcome");
  check_refused(at_the_door(testing::conclude_command(id, v1::REPORT_OUTCOME_ALERT)),
                v1::ERROR_CODE_MISSING_FIELD, "conclude.superseded_by");
  check_refused(at_the_door(testing::conclude_command(id, v1::REPORT_OUTCOME_NO_ACTION, id)),
                v1::ERROR_CODE_INVALID_ARGUMENT, "conclude.superseded_by");
  v1::Command silent = testing::conclude_command(id, v1::REPORT_OUTCOME_NO_ACTION);
  silent.mutable_conclude()->clear_reason();
  check_refused(at_the_door(silent), v1::ERROR_CODE_MISSING_FIELD, "conclude.reason");
  silent.mutable_conclude()->set_outcome(v1::REPORT_OUTCOME_SHARED_FOR_INFORMATION);
  CHECK(at_the_door(silent).has_value());
}

TEST_CASE("an SMS that takes more than one message is refused, the mark of an exercise counted in") {
  v1::AlertContent content = testing::sample_content();
  content.mutable_texts(0)->set_sms(std::string(160, 'a'));
  CHECK(at_the_door(testing::issue_command(content)).has_value());
  content.set_status(v1::STATUS_EXERCISE);
  check_refused(at_the_door(testing::issue_command(content)), v1::ERROR_CODE_TOO_LARGE,
                "issue.content.texts[0].sms");
  content.set_status(v1::STATUS_ACTUAL);
  std::string sami;
  for (int i = 0; i < 71; ++i)
    sami += "č";
  content.mutable_texts(0)->set_sms(sami);
  check_refused(at_the_door(testing::issue_command(content)), v1::ERROR_CODE_TOO_LARGE,
                "issue.content.texts[0].sms");
}

TEST_CASE("a shortage says what runs short") {
  v1::AlertContent content = testing::sample_content();
  content.set_kind(v1::ALERT_KIND_SUPPLY_SHORTAGE);
  check_refused(at_the_door(testing::issue_command(content)), v1::ERROR_CODE_MISSING_FIELD,
                "issue.content.shortage.product");
  content.mutable_shortage()->set_product("naloxone nasal spray");
  CHECK(at_the_door(testing::issue_command(content)).has_value());
}

TEST_CASE("whatever report passes the door makes an alert that would pass it too") {
  std::mt19937_64 engine(11);
  const domain::RoleCatalogue roles;
  const std::vector<std::string> subjects = {"tramadol", "oxy", "something in blue tablets", "naloxone",
                                             std::string(120, 'x')};
  const std::vector<std::string> languages = {"sv", "nb", "nn", "da", "fi", "en", "sv-FI"};
  const std::vector<std::string> areas = {"SE", "SE-12", "SE-1280", "NO", "NO-46", "NO-4601"};
  for (int round = 0; round < 400; ++round) {
    v1::Command command = testing::report_command(
        static_cast<v1::AlertKind>(1 + engine() % 8), subjects[engine() % subjects.size()],
        static_cast<v1::Certainty>(1 + engine() % 5), areas[engine() % areas.size()]);
    v1::ReportAlert& report = *command.mutable_report();
    report.clear_danger_criteria();
    for (int criterion = 1; criterion <= 4; ++criterion) {
      if (engine() % 2 == 0 || criterion == 4)
        report.add_danger_criteria(static_cast<v1::DangerCriterion>(criterion));
    }
    if (engine() % 2 == 0)
      report.mutable_details()->add_texts()->set_language(languages[engine() % languages.size()]);
    if (engine() % 3 == 0) report.mutable_details()->set_status(v1::STATUS_EXERCISE);
    const auto passed = at_the_door(command);
    INFO((passed ? std::string() : core::to_text(passed.error())));
    REQUIRE(passed.has_value());
    REQUIRE(at_the_door(testing::issue_command(domain::report_content(report))).has_value());
  }
}

}  // namespace
