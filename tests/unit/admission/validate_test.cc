#include "broker/admission/validate.h"

#include <catch2/catch.hpp>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "broker/admission/privacy_gate.h"
#include "broker/core/limits.h"
#include "tests/support/refused.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"

using namespace gjallar;
using namespace gjallar::testing;

namespace {

const domain::RoleCatalogue kRoles;
const std::string kValidId = "0190b8f0-7c2a-7d3e-9f10-0123456789ab";

/// Content with every field set.
v1::AlertContent full_content() {
  v1::AlertContent content = sample_content();
  content.mutable_texts(0)->set_sms("Heroin med hög renhet.");
  content.mutable_texts(0)->set_summary("Ett parti.\nFlera överdoser.");
  auto* instruction = content.mutable_texts(0)->add_role_instructions();
  instruction->set_role("laro");
  instruction->set_instruction("Fråga vid varje besök.");
  auto* substance = content.mutable_substances(0);
  substance->mutable_concentration()->set_value(74);
  substance->mutable_concentration()->set_unit("%");
  substance->set_method("GC-MS");
  substance->set_marking("OC/80");
  substance->set_lot("81121-89876/2");
  substance->set_sold_as("oxycodone");
  auto* finding = content.add_findings();
  finding->mutable_found_at()->set_seconds(1'750'000'000);
  finding->set_area("SE-0180");
  finding->add_quantities()->set_value(12);
  finding->mutable_quantities(0)->set_unit("bag");
  finding->set_setting("post");
  content.mutable_onset()->set_seconds(1'750'000'000);
  content.mutable_expires()->set_seconds(1'760'000'000);
  content.mutable_review_at()->set_seconds(1'755'000'000);
  content.add_references()->set_alert_id(kValidId);
  content.add_possible_duplicate_of()->set_cap_reference("vma@example.org,abc-1,2025-06-10T16:45:00-00:00");
  auto* attachment = content.add_attachments();
  attachment->set_digest(std::string(32, 'x'));
  attachment->set_media_type("image/jpeg");
  attachment->set_size_bytes(1000);
  attachment->set_description("Framsidan av en tablett");
  content.add_danger_criteria(v1::DANGER_CRITERION_HIGH_STRENGTH);
  content.mutable_shortage()->set_product("naloxon nässpray");
  content.mutable_shortage()->mutable_from()->set_seconds(1'750'000'000);
  content.mutable_shortage()->mutable_expected_until()->set_seconds(1'760'000'000);
  content.mutable_shortage()->set_alternatives("Förfylld spruta.");
  return content;
}

struct Case {
  std::string field;
  core::Code code;
  std::function<void(v1::AlertContent&)> spoil;
};

const std::string kPerson = "Person 811218-9876";

std::string repeated(std::size_t times, const std::string& text = "ö") {
  std::string out;
  for (std::size_t i = 0; i < times; ++i)
    out += text;
  return out;
}

const std::vector<Case>& cases() {
  using C = v1::AlertContent;
  constexpr auto kMissing = v1::ERROR_CODE_MISSING_FIELD;
  constexpr auto kInvalid = v1::ERROR_CODE_INVALID_ARGUMENT;
  constexpr auto kLarge = v1::ERROR_CODE_TOO_LARGE;
  constexpr auto kPersonal = v1::ERROR_CODE_PERSONAL_IDENTIFIER;
  namespace limits = core::limits;
  static const std::vector<Case> all{
      {"status", kMissing, [](C& c) { c.clear_status(); }},
      {"status", kInvalid, [](C& c) { c.set_status(static_cast<v1::Status>(99)); }},
      {"kind", kMissing, [](C& c) { c.clear_kind(); }},
      {"kind", kInvalid, [](C& c) { c.set_kind(static_cast<v1::AlertKind>(99)); }},
      {"grade", kMissing, [](C& c) { c.clear_grade(); }},
      {"grade.urgency", kMissing, [](C& c) { c.mutable_grade()->clear_urgency(); }},
      {"grade.severity", kMissing, [](C& c) { c.mutable_grade()->clear_severity(); }},
      {"grade.certainty", kInvalid,
       [](C& c) { c.mutable_grade()->set_certainty(static_cast<v1::Certainty>(9)); }},
      {"texts", kMissing, [](C& c) { c.clear_texts(); }},
      {"texts", kLarge,
       [](C& c) {
         for (int i = 0; i < 9; ++i)
           *c.add_texts() = c.texts(0);
       }},
      {"texts[0].language", kMissing, [](C& c) { c.mutable_texts(0)->clear_language(); }},
      {"texts[0].language", kInvalid, [](C& c) { c.mutable_texts(0)->set_language("svenska"); }},
      {"texts[0].language", kInvalid, [](C& c) { c.mutable_texts(0)->set_language("sv-900101-9802"); }},
      {"texts[0].language", kInvalid, [](C& c) { c.mutable_texts(0)->set_language("sv-9001019"); }},
      {"texts[1].language", kInvalid, [](C& c) { *c.add_texts() = v1::TextBlock(c.texts(0)); }},
      {"texts[0].headline", kMissing, [](C& c) { c.mutable_texts(0)->set_headline("  "); }},
      {"texts[0].headline", kLarge,
       [](C& c) { c.mutable_texts(0)->set_headline(repeated(limits::kHeadlineLengthMax + 1)); }},
      {"texts[0].headline", kInvalid, [](C& c) { c.mutable_texts(0)->set_headline("två\nrader"); }},
      {"texts[0].headline", kPersonal, [](C& c) { c.mutable_texts(0)->set_headline(kPerson); }},
      {"texts[0].description", kPersonal, [](C& c) { c.mutable_texts(0)->set_description(kPerson); }},
      {"texts[0].description", kInvalid,
       [](C& c) { c.mutable_texts(0)->set_description(std::string("a\0b", 3)); }},
      {"texts[0].description", kInvalid,
       [](C& c) {
         c.mutable_texts(0)->set_description(
             "a\xe2\x80\xae"
             "b");
       }},
      {"texts[0].description", kLarge, [](C& c) { c.mutable_texts(0)->set_description(repeated(8001)); }},
      {"texts[0].instruction", kPersonal, [](C& c) { c.mutable_texts(0)->set_instruction(kPerson); }},
      {"texts[0].sms", kPersonal, [](C& c) { c.mutable_texts(0)->set_sms(kPerson); }},
      {"texts[0].sms", kLarge, [](C& c) { c.mutable_texts(0)->set_sms(repeated(161)); }},
      {"texts[0].summary", kPersonal, [](C& c) { c.mutable_texts(0)->set_summary(kPerson); }},
      {"texts[0].role_instructions[0].role", v1::ERROR_CODE_UNKNOWN_ROLE,
       [](C& c) { c.mutable_texts(0)->mutable_role_instructions(0)->set_role("baker"); }},
      {"texts[0].role_instructions[0].instruction", kPersonal,
       [](C& c) { c.mutable_texts(0)->mutable_role_instructions(0)->set_instruction(kPerson); }},
      {"substances", kLarge,
       [](C& c) {
         for (int i = 0; i < 32; ++i)
           *c.add_substances() = v1::Substance(c.substances(0));
       }},
      {"substances[0].name", kMissing, [](C& c) { c.mutable_substances(0)->clear_name(); }},
      {"substances[0].name", kPersonal, [](C& c) { c.mutable_substances(0)->set_name(kPerson); }},
      {"substances[0].cas_number", kInvalid,
       [](C& c) { c.mutable_substances(0)->set_cas_number("561-27-4"); }},
      {"substances[0].form", kInvalid, [](C& c) { c.mutable_substances(0)->set_form("soup"); }},
      {"substances[0].concentration.value", kInvalid,
       [](C& c) { c.mutable_substances(0)->mutable_concentration()->set_value(101); }},
      {"substances[0].concentration.value", kInvalid,
       [](C& c) {
         c.mutable_substances(0)->mutable_concentration()->set_value(
             std::numeric_limits<double>::quiet_NaN());
       }},
      {"substances[0].concentration.unit", kMissing,
       [](C& c) { c.mutable_substances(0)->mutable_concentration()->clear_unit(); }},
      {"substances[0].concentration.unit", kInvalid,
       [](C& c) { c.mutable_substances(0)->mutable_concentration()->set_unit("stone"); }},
      {"substances[0].method", kPersonal, [](C& c) { c.mutable_substances(0)->set_method(kPerson); }},
      {"substances[0].identification", kInvalid,
       [](C& c) { c.mutable_substances(0)->set_identification(static_cast<v1::Identification>(9)); }},
      {"substances[0].marking", kPersonal, [](C& c) { c.mutable_substances(0)->set_marking(kPerson); }},
      {"substances[0].marking", kInvalid, [](C& c) { c.mutable_substances(0)->set_marking("<b>OC</b>"); }},
      {"substances[0].lot", kInvalid, [](C& c) { c.mutable_substances(0)->set_lot("anna@example.org"); }},
      {"substances[0].lot", kPersonal, [](C& c) { c.mutable_substances(0)->set_lot("8112189876"); }},
      {"substances[0].lot", kLarge, [](C& c) { c.mutable_substances(0)->set_lot(repeated(61)); }},
      {"substances[0].sold_as", kPersonal, [](C& c) { c.mutable_substances(0)->set_sold_as(kPerson); }},
      {"findings[0].area", v1::ERROR_CODE_UNKNOWN_AREA,
       [](C& c) { c.mutable_findings(0)->set_area("SE-9999"); }},
      {"findings[0].found_at", kInvalid,
       [](C& c) {
         c.mutable_findings(0)->mutable_found_at()->set_seconds(std::numeric_limits<std::int64_t>::max());
       }},
      {"findings[0].quantities[0].value", kInvalid,
       [](C& c) { c.mutable_findings(0)->mutable_quantities(0)->set_value(-1); }},
      {"findings[0].setting", kPersonal, [](C& c) { c.mutable_findings(0)->set_setting(kPerson); }},
      {"audience", v1::ERROR_CODE_EMPTY_AUDIENCE, [](C& c) { c.clear_audience(); }},
      {"audience.groups[0].areas", v1::ERROR_CODE_EMPTY_AUDIENCE,
       [](C& c) { c.mutable_audience()->mutable_groups(0)->clear_areas(); }},
      {"audience.groups[0].areas[1]", v1::ERROR_CODE_UNKNOWN_AREA,
       [](C& c) { c.mutable_audience()->mutable_groups(0)->add_areas("SE-AB"); }},
      {"audience.groups[0].roles[1]", v1::ERROR_CODE_UNKNOWN_ROLE,
       [](C& c) { c.mutable_audience()->mutable_groups(0)->add_roles("baker"); }},
      {"audience.groups[0].minimum_grade", kInvalid,
       [](C& c) {
         c.mutable_audience()->mutable_groups(0)->set_minimum_grade(static_cast<v1::GradeLevel>(9));
       }},
      {"audience.services[0]", kInvalid, [](C& c) { c.mutable_audience()->add_services("Not An Id"); }},
      {"onset", kInvalid, [](C& c) { c.mutable_onset()->set_nanos(-1); }},
      {"expires", kInvalid, [](C& c) { c.mutable_expires()->set_seconds(1'749'999'999); }},
      {"review_at", kInvalid, [](C& c) { c.mutable_review_at()->set_seconds(-99'999'999'999'999); }},
      {"references[0].alert_id", kInvalid, [](C& c) { c.mutable_references(0)->set_alert_id("GJ-K7Q2"); }},
      {"references[1]", kMissing, [](C& c) { c.add_references(); }},
      {"possible_duplicate_of[0].cap_reference", kInvalid,
       [](C& c) { c.mutable_possible_duplicate_of(0)->set_cap_reference("only one part"); }},
      {"attachments[0].digest", kInvalid, [](C& c) { c.mutable_attachments(0)->set_digest("short"); }},
      {"attachments[0].media_type", kInvalid,
       [](C& c) { c.mutable_attachments(0)->set_media_type("picture"); }},
      {"attachments[0].description", kPersonal,
       [](C& c) { c.mutable_attachments(0)->set_description(kPerson); }},
      {"danger_criteria[0]", kInvalid,
       [](C& c) { c.set_danger_criteria(0, v1::DANGER_CRITERION_UNSPECIFIED); }},
      {"danger_criteria[1]", kInvalid,
       [](C& c) { c.add_danger_criteria(v1::DANGER_CRITERION_HIGH_STRENGTH); }},
      {"shortage.product", kPersonal, [](C& c) { c.mutable_shortage()->set_product(kPerson); }},
      {"shortage.product", kMissing, [](C& c) { c.mutable_shortage()->clear_product(); }},
      {"shortage.expected_until", kInvalid,
       [](C& c) { c.mutable_shortage()->mutable_expected_until()->set_seconds(1); }},
      {"shortage.alternatives", kPersonal, [](C& c) { c.mutable_shortage()->set_alternatives(kPerson); }},
      {"audience.groups[0].roles", kInvalid, [](C& c) { c.set_report(true); }},
  };
  return all;
}

/// What the door does with a command before it looks at any state.
core::Result<void> check(const v1::Command& command) {
  GJALLAR_TRY(admission::validate(command, kRoles));
  const admission::Screening screening = admission::screen(command, admission::PrivacyRules());
  if (screening.refusal) return *screening.refusal;
  return {};
}

}  // namespace

TEST_CASE("content with every field set is accepted") {
  const auto issued = check(issue_command(full_content()));
  INFO((issued ? "" : core::to_text(issued.error())));
  CHECK(issued.has_value());
  CHECK(check(issue_command()).has_value());
  CHECK(check(revise_command(kValidId, full_content())).has_value());
  v1::AlertContent report = sample_content({"SE"}, {"coordinator"});
  report.set_report(true);
  CHECK(check(issue_command(report)).has_value());
}

TEST_CASE("what is wrong in a content is refused at its field, in an issue and in a revision") {
  for (const Case& one : cases()) {
    INFO(one.field << " " << core::code_name(one.code));
    v1::AlertContent content = full_content();
    one.spoil(content);
    check_refused(check(issue_command(content)), one.code, "issue.content." + one.field);
    const bool held_if_absent = one.code == v1::ERROR_CODE_MISSING_FIELD &&
                                (one.field == "status" || one.field == "kind" || one.field == "grade");
    if (held_if_absent) {
      CHECK(check(revise_command(kValidId, content)).has_value());
    } else {
      check_refused(check(revise_command(kValidId, content)), one.code, "revise.content." + one.field);
    }
  }
}

TEST_CASE("no refusal holds what was sent") {
  for (const Case& one : cases()) {
    v1::AlertContent content = full_content();
    one.spoil(content);
    const auto refused = check(issue_command(content));
    REQUIRE(refused.has_error());
    const std::string told = core::to_text(refused.error());
    for (const char* sent :
         {"811218", "9876", "baker", "soup", "stone", "SE-9999", "Not An Id", "picture", "svenska"}) {
      INFO(one.field << ": " << told);
      CHECK(told.find(sent) == std::string::npos);
    }
  }
}

TEST_CASE("limits count characters, not bytes") {
  v1::AlertContent content = sample_content();
  content.mutable_texts(0)->set_headline(repeated(core::limits::kHeadlineLengthMax));
  content.mutable_texts(0)->set_description(repeated(core::limits::kDescriptionLengthMax));
  CHECK(check(issue_command(content)).has_value());
}

TEST_CASE("a revision needs what its mask takes and no more") {
  v1::AlertContent substances;
  *substances.add_substances() = sample_content().substances(0);
  CHECK(check(revise_command(kValidId, substances, {"substances"})).has_value());
  check_refused(check(revise_command(kValidId, substances, {"substances", "texts"})),
                v1::ERROR_CODE_MISSING_FIELD, "revise.content.texts");
  check_refused(check(revise_command(kValidId, substances, {"audience"})), v1::ERROR_CODE_EMPTY_AUDIENCE,
                "revise.content.audience");
  check_refused(check(revise_command(kValidId, substances, {"substances", "texts.headline"})),
                v1::ERROR_CODE_INVALID_ARGUMENT, "revise.update_mask.paths[1]");
  check_refused(check(revise_command(kValidId, substances)), v1::ERROR_CODE_MISSING_FIELD,
                "revise.content.texts");
}

TEST_CASE("each command's own fields are checked") {
  check_refused(check(v1::Command()), v1::ERROR_CODE_MISSING_FIELD, "command");
  v1::Command empty_issue;
  empty_issue.mutable_issue();
  check_refused(check(empty_issue), v1::ERROR_CODE_MISSING_FIELD, "issue.content");
  check_refused(check(revise_command("", sample_content())), v1::ERROR_CODE_MISSING_FIELD, "revise.alert_id");
  check_refused(check(revise_command("GJ-XXXX", sample_content())), v1::ERROR_CODE_INVALID_ARGUMENT,
                "revise.alert_id");

  v1::Command grade = grade_command(kValidId, v1::GRADE_LEVEL_WARNING);
  CHECK(check(grade).has_value());
  grade.mutable_grade()->set_reason(kPerson);
  check_refused(check(grade), v1::ERROR_CODE_PERSONAL_IDENTIFIER, "grade.reason");
  grade.mutable_grade()->mutable_grade()->clear_certainty();
  check_refused(check(grade), v1::ERROR_CODE_MISSING_FIELD, "grade.grade.certainty");

  CHECK(check(widen_command(kValidId, sample_audience({"NO"}, {}))).has_value());
  check_refused(check(widen_command(kValidId, sample_audience({}, {}))), v1::ERROR_CODE_EMPTY_AUDIENCE,
                "widen.audience");
  check_refused(check(widen_command(kValidId, sample_audience({"XX"}, {}))), v1::ERROR_CODE_UNKNOWN_AREA,
                "widen.audience.groups[0].areas[0]");

  CHECK(check(retract_command(kValidId)).has_value());
  check_refused(check(retract_command(kValidId, "")), v1::ERROR_CODE_MISSING_FIELD, "retract.reason");
  check_refused(check(retract_command(kValidId, kPerson)), v1::ERROR_CODE_PERSONAL_IDENTIFIER,
                "retract.reason");
  check_refused(check(retract_command(kValidId, repeated(601))), v1::ERROR_CODE_TOO_LARGE, "retract.reason");

  CHECK(check(observe_command(kValidId, "SE-0180", 2)).has_value());
  check_refused(check(observe_command(kValidId, "")), v1::ERROR_CODE_MISSING_FIELD, "observe.area");
  check_refused(check(observe_command(kValidId, "SE-018")), v1::ERROR_CODE_UNKNOWN_AREA, "observe.area");
  check_refused(check(observe_command(kValidId, "SE-0180", 0)), v1::ERROR_CODE_MISSING_FIELD,
                "observe.count");
  check_refused(check(observe_command(kValidId, "SE-0180", 1'000'001)), v1::ERROR_CODE_INVALID_ARGUMENT,
                "observe.count");

  CHECK(check(expire_command(kValidId)).has_value());
  check_refused(check(expire_command("")), v1::ERROR_CODE_MISSING_FIELD, "expire.alert_id");
}

TEST_CASE("a service's fields are checked, its name by the gate too") {
  struct ServiceCase {
    std::string field;
    core::Code code;
    std::function<void(v1::Service&)> spoil;
  };
  using S = v1::Service;
  const std::vector<ServiceCase> cases{
      {"service_id", v1::ERROR_CODE_MISSING_FIELD, [](S& s) { s.clear_service_id(); }},
      {"service_id", v1::ERROR_CODE_INVALID_ARGUMENT, [](S& s) { s.set_service_id("ab"); }},
      {"service_id", v1::ERROR_CODE_INVALID_ARGUMENT, [](S& s) { s.set_service_id("-clinic"); }},
      {"service_id", v1::ERROR_CODE_INVALID_ARGUMENT, [](S& s) { s.set_service_id(repeated(65, "a")); }},
      {"service_id", v1::ERROR_CODE_PERSONAL_IDENTIFIER, [](S& s) { s.set_service_id("811218-9876"); }},
      {"name", v1::ERROR_CODE_MISSING_FIELD, [](S& s) { s.clear_name(); }},
      {"name", v1::ERROR_CODE_PERSONAL_IDENTIFIER, [](S& s) { s.set_name(kPerson); }},
      {"areas", v1::ERROR_CODE_MISSING_FIELD, [](S& s) { s.clear_areas(); }},
      {"areas[0]", v1::ERROR_CODE_UNKNOWN_AREA, [](S& s) { s.set_areas(0, "SE-00"); }},
      {"roles", v1::ERROR_CODE_MISSING_FIELD, [](S& s) { s.clear_roles(); }},
      {"roles[0]", v1::ERROR_CODE_UNKNOWN_ROLE, [](S& s) { s.set_roles(0, "baker"); }},
      {"minimum_grade", v1::ERROR_CODE_INVALID_ARGUMENT,
       [](S& s) { s.set_minimum_grade(static_cast<v1::GradeLevel>(8)); }},
      {"opening_hours[0].weekday", v1::ERROR_CODE_INVALID_ARGUMENT,
       [](S& s) { s.mutable_opening_hours(0)->set_weekday(8); }},
      {"opening_hours[0].opens_minute", v1::ERROR_CODE_INVALID_ARGUMENT,
       [](S& s) { s.mutable_opening_hours(0)->set_opens_minute(1440); }},
      {"opening_hours[0].closes_minute", v1::ERROR_CODE_INVALID_ARGUMENT,
       [](S& s) { s.mutable_opening_hours(0)->set_closes_minute(480); }},
      {"time_zone", v1::ERROR_CODE_MISSING_FIELD, [](S& s) { s.clear_time_zone(); }},
      {"time_zone", v1::ERROR_CODE_INVALID_ARGUMENT, [](S& s) { s.set_time_zone("Europe/Stock holm"); }},
      {"time_zone", v1::ERROR_CODE_INVALID_ARGUMENT, [](S& s) { s.set_time_zone("Europe/Sundsvall"); }},
      {"time_zone", v1::ERROR_CODE_INVALID_ARGUMENT, [](S& s) { s.set_time_zone("localtime"); }},
  };
  v1::Service service = sample_service("clinic-one");
  auto* hours = service.add_opening_hours();
  hours->set_weekday(1);
  hours->set_opens_minute(480);
  hours->set_closes_minute(1020);
  service.set_time_zone("Europe/Stockholm");
  CHECK(check(register_command(service)).has_value());
  CHECK(check(change_command(service)).has_value());
  for (const ServiceCase& one : cases) {
    INFO(one.field);
    v1::Service spoilt = service;
    one.spoil(spoilt);
    check_refused(check(register_command(spoilt)), one.code, "register_service.service." + one.field);
    check_refused(check(change_command(spoilt)), one.code, "change_service.service." + one.field);
  }
  check_refused(check(disable_command("")), v1::ERROR_CODE_MISSING_FIELD, "disable_service.service_id");
}

TEST_CASE("no service is registered under an id that is a path, though one that was may be changed") {
  const v1::Service service = sample_service("activity");
  check_refused(check(register_command(service)), v1::ERROR_CODE_INVALID_ARGUMENT,
                "register_service.service.service_id");
  CHECK(check(change_command(service)).has_value());
  CHECK(check(register_command(sample_service("activity-centre"))).has_value());
}

TEST_CASE("an escalation, and the outcome of one, are checked by their form") {
  const std::string id = "0190b8f0-7c2a-7d3e-9f10-0123456789ab";
  const v1::Command escalate = escalate_command(id, 1, v1::ESCALATION_STEP_UNRECEIVED, {"clinic-one"});
  CHECK(check(escalate).has_value());
  const auto spoilt = [&escalate](auto spoil) {
    v1::Command command = escalate;
    spoil(*command.mutable_escalate());
    return check(command);
  };
  using E = v1::EscalateAlert;
  check_refused(spoilt([](E& e) { e.set_alert_id("x"); }), v1::ERROR_CODE_INVALID_ARGUMENT,
                "escalate.alert_id");
  check_refused(spoilt([](E& e) { e.set_version(0); }), v1::ERROR_CODE_MISSING_FIELD, "escalate.version");
  check_refused(spoilt([](E& e) { e.clear_step(); }), v1::ERROR_CODE_MISSING_FIELD, "escalate.step");
  check_refused(spoilt([](E& e) { e.clear_services(); }), v1::ERROR_CODE_MISSING_FIELD, "escalate.services");
  check_refused(spoilt([](E& e) { e.mutable_services(0)->clear_way(); }), v1::ERROR_CODE_INVALID_ARGUMENT,
                "escalate.services[0].way");
  const auto report = [&id](v1::EscalationStep step, v1::EscalationOutcome outcome) {
    return check(report_escalation_command(id, 1, step, "clinic-one", outcome));
  };
  CHECK(report(v1::ESCALATION_STEP_UNACKNOWLEDGED, v1::ESCALATION_OUTCOME_NO_CONTACT).has_value());
  check_refused(report(v1::ESCALATION_STEP_UNSPECIFIED, v1::ESCALATION_OUTCOME_REACHED),
                v1::ERROR_CODE_MISSING_FIELD, "report_escalation.step");
  check_refused(report(v1::ESCALATION_STEP_UNRECEIVED, v1::ESCALATION_OUTCOME_UNSPECIFIED),
                v1::ERROR_CODE_MISSING_FIELD, "report_escalation.outcome");
  check_refused(report(v1::ESCALATION_STEP_UNRECEIVED, static_cast<v1::EscalationOutcome>(9)),
                v1::ERROR_CODE_INVALID_ARGUMENT, "report_escalation.outcome");
}

TEST_CASE("a command beyond its size is refused before it is looked at") {
  v1::AlertContent content = sample_content();
  content.mutable_texts(0)->set_description(repeated(core::limits::kCommandBytesMax, "a"));
  check_refused(check(issue_command(content)), v1::ERROR_CODE_TOO_LARGE, "command");
}

TEST_CASE("an idempotency key is printable ASCII of at most 128 characters") {
  CHECK(admission::validate_idempotency_key("").has_value());
  CHECK(admission::validate_idempotency_key(std::string(128, '~')).has_value());
  check_refused(admission::validate_idempotency_key(std::string(129, 'a')), v1::ERROR_CODE_TOO_LARGE,
                "idempotency_key");
  check_refused(admission::validate_idempotency_key("nyckel\n"), v1::ERROR_CODE_INVALID_ARGUMENT,
                "idempotency_key");
  check_refused(admission::validate_idempotency_key("nö"), v1::ERROR_CODE_INVALID_ARGUMENT,
                "idempotency_key");
}
