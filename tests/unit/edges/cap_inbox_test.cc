#include "tests/unit/edges/cap_world.h"

#include "broker/admission/admission.h"
#include "broker/edges/cap/feed.h"
#include "broker/edges/cap/writer.h"

using namespace gjallar;
using testing::CapWorld;
using testing::coordinator;
using testing::ForeignMessage;
using testing::laboratory;
using testing::police;
using testing::TestBroker;

namespace {

ForeignMessage follow_up(const ForeignMessage& before, const std::string& type,
                         const std::string& identifier) {
  ForeignMessage message = before;
  message.identifier = identifier;
  message.type = type;
  message.references = before.triple();
  return message;
}

void check_fault(const core::Result<edges::cap::Published>& published, core::Code code,
                 const std::string& element) {
  REQUIRE(published.has_error());
  INFO(core::to_text(published.error()));
  CHECK(core::code_name(published.error().code) == core::code_name(code));
  CHECK(published.error().field == element);
  CHECK_FALSE(published.error().advice.empty());
}

}  // namespace

TEST_CASE("an Alert issues, an Update revises, one of the grade alone grades, a Cancel retracts") {
  CapWorld world;
  const ForeignMessage first;
  const auto issued = world.must(police(), first.xml());
  CHECK(issued.action == "issue");
  CHECK(issued.outcome.version() == 1);
  const std::string id = issued.outcome.alert_id();
  CHECK(world.alert(id).sender() == "police");
  CHECK(world.alert(id).content().cap().messages(0) == first.triple());

  ForeignMessage revised = follow_up(first, "Update", "vma-2");
  revised.headline = "Mycket starkt heroin";
  revised.note = "Analyserat.";
  const auto second = world.must(police(), revised.xml());
  CHECK(second.action == "revise");
  CHECK(second.outcome.alert_id() == id);
  CHECK(world.alert(id).content().texts(0).headline() == "Mycket starkt heroin");
  CHECK(world.alert(id).content().cap().messages_size() == 2);

  ForeignMessage graded = follow_up(revised, "Update", "vma-3");
  graded.severity = "Minor";
  const auto third = world.must(police(), graded.xml());
  CHECK(third.action == "grade");
  CHECK(world.alert(id).content().grade().severity() == v1::SEVERITY_MINOR);

  // It references the message that graded alone, which the content doesn't hold.
  ForeignMessage cancel = follow_up(graded, "Cancel", "vma-4");
  cancel.severity = "Minor";
  cancel.note = "Fel uppgift.";
  const auto fourth = world.must(police(), cancel.xml());
  CHECK(fourth.action == "retract");
  CHECK(world.alert(id).phase() == v1::PHASE_RETRACTED);
  CHECK(world.message(fourth.outcome.seq()).find("<note>Fel uppgift.</note>") != std::string::npos);
}

TEST_CASE("a repeat of a message is answered as the first time, whatever happened since") {
  CapWorld world;
  const ForeignMessage first;
  const auto issued = world.must(police(), first.xml());
  ForeignMessage update = follow_up(first, "Update", "vma-2");
  update.headline = "Nytt";
  const auto revised = world.must(police(), update.xml());
  ForeignMessage cancel = follow_up(update, "Cancel", "vma-3");
  const auto retracted = world.must(police(), cancel.xml());
  const auto again = [&world](const ForeignMessage& message, const edges::cap::Published& before) {
    const auto repeated = world.must(police(), message.xml());
    CHECK(repeated.outcome.duplicate());
    CHECK(repeated.outcome.seq() == before.outcome.seq());
  };
  again(first, issued);
  again(update, revised);
  again(cancel, retracted);
  update.headline = "Något annat";
  check_fault(world.publish(police(), update.xml()), v1::ERROR_CODE_IDEMPOTENCY_KEY_REUSED,
              "idempotency_key");
}

