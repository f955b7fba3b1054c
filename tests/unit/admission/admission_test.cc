#include "broker/admission/admission.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <future>
#include <vector>

#include "broker/core/identity.h"
#include "broker/projections/alerts.h"
#include "tests/support/refused.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/test_broker.h"

using namespace gjallar;
using namespace gjallar::testing;

TEST_CASE("the answer to a command tells where it is in the log and how many it concerns") {
  TestBroker broker;
  broker.add(sample_service("clinic-one"));
  broker.add(sample_service("clinic-two", {"NO-46"}));
  broker.clock.advance(std::chrono::seconds(3));
  const v1::CommandOutcome outcome = broker.submit_and_wait(police(), issue_command(), "k1").value();
  CHECK(outcome.seq() == broker.log->head().seq);
  CHECK(core::is_uuid(outcome.alert_id()));
  CHECK(outcome.reference() == core::reference_of(core::AlertId(outcome.alert_id())));
  CHECK(outcome.version() == 1);
  CHECK(core::from_timestamp(outcome.time()) == broker.clock.wall());
  CHECK(outcome.services_concerned() == 1);
  CHECK_FALSE(outcome.duplicate());
  CHECK(core::parse_cursor(outcome.cursor()) == core::Cursor{broker.log->id(), outcome.seq()});

  const v1::CommandOutcome registered =
      broker.submit_and_wait(operator_principal(), register_command(sample_service("clinic-three"))).value();
  CHECK(registered.alert_id().empty());
  CHECK(registered.reference().empty());
  CHECK(registered.services_concerned() == 1);
}

TEST_CASE("a repeat returns the first answer marked duplicate, after a restart too") {
  TestBroker broker;
  broker.add(sample_service("clinic-one"));
  v1::CommandOutcome first = broker.submit_and_wait(police(), issue_command(), "k1").value();
  const core::Seq head = broker.log->head().seq;
  broker.clock.advance(std::chrono::hours(1));
  for (int round = 0; round < 2; ++round) {
    const v1::CommandOutcome again = broker.submit_and_wait(police(), issue_command(), "k1").value();
    CHECK(again.duplicate());
    first.set_duplicate(true);
    CHECK(again.SerializeAsString() == first.SerializeAsString());
    CHECK(broker.log->head().seq == head);
    broker.reopen();
  }
  check_refused(broker.submit_and_wait(police(), issue_command(sample_content({"SE-12"})), "k1"),
                v1::ERROR_CODE_IDEMPOTENCY_KEY_REUSED, "idempotency_key");
}

TEST_CASE("a key is its principal's: another's command with the same key is a command of its own") {
  TestBroker broker;
  const auto first = broker.submit_and_wait(police(), issue_command(), "k1").value();
  const auto other = broker.submit_and_wait(customs(), issue_command(), "k1").value();
  CHECK_FALSE(other.duplicate());
  CHECK(other.alert_id() != first.alert_id());
}

TEST_CASE("nothing refused is stored, nor the text that was refused") {
  TestBroker broker;
  const core::Seq head = broker.log->head().seq;
  v1::AlertContent content = sample_content();
  content.mutable_texts(0)->set_description("Person 811218-9876");
  const auto refused = broker.submit_and_wait(police(), issue_command(content), "k1");
  check_refused(refused, v1::ERROR_CODE_PERSONAL_IDENTIFIER, "issue.content.texts[0].description");
  CHECK(core::to_text(refused.error()).find("9876") == std::string::npos);
  CHECK(broker.log->head().seq == head);
  // The key wasn't used up: the corrected command goes through under it.
  CHECK_FALSE(broker.submit_and_wait(police(), issue_command(), "k1").value().duplicate());
}

TEST_CASE("fields that this broker doesn't know are not stored, since nobody has checked them") {
  TestBroker broker;
  v1::Command command = issue_command();
  auto* text = command.mutable_issue()->mutable_content()->mutable_texts(0);
  text->GetReflection()->MutableUnknownFields(text)->AddLengthDelimited(999, "Person 811218-9876");
  const auto outcome = broker.submit_and_wait(police(), command).value();
  const auto event = broker.log->snapshot()->read(outcome.seq()).value();
  CHECK(event.record.payload->bytes.find("9876") == std::string::npos);
}

