// Questions of the privacy gate: asked of who can answer, and never in the way of what is urgent.
#include <catch2/catch.hpp>

#include <future>

#include "broker/admission/admission.h"
#include "broker/admission/plain_headline.h"
#include "broker/projections/alerts.h"
#include "tests/support/refused.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/test_broker.h"

using namespace gjallar;
using namespace gjallar::testing;

namespace {

const std::string kDoubtful = "En 23-årig man avled i Lund den 3 juni.";
const std::string kField = "texts[0].description";

v1::AlertContent doubtful_content(v1::GradeLevel level) {
  v1::AlertContent content = sample_content({"SE-12"}, {}, level);
  content.mutable_texts(0)->set_description(kDoubtful);
  return content;
}

v1::Command confirmed(v1::Command command, const std::string& reason = "Uppgiften är offentlig.") {
  auto& confirmation = command.has_issue() ? *command.mutable_issue()->mutable_confirmation()
                                           : *command.mutable_revise()->mutable_confirmation();
  confirmation.set_no_person(true);
  confirmation.set_reason(reason);
  return command;
}

core::Result<v1::CommandOutcome> feed(TestBroker& broker, const domain::Principal& principal,
                                      const v1::Command& command, const std::string& key = {}) {
  std::promise<core::Result<v1::CommandOutcome>> promise;
  auto answer = promise.get_future();
  broker.admission->submit(
      principal, command, key,
      [&promise](core::Result<v1::CommandOutcome> outcome) { promise.set_value(std::move(outcome)); },
      admission::Sender::kFeed);
  return answer.get();
}

v1::Alert alert_of(const TestBroker& broker, const std::string& id) {
  return projections::find_alert(broker.log->snapshot()->rows(), id).value()->alert;
}

log::CommittedEvent event_at(const TestBroker& broker, core::Seq seq) {
  return broker.log->snapshot()->read(seq).value();
}

v1::EventPayload payload_at(const TestBroker& broker, core::Seq seq) {
  v1::EventPayload payload;
  REQUIRE(payload.ParseFromString(event_at(broker, seq).record.payload->bytes));
  return payload;
}

/// Everything that the log holds, one event after another.
bool log_holds(const TestBroker& broker, const std::string& text) {
  const auto snapshot = broker.log->snapshot();
  for (core::Seq seq = 1; seq <= snapshot->head().seq; ++seq) {
    const auto event = snapshot->read(seq).value();
    if (event.record.payload && event.record.payload->bytes.find(text) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a person's text that may point at somebody asks, and passes with a reason, which is kept") {
  TestBroker broker;
  const v1::Command command = issue_command(doubtful_content(v1::GRADE_LEVEL_WARNING));
  const core::Seq head = broker.log->head().seq;
  const auto asked = broker.submit_and_wait(police(), command);
  check_refused(asked, v1::ERROR_CODE_CONFIRM_REQUIRED, "issue.content." + kField);
  CHECK(asked.error().message.find("age or sex with a place and a date") != std::string::npos);
  CHECK(asked.error().advice.find("--confirm") != std::string::npos);
  CHECK(core::to_text(asked.error()).find("Lund") == std::string::npos);
  CHECK(broker.log->head().seq == head);

  check_refused(broker.submit_and_wait(police(), confirmed(command, " ")), v1::ERROR_CODE_MISSING_FIELD,
                "issue.confirmation.reason");
  check_refused(broker.submit_and_wait(police(), confirmed(command, "Enligt 811218-9876.")),
                v1::ERROR_CODE_PERSONAL_IDENTIFIER, "issue.confirmation.reason");
  const auto passed = broker.submit_and_wait(police(), confirmed(command)).value();
  CHECK(passed.withheld().empty());
  const v1::EventPayload payload = payload_at(broker, passed.seq());
  CHECK(payload.alert().content().texts(0).description() == kDoubtful);
  CHECK(payload.confirmation().no_person());
  CHECK(payload.confirmation().reason() == "Uppgiften är offentlig.");
}

TEST_CASE(
    "a confirmation that nobody asked for does no harm, and one about duplicates answers nothing about "
    "persons") {
  TestBroker broker;
  CHECK(broker.submit_and_wait(police(), confirmed(issue_command())).has_value());
  v1::Command other = confirmed(issue_command(doubtful_content(v1::GRADE_LEVEL_INFORMATION)));
  other.mutable_issue()->mutable_confirmation()->set_no_person(false);
  other.mutable_issue()->mutable_confirmation()->set_no_duplicate(true);
  check_refused(broker.submit_and_wait(police(), other), v1::ERROR_CODE_CONFIRM_REQUIRED,
                "issue.content." + kField);
}

TEST_CASE("a report that its six fields make urgent isn't held up by a question") {
  TestBroker broker;
  v1::Command command = report_command();  // acute harm, likely: urgent, though no grade is sent
  v1::TextBlock* const text = command.mutable_report()->mutable_details()->add_texts();
  text->set_language("sv");
  text->set_description(kDoubtful);
  const auto outcome = broker.submit_and_wait(police(), command).value();
  REQUIRE(outcome.withheld_size() == 1);
  const v1::Alert alert = alert_of(broker, outcome.alert_id());
  CHECK(alert.content().texts(0).description().find("23") == std::string::npos);
  CHECK_FALSE(alert.content().texts(0).headline().empty());

  command.mutable_report()->set_certainty(v1::CERTAINTY_POSSIBLE);
  check_refused(broker.submit_and_wait(police(), command), v1::ERROR_CODE_CONFIRM_REQUIRED,
                "report.details.texts[0].description");
}

TEST_CASE(
    "an urgent alert goes out at once without the doubtful text, and sender and coordinators are told") {
  TestBroker broker;
  broker.add(sample_service("clinic-one", {"SE-1280"}));
  const auto region = broker.add(sample_service("coordinator-south", {"SE-12"}, {"coordinator"}));
  const auto north = broker.add(sample_service("coordinator-north", {"SE-25"}, {"coordinator"}));
  const auto own = broker.add(sample_service("police-desk", {"SE-01"}, {"police"}));
  domain::Principal sender = police();
  sender.service = core::ServiceId("police-desk");

  const core::Seq head = broker.log->head().seq;
  const auto outcome =
      broker.submit_and_wait(sender, issue_command(doubtful_content(v1::GRADE_LEVEL_URGENT)), "k1").value();
  REQUIRE(outcome.withheld_size() == 1);
  CHECK(outcome.withheld(0).field() == kField);
  CHECK(outcome.withheld(0).rule() == "age or sex with a place and a date");
  CHECK(broker.log->head().seq == head + 2);
  CHECK(outcome.services_concerned() == 3);

  const v1::Alert alert = alert_of(broker, outcome.alert_id());
  CHECK(alert.content().texts(0).headline() == sample_content().texts(0).headline());
  CHECK(alert.content().texts(0).description().empty());
  CHECK(alert.content().substances_size() == 1);
  REQUIRE(alert.withheld_size() == 1);
  CHECK(alert.withheld(0).field() == kField);
  CHECK(alert.sender_service() == "police-desk");

  const auto notice = event_at(broker, head + 2);
  CHECK(notice.record.header.type == v1::EVENT_TYPE_ALERT_NOTICE);
  CHECK(notice.targets.count() == 2);
  CHECK(notice.targets.contains(region));
  CHECK(notice.targets.contains(own));
  CHECK_FALSE(notice.targets.contains(north));
  const v1::EventPayload payload = payload_at(broker, head + 2);
  CHECK(payload.notice().kind() == v1::NOTICE_KIND_TEXT_WITHHELD);
  CHECK(payload.notice().withheld_size() == 1);
  CHECK_FALSE(log_holds(broker, "23-årig"));

  // The same again is the same answer; another text under the same key is another command.
  const auto again =
      broker.submit_and_wait(sender, issue_command(doubtful_content(v1::GRADE_LEVEL_URGENT)), "k1").value();
  CHECK(again.duplicate());
  REQUIRE(again.withheld_size() == 1);
  CHECK(again.withheld(0).SerializeAsString() == outcome.withheld(0).SerializeAsString());
  check_refused(broker.submit_and_wait(sender, issue_command(), "k1"), v1::ERROR_CODE_IDEMPOTENCY_KEY_REUSED,
                "idempotency_key");
}

TEST_CASE(
    "nothing on a feed is held up by a question, whatever its grade; a number of a person is still refused") {
  TestBroker broker;
  const auto outcome =
      feed(broker, police(), issue_command(doubtful_content(v1::GRADE_LEVEL_INFORMATION))).value();
  CHECK(outcome.withheld_size() == 1);
  v1::AlertContent number = doubtful_content(v1::GRADE_LEVEL_URGENT);
  number.mutable_texts(0)->set_summary("Person 811218-9876");
  check_refused(feed(broker, police(), issue_command(number)), v1::ERROR_CODE_PERSONAL_IDENTIFIER,
                "issue.content.texts[0].summary");
  check_refused(broker.submit_and_wait(police(), issue_command(number)), v1::ERROR_CODE_PERSONAL_IDENTIFIER,
                "issue.content.texts[0].summary");
}

TEST_CASE("a revision releases the text, and one that leaves it alone doesn't") {
  TestBroker broker;
  const std::string id =
      broker.must(police(), issue_command(doubtful_content(v1::GRADE_LEVEL_URGENT))).alert_id();
  broker.must(police(), grade_command(id, v1::GRADE_LEVEL_WARNING));
  CHECK(alert_of(broker, id).withheld_size() == 1);

  v1::AlertContent other = alert_of(broker, id).content();
  other.mutable_substances(0)->set_name("metonitazen");
  broker.must(police(), revise_command(id, other, {"substances"}));
  other.mutable_texts(0)->set_instruction("Ta en liten dos först.");
  broker.must(police(), revise_command(id, other, {"texts"}));
  CHECK(alert_of(broker, id).withheld_size() == 1);

  other.mutable_texts(0)->set_description(kDoubtful);
  const v1::Command release = revise_command(id, other, {"texts"});
  check_refused(broker.submit_and_wait(police(), release), v1::ERROR_CODE_CONFIRM_REQUIRED,
                "revise.content." + kField);
  broker.must(police(), confirmed(release));
  CHECK(alert_of(broker, id).withheld().empty());
  CHECK(alert_of(broker, id).content().texts(0).description() == kDoubtful);
}

TEST_CASE("a text waits under its language, wherever its block stands") {
  TestBroker broker;
  const std::string id =
      broker.must(police(), issue_command(doubtful_content(v1::GRADE_LEVEL_URGENT))).alert_id();
  v1::AlertContent other = alert_of(broker, id).content();
  v1::TextBlock english;
  english.set_language("en");
  english.set_headline("Heroin of unusual strength");
  const v1::TextBlock swedish = other.texts(0);
  *other.mutable_texts(0) = english;
  *other.add_texts() = swedish;
  broker.must(police(), revise_command(id, other, {"texts"}));
  REQUIRE(alert_of(broker, id).withheld_size() == 1);
  CHECK(alert_of(broker, id).withheld(0).field() == "texts[1].description");
}

TEST_CASE("a revision of an urgent alert isn't held up either, unless nothing is left of it") {
  TestBroker broker;
  const std::string id = broker.must(police(), issue_command(sample_content({"SE-12"}))).alert_id();
  v1::AlertContent more = sample_content({"SE-12"});
  more.mutable_texts(0)->set_instruction("Ring 112.");
  more.mutable_texts(0)->set_description(kDoubtful);
  const auto outcome = broker.submit_and_wait(police(), revise_command(id, more, {"texts"})).value();
  CHECK(outcome.withheld_size() == 1);
  CHECK(alert_of(broker, id).content().texts(0).instruction() == "Ring 112.");

  v1::AlertContent only = alert_of(broker, id).content();
  only.mutable_texts(0)->set_description(kDoubtful);
  check_refused(broker.submit_and_wait(police(), revise_command(id, only, {"texts"})),
                v1::ERROR_CODE_CONFIRM_REQUIRED, "revise.content." + kField);
}

TEST_CASE("a text that a revision doesn't take over isn't asked about") {
  TestBroker broker;
  const std::string id =
      broker.must(police(), issue_command(sample_content({"SE-12"}, {}, v1::GRADE_LEVEL_WARNING))).alert_id();
  v1::AlertContent content = doubtful_content(v1::GRADE_LEVEL_WARNING);
  content.mutable_substances(0)->set_name("metonitazen");
  CHECK(broker.submit_and_wait(police(), revise_command(id, content, {"substances"})).has_value());
}

TEST_CASE("a doubtful headline becomes a plain one, so that the alert stays readable") {
  TestBroker broker;
  v1::AlertContent content = sample_content({"SE-1280"});
  content.mutable_texts(0)->set_headline(kDoubtful);
  const auto outcome = broker.submit_and_wait(police(), issue_command(content)).value();
  const v1::Alert alert = alert_of(broker, outcome.alert_id());
  CHECK(alert.content().texts(0).headline() == "Ovanligt hög styrka: heroin, Malmö");
  CHECK(alert.withheld(0).field() == "texts[0].headline");

  content = alert.content();
  for (const auto& [language, headline] :
       std::map<std::string, std::string>{{"nb", "Uvanlig høy styrke: heroin, Malmö"},
                                          {"da", "Usædvanlig høj styrke: heroin, Malmö"},
                                          {"fi", "Poikkeuksellisen vahva aine: heroin, Malmö"},
                                          {"en", "Unusually high strength: heroin, Malmö"},
                                          {"sv-FI", "Ovanligt hög styrka: heroin, Malmö"}}) {
    CHECK(admission::plain_headline(content, language) == headline);
  }
}

TEST_CASE("the reason of a command is left out too, and a retraction says so") {
  TestBroker broker;
  const std::string id = broker.must(police(), issue_command(sample_content({"SE-12"}))).alert_id();
  v1::Command grade = grade_command(id, v1::GRADE_LEVEL_WARNING);
  grade.mutable_grade()->set_reason(kDoubtful);
  const auto graded = broker.submit_and_wait(police(), grade).value();
  REQUIRE(graded.withheld_size() == 1);
  CHECK(graded.withheld(0).field() == "reason");
  CHECK(payload_at(broker, graded.seq() - 1).reason().empty());
  CHECK(alert_of(broker, id).withheld().empty());  // no revision releases a reason

  check_refused(broker.submit_and_wait(police(), retract_command(id, kDoubtful)),
                v1::ERROR_CODE_CONFIRM_REQUIRED,
                "retract.reason");  // it isn't urgent any more
  broker.must(police(), grade_command(id, v1::GRADE_LEVEL_URGENT));
  const auto retracted = broker.submit_and_wait(police(), retract_command(id, kDoubtful)).value();
  CHECK(retracted.withheld_size() == 1);
  CHECK(payload_at(broker, retracted.seq() - 1).reason() ==
        "The reason was left out: it may point at a person.");
  CHECK_FALSE(log_holds(broker, "23-årig"));
}

TEST_CASE("who may not do it is told so, and not how urgent the alert is") {
  TestBroker broker;
  broker.add(sample_service("clinic-one", {"SE-12"}));
  for (const v1::GradeLevel level : {v1::GRADE_LEVEL_URGENT, v1::GRADE_LEVEL_WARNING}) {
    const std::string id =
        broker.must(police(), issue_command(sample_content({"SE-12"}, {}, level))).alert_id();
    check_refused(broker.submit_and_wait(customs(), retract_command(id, kDoubtful)), v1::ERROR_CODE_NOT_FOUND,
                  "retract.alert_id");
  }
}

TEST_CASE("a preview says what would be asked or left out") {
  TestBroker broker;
  const core::Seq head = broker.log->head().seq;
  check_refused(broker.admission->preview(police(), issue_command(doubtful_content(v1::GRADE_LEVEL_WARNING))),
                v1::ERROR_CODE_CONFIRM_REQUIRED, "issue.content." + kField);
  const auto urgent =
      broker.admission->preview(police(), issue_command(doubtful_content(v1::GRADE_LEVEL_URGENT))).value();
  CHECK(urgent.withheld_size() == 1);
  CHECK(broker.log->head().seq == head);
}

TEST_CASE("of a refusal only field, rule, principal and time are told") {
  TestBroker broker;
  std::vector<admission::Refusal> told;
  admission::AdmissionOptions options;
  options.on_refused = [&told](const admission::Refusal& refusal) { told.push_back(refusal); };
  broker.admission = std::make_unique<admission::Admission>(*broker.log, *broker.directory, broker.roles,
                                                            broker.clock, broker.random, options);
  v1::AlertContent content = sample_content();
  content.mutable_texts(0)->set_description("Ring 070-174 06 05");
  CHECK(broker.submit_and_wait(police(), issue_command(content)).has_error());
  CHECK(
      broker.submit_and_wait(police(), issue_command(doubtful_content(v1::GRADE_LEVEL_WARNING))).has_error());
  CHECK(broker.submit_and_wait(police(), issue_command(sample_content({"SE-9999"}))).has_error());
  CHECK(broker.submit_and_wait(police(), issue_command()).has_value());
  REQUIRE(told.size() == 3);
  CHECK(told[0].code == v1::ERROR_CODE_PERSONAL_IDENTIFIER);
  CHECK(told[0].field == "issue.content.texts[0].description");
  CHECK(told[0].rule == admission::PrivacyRule::kTelephone);
  CHECK(told[0].principal == "police");
  CHECK(told[0].time == broker.clock.wall());
  CHECK(told[1].rule == admission::PrivacyRule::kQuasiIdentifier);
  CHECK_FALSE(told[2].rule.has_value());
  CHECK(told[2].code == v1::ERROR_CODE_UNKNOWN_AREA);

  // What comes outside a command and is kept.
  CHECK(broker.admission->check_name(police(), "client_id", "portal-1").has_value());
  check_refused(broker.admission->check_name(police(), "client_id", "kari@example.org"),
                v1::ERROR_CODE_PERSONAL_IDENTIFIER, "client_id");
  REQUIRE(told.size() == 4);
  CHECK(told[3].field == "client_id");
}