TEST_CASE("references to none or several live alerts are refused with the list") {
  CapWorld world;
  const ForeignMessage one;
  ForeignMessage two;
  two.identifier = "vma-2";
  const auto first = world.must(police(), one.xml());
  const auto second = world.must(police(), two.xml());
  ForeignMessage both = follow_up(one, "Cancel", "vma-3");
  both.references += " " + two.triple();
  const auto several = world.publish(police(), both.xml());
  check_fault(several, v1::ERROR_CODE_INVALID_ARGUMENT, "alert/references");
  CHECK(several.error().message.find(first.outcome.reference()) != std::string::npos);
  CHECK(several.error().message.find(second.outcome.reference()) != std::string::npos);

  ForeignMessage unknown = follow_up(one, "Update", "vma-4");
  unknown.references = "vma@example.org,vma-99,2026-01-01T00:00:00-00:00";
  check_fault(world.publish(police(), unknown.xml()), v1::ERROR_CODE_NOT_FOUND, "alert/references");
  unknown.references.clear();
  check_fault(world.publish(police(), unknown.xml()), v1::ERROR_CODE_MISSING_FIELD, "alert/references");

  world.must(police(), follow_up(one, "Cancel", "vma-5").xml());
  const auto ended = world.publish(police(), follow_up(one, "Update", "vma-6").xml());
  check_fault(ended, v1::ERROR_CODE_NOT_FOUND, "alert/references");
  CHECK(ended.error().message.find(first.outcome.reference() + " (retracted)") != std::string::npos);
  both.identifier = "vma-7";  // one of the two is live now
  CHECK(world.must(police(), both.xml()).outcome.alert_id() == second.outcome.alert_id());
}

TEST_CASE("an exercise, a test or a draft never touches an actual alert, nor the other way round") {
  CapWorld world;
  const auto own = [](const char* name, const char* value) {
    return std::string("<parameter><valueName>gjallar:") + name + "</valueName><value>" + value +
           "</value></parameter>\n";
  };
  const std::string observed =
      own("seq", "7") + own("event", "alert-observed") +
      own("observation", "{&quot;area&quot;:&quot;SE-0180&quot;,&quot;count&quot;:&quot;2&quot;}");
  const std::string concluded =
      own("seq", "7") + own("event", "alert-concluded") + own("report-outcome", "no-action");
  const std::vector<std::pair<std::string, std::string>> kinds = {
      {"Cancel", ""}, {"Update", observed}, {"Update", concluded}, {"Update", ""}};
  int number = 100;
  const auto check_untouched = [&](const std::string& stands, const std::string& sent) {
    ForeignMessage first;
    first.identifier = "status-" + std::to_string(++number);
    first.status = stands;
    const std::string id = world.must(coordinator(), first.xml()).outcome.alert_id();
    const core::Seq before = world.world.broker.log->head().seq;
    for (const auto& [type, extra] : kinds) {
      ForeignMessage other = follow_up(first, type, "status-" + std::to_string(++number));
      other.status = sent;
      other.extra = extra;
      other.severity = "Minor";
      INFO(stands << " hears of " << type << " with " << sent << " " << extra);
      check_fault(world.publish(coordinator(), other.xml()), v1::ERROR_CODE_INVALID_ARGUMENT, "alert/status");
      check_fault(world.publish(coordinator(), other.xml(), {}, true), v1::ERROR_CODE_INVALID_ARGUMENT,
                  "alert/status");
    }
    CHECK(world.world.broker.log->head().seq == before);
    CHECK(world.alert(id).phase() == v1::PHASE_LIVE);
    CHECK(world.alert(id).version() == 1);
    CHECK(world.must(coordinator(), follow_up(first, "Cancel", "status-" + std::to_string(++number)).xml())
              .action == "retract");
  };
  for (const char* status : {"Exercise", "Test", "Draft", "System"}) {
    check_untouched("Actual", status);
    check_untouched(status, "Actual");
  }
  check_untouched("Exercise", "Test");
}