TEST_CASE("who lacks the right learns nothing of the log") {
  TestBroker broker;
  broker.add(sample_service("clinic-one"));
  const std::string id = broker.issue(sample_content());
  const domain::Principal clinic = service_principal("clinic-one");
  check_refused(broker.submit_and_wait(clinic, issue_command()), v1::ERROR_CODE_PERMISSION_DENIED, "issue");
  const auto real = broker.submit_and_wait(clinic, retract_command(id));
  const auto absent = broker.submit_and_wait(clinic, retract_command("0190b8f0-0000-7000-8000-000000000000"));
  check_refused(real, v1::ERROR_CODE_PERMISSION_DENIED, "retract");
  CHECK(core::to_text(real.error()) == core::to_text(absent.error()));
  check_refused(broker.submit_and_wait(police(), register_command(sample_service("clinic-new"))),
                v1::ERROR_CODE_PERMISSION_DENIED, "register_service");
  // With the right in general, but not over this alert.
  check_refused(broker.submit_and_wait(customs(), retract_command(id)), v1::ERROR_CODE_NOT_FOUND,
                "retract.alert_id");
}

TEST_CASE("an alert is named by its reference as well as by its id") {
  TestBroker broker;
  const auto issued = broker.submit_and_wait(police(), issue_command()).value();
  const auto graded =
      broker.submit_and_wait(police(), grade_command(issued.reference(), v1::GRADE_LEVEL_WARNING, 1)).value();
  CHECK(graded.alert_id() == issued.alert_id());
  CHECK(graded.version() == 2);
  const auto stale =
      broker.submit_and_wait(police(), grade_command(issued.reference(), v1::GRADE_LEVEL_INFORMATION, 1));
  check_refused(stale, v1::ERROR_CODE_STALE_VERSION, "grade.expected_version");
  CHECK(stale.error().current_version == 2);
}

TEST_CASE("of many changes on the same version, exactly one is taken") {
  TestBroker broker;
  const std::string id = broker.issue(sample_content());
  std::vector<std::future<core::Result<v1::CommandOutcome>>> answers;
  for (int i = 0; i < 8; ++i) {
    auto promise = std::make_shared<std::promise<core::Result<v1::CommandOutcome>>>();
    answers.push_back(promise->get_future());
    v1::AlertContent content = sample_content();
    content.mutable_texts(0)->set_headline("Rubrik nummer " + std::to_string(i));
    broker.admission->submit(
        police(), revise_command(id, content, {}, 1), {},
        [promise](core::Result<v1::CommandOutcome> outcome) { promise->set_value(std::move(outcome)); });
  }
  int taken = 0;
  for (auto& answer : answers) {
    const auto outcome = answer.get();
    taken += outcome ? 1 : 0;
    if (!outcome) CHECK(outcome.error().code == v1::ERROR_CODE_STALE_VERSION);
  }
  CHECK(taken == 1);
}

TEST_CASE("a preview says what would happen and stores nothing") {
  TestBroker broker;
  broker.add(sample_service("clinic-one"));
  broker.add(sample_service("clinic-two", {"SE-12"}));
  const core::Seq head = broker.log->head().seq;
  const auto issue = broker.admission->preview(police(), issue_command(sample_content({"SE"}))).value();
  CHECK(issue.services_concerned() == 2);
  CHECK(issue.seq() == 0);
  CHECK(issue.version() == 1);
  CHECK(issue.alert_id().empty());
  CHECK(broker.log->head().seq == head);

  v1::AlertContent content = sample_content();
  content.mutable_texts(0)->set_headline("Person 811218-9876");
  check_refused(broker.admission->preview(police(), issue_command(content)),
                v1::ERROR_CODE_PERSONAL_IDENTIFIER, "issue.content.texts[0].headline");
  check_refused(broker.admission->preview(police(), issue_command(sample_content({"SE-999"}))),
                v1::ERROR_CODE_UNKNOWN_AREA, "issue.content.audience.groups[0].areas[0]");

  const std::string id = broker.issue(sample_content({"SE-01"}));
  const auto moved =
      broker.admission->preview(police(), revise_command(id, sample_content({"SE-12"}), {"audience"}))
          .value();
  CHECK(moved.services_concerned() == 2);  // who holds it, and who will
  CHECK(moved.version() == 2);
  CHECK(moved.alert_id() == id);
  CHECK(broker.admission->preview(operator_principal(), register_command(sample_service("clinic-three")))
            .value()
            .services_concerned() == 1);
}

TEST_CASE("a failed disk leaves the outcome unknown, and the same key tells it afterwards") {
  TestBroker broker;
  broker.fail_writes = true;
  const auto unknown = broker.submit_and_wait(police(), issue_command(), "k1");
  check_refused(unknown, v1::ERROR_CODE_OUTCOME_UNKNOWN, "");
  broker.fail_writes = false;
  broker.reopen();
  const auto again = broker.submit_and_wait(police(), issue_command(), "k1").value();
  CHECK_FALSE(again.duplicate());  // this write never reached the disk
  CHECK(again.seq() == broker.log->head().seq);
}