TEST_CASE("a repeat with another status is refused too, on the alert as it stood") {
  CapWorld world;
  const ForeignMessage first;
  world.must(police(), first.xml());
  ForeignMessage cancel = follow_up(first, "Cancel", "vma-2");
  world.must(police(), cancel.xml());
  cancel.status = "Exercise";
  const auto repeated = world.publish(police(), cancel.xml());
  check_fault(repeated, v1::ERROR_CODE_INVALID_ARGUMENT, "alert/status");
  CHECK(repeated.error().message.rfind("Line 5: ", 0) == 0);
}

TEST_CASE("an alert of this broker is updated by the identifier of any of its messages") {
  CapWorld world;
  const std::string id = world.world.broker.issue(testing::sample_content({"SE-01"}, {"syringe-exchange"}));
  const core::Seq seq = world.world.broker.log->head().seq;
  ForeignMessage update;
  update.type = "Update";
  update.references = "anyone," + core::to_text(core::Cursor{world.world.broker.log->id(), seq}) +
                      ",2026-01-01T00:00:00-00:00";
  update.severity = "Extreme";
  const auto published = world.must(police(), update.xml());
  CHECK(published.outcome.alert_id() == id);
  const v1::AlertContent content = world.alert(id).content();
  CHECK(content.texts(0).headline() == "Starkt heroin");
  CHECK(content.substances_size() == 1);  // what CAP's elements can't say stays
  CHECK(content.kind() == v1::ALERT_KIND_HIGH_POTENCY);
  CHECK(content.audience().groups(0).roles(0) == "syringe-exchange");
}

TEST_CASE("rights are the ordinary ones") {
  CapWorld world;
  const ForeignMessage first;
  const auto clinic = testing::service_principal("laro-malmo");
  check_fault(world.publish(clinic, first.xml()), v1::ERROR_CODE_PERMISSION_DENIED, "issue");
  world.must(police(), first.xml());
  // Stockholm's alert isn't Malmö's to know of.
  check_fault(world.publish(clinic, follow_up(first, "Cancel", "vma-2").xml()), v1::ERROR_CODE_NOT_FOUND,
              "alert/references");
  check_fault(world.publish(testing::customs(), follow_up(first, "Cancel", "vma-3").xml()),
              v1::ERROR_CODE_NOT_FOUND, "alert/references");
  CHECK(world.must(coordinator(), follow_up(first, "Cancel", "vma-4").xml()).action == "retract");
}

TEST_CASE("Ack and Error are answered without an event, and trying stores nothing") {
  CapWorld world;
  const core::Seq before = world.world.broker.log->head().seq;
  for (const char* type : {"Ack", "Error"}) {
    ForeignMessage message;
    message.type = type;
    const auto answered = world.must(police(), message.xml());
    CHECK(answered.action == "none");
    CHECK(answered.outcome.seq() == 0);
  }
  const auto tried = world.publish(police(), ForeignMessage().xml(), {}, true);
  REQUIRE(tried.has_value());
  CHECK(tried->outcome.services_concerned() == 1);
  CHECK(world.world.broker.log->head().seq == before);
}

TEST_CASE("the privacy gate sees every text of a message, and says where, never what") {
  CapWorld world;
  const core::Seq before = world.world.broker.log->head().seq;
  const std::string number = "19811218-9876";
  const auto refused = [&](ForeignMessage message, const std::string& element) {
    const auto published = world.publish(police(), message.xml());
    check_fault(published, v1::ERROR_CODE_PERSONAL_IDENTIFIER, element);
    CHECK(core::to_text(published.error()).find("9876") == std::string::npos);
  };
  ForeignMessage message;
  message.headline = "Nummer " + number;
  refused(message, "alert/info[1]/headline");
  message = {};
  message.note = number;
  refused(message, "alert/note");
  for (const auto& [extra, element] : std::vector<std::pair<std::string, std::string>>{
           {"<senderName>" + number + "</senderName>", "alert/info[1]/senderName"},
           {"<web>https://example.org/" + number + "</web>", "alert/info[1]/web"},
           {"<contact>" + number + "</contact>", "alert/info[1]/contact"},
           {"<parameter><valueName>a</valueName><value>" + number + "</value></parameter>",
            "alert/info[1]/parameter[1]"},
           {"<parameter><valueName>gjallar:text.sms</valueName><value>" + number + "</value></parameter>",
            "alert/info[1]/parameter[1]"},
           {"<resource><resourceDesc>" + number + "</resourceDesc><mimeType>image/png</mimeType></resource>",
            "alert/info[1]/resource[1]"},
           {"<resource><resourceDesc>x</resourceDesc><mimeType>image/png</mimeType><uri>https://"
            "example.org/" +
                number + ".png</uri></resource>",
            "alert/info[1]/resource[1]"},
           {"<resource><resourceDesc>x</resourceDesc><mimeType>text/plain</mimeType><derefUri>"
            "MTk4MTEyMTgtOTg3Ng==</derefUri></resource>",
            "alert/info[1]/resource[1]"},
           {"<x:a xmlns:x='urn:x'>19811218<x:b/>-9876</x:a>", "alert/info[1]/*"},
           {"<area><areaDesc>" + number + "</areaDesc></area>", "alert/info[1]/area[1]/areaDesc"}}) {
    message = {};
    message.extra = extra;
    refused(message, element);
  }
  message = {};
  message.extra = "<contact>Larmcentralen, larm@example.org</contact>";
  CHECK(world.publish(police(), message.xml(), {}, true).has_value());
  CHECK(world.world.broker.log->head().seq == before);
}

TEST_CASE("a person's number in what names a message is refused where it stands, and stored nowhere") {
  CapWorld world;
  const ForeignMessage first;
  world.must(police(), first.xml());
  const core::Seq before = world.world.broker.log->head().seq;
  const auto refused = [&](const std::string& document, const std::string& element) {
    for (const bool validate_only : {false, true}) {
      const auto published = world.publish(police(), document, {}, validate_only);
      check_fault(published, v1::ERROR_CODE_PERSONAL_IDENTIFIER, element);
      CHECK(published.error().message.find("a Swedish personal") != std::string::npos);
      CHECK(core::to_text(published.error()).find("9802") == std::string::npos);
    }
  };
  ForeignMessage message;
  message.identifier = "900101-9802";
  refused(message.xml(), "alert/identifier");
  message = follow_up(first, "Update", "199001019802");
  message.headline = "Nytt";
  refused(message.xml(), "alert/identifier");
  const std::string sender = "vma@example.org";
  std::string document = ForeignMessage().xml();
  document.replace(document.find(sender), sender.size(), "900101-9802");
  refused(document, "alert/sender");
  for (const char* element : {"altitude", "ceiling"}) {
    message = {};
    message.identifier = "vma-2";
    message.extra =
        std::string("<area><areaDesc>x</areaDesc><") + element + ">900101-9802</" + element + "></area>";
    check_fault(world.publish(police(), message.xml()), v1::ERROR_CODE_INVALID_ARGUMENT,
                std::string("alert/info[1]/area[1]/") + element);
  }
  CHECK(world.world.broker.log->head().seq == before);
}

TEST_CASE("only a CAP message says which messages an alert came from and how it was signed") {
  CapWorld world;
  TestBroker& broker = world.world.broker;
  v1::AlertContent content = testing::sample_content();
  content.mutable_cap()->add_messages("a@example.org,b-1,2026-06-10T12:34:00-00:00");
  const auto refused = [&](const v1::Command& command, const std::string& field) {
    for (const auto& outcome : {broker.submit_and_wait(police(), command),
                                broker.submit_and_wait(police(), command, {}, admission::Sender::kFeed),
                                broker.admission->preview(police(), command)}) {
      REQUIRE(outcome.has_error());
      INFO(core::to_text(outcome.error()));
      CHECK(outcome.error().code == v1::ERROR_CODE_INVALID_ARGUMENT);
      CHECK(outcome.error().field == field);
    }
  };
  refused(testing::issue_command(content), "issue.content.cap.messages");
  v1::Command report = testing::report_command();
  *report.mutable_report()->mutable_details()->mutable_cap() = content.cap();
  refused(report, "report.details.cap.messages");
  content.mutable_cap()->clear_messages();
  content.mutable_cap()->mutable_signature()->set_state(v1::CAP_SIGNATURE_STATE_VERIFIED);
  refused(testing::issue_command(content), "issue.content.cap.signature");

  // What came by CAP is carried back unchanged, or not at all.
  const ForeignMessage first;
  const std::string id = world.must(police(), first.xml()).outcome.alert_id();
  content = world.alert(id).content();
  REQUIRE(content.cap().messages_size() == 1);
  content.mutable_texts(0)->set_headline("Ny rubrik");
  CHECK(broker.submit_and_wait(police(), testing::revise_command(id, content)).has_value());
  content.mutable_cap()->set_messages(0, "a@example.org,b-1,2026-06-10T12:34:00-00:00");
  refused(testing::revise_command(id, content), "revise.content.cap.messages");
  content.mutable_cap()->set_messages(0, first.triple());
  content.mutable_cap()->mutable_signature()->set_state(v1::CAP_SIGNATURE_STATE_VERIFIED);
  refused(testing::revise_command(id, content, {"cap"}), "revise.content.cap.signature");
  content.mutable_texts(0)->set_headline("Nyaste rubriken");
  CHECK(broker.submit_and_wait(police(), testing::revise_command(id, content, {"texts"})).has_value());
  CHECK_FALSE(world.alert(id).content().cap().has_signature());
  CHECK(world.alert(id).content().cap().messages(0) == first.triple());
}

TEST_CASE("a message names all earlier ones of its alert, and is seen by whom it concerned") {
  CapWorld world;
  TestBroker& broker = world.world.broker;
  const auto clinic = testing::service_principal("laro-malmo");
  const std::string id = broker.issue(testing::sample_content({"SE-01"}, {"syringe-exchange"}));
  const core::Seq first = broker.log->head().seq;
  broker.clock.advance(std::chrono::seconds(90));
  const core::Seq second =
      broker.must(police(), testing::widen_command(id, testing::sample_audience({"SE-12"}, {"laro"}))).seq();
  const auto identifier = [&](core::Seq seq) { return core::to_text(core::Cursor{broker.log->id(), seq}); };
  const std::string reference = "urn:gjallar:" + broker.log->id().value() + "," + identifier(first) + ",";
  const core::Seq third = broker.must(police(), testing::retract_command(id)).seq();
  CHECK(world.message(first).find("<references>") == std::string::npos);
  CHECK(world.message(second).find("<references>" + reference) != std::string::npos);
  const std::string last = world.message(third);
  CHECK(last.find(reference) != std::string::npos);
  CHECK(last.find("," + identifier(second) + ",") != std::string::npos);
  CHECK(last.find("<msgType>Cancel</msgType>") != std::string::npos);

  const auto snapshot = broker.log->snapshot();
  const auto seen = [&](const domain::Principal& principal, core::Seq seq) {
    return edges::cap::message_of(*snapshot, broker.log->id(), {}, principal, identifier(seq)).has_value();
  };
  CHECK_FALSE(seen(clinic, first));  // Malmö was told from the widening on
  CHECK(seen(clinic, second));
  CHECK(seen(clinic, third));
  CHECK(seen(testing::service_principal("exchange-stockholm"), first));
  CHECK_FALSE(seen(testing::customs(), first));
  CHECK_FALSE(seen(coordinator(), 1));  // about a service
  CHECK_FALSE(seen(coordinator(), third + 1));

  edges::cap::FeedRequest request;
  const auto feed = [&](const domain::Principal& principal) {
    const auto page = edges::cap::feed_page(*snapshot, broker.log->id(), principal, request);
    REQUIRE(page.has_value());
    std::size_t count = 0;
    for (std::size_t at = page->find("<entry>"); at != std::string::npos; at = page->find("<entry>", at + 1))
      ++count;
    return count;
  };
  CHECK(feed(coordinator()) == 3);
  CHECK(feed(clinic) == 2);
  request.area = "SE-1280";
  CHECK(feed(coordinator()) == 2);
  request.role = "police";
  CHECK(feed(coordinator()) == 0);
  request = {};
  request.before = second;
  CHECK(feed(coordinator()) == 1);
  request = {};
  request.grade = v1::GRADE_LEVEL_URGENT;
  CHECK(feed(coordinator()) == 3);  // the retraction reaches who held the urgent alert
}

TEST_CASE("messages of one broker make the same alert at another, whoever holds the rights there") {
  CapWorld here(1);
  CapWorld there(2);
  TestBroker& broker = here.world.broker;
  const auto pass_on = [&](const domain::Principal& principal) {
    return there.must(principal, here.message(broker.log->head().seq));
  };
  v1::AlertContent content =
      testing::sample_content({"SE-01"}, {"syringe-exchange"}, v1::GRADE_LEVEL_WARNING);
  const std::string id = broker.issue(content);
  const std::string copy = pass_on(police()).outcome.alert_id();
  const auto same = [&] {
    v1::Alert a = here.alert(id);
    v1::Alert b = there.alert(copy);
    for (v1::Alert* alert : {&a, &b}) {
      alert->clear_alert_id();
      alert->clear_reference();
      alert->clear_sent();
      alert->clear_changed();
      alert->mutable_content()->clear_cap();
    }
    CHECK(a.DebugString() == b.DebugString());
  };
  same();
  content.mutable_substances(0)->set_name("metonitazen");
  content.mutable_substances(0)->clear_cas_number();
  broker.must(laboratory(), testing::revise_command(id, content, {"substances"}));
  CHECK(pass_on(laboratory()).action == "revise");
  same();
  broker.must(coordinator(), testing::grade_command(id, v1::GRADE_LEVEL_URGENT));
  check_fault(there.publish(police(), here.message(broker.log->head().seq)), v1::ERROR_CODE_PERMISSION_DENIED,
              "alert/info[1]/urgency");
  CHECK(pass_on(coordinator()).action == "grade");
  same();
  broker.must(coordinator(), testing::widen_command(id, testing::sample_audience({"SE-12"}, {"laro"})));
  pass_on(coordinator());
  same();
  const auto clinic = testing::service_principal("laro-malmo");
  broker.must(clinic, testing::observe_command(id, "SE-1280", 2));
  CHECK(pass_on(clinic).action == "observe");
  same();
  CHECK(pass_on(clinic).outcome.duplicate());
  broker.must(police(), testing::retract_command(id));
  CHECK(pass_on(police()).action == "retract");
  same();
}

TEST_CASE("an expiry is passed on as what it is, and asks the next broker for nothing") {
  CapWorld here(1);
  CapWorld there(2);
  TestBroker& broker = here.world.broker;
  const std::string id = broker.issue(testing::sample_content());
  const std::string copy = there.must(police(), here.message(broker.log->head().seq)).outcome.alert_id();
  broker.clock.advance(std::chrono::hours(24 * 20));
  broker.must(domain::broker_principal(), testing::expire_command(id));
  const std::string message = here.message(broker.log->head().seq);
  CHECK(message.find("<msgType>Update</msgType>") != std::string::npos);
  CHECK(message.find("<value>expired</value>") != std::string::npos);
  CHECK(there.must(coordinator(), message).action == "none");
  CHECK(there.alert(copy).phase() == v1::PHASE_LIVE);  // it expires there by its own clock
}
