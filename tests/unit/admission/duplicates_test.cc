// Near-duplicates through the door: who is asked, what is linked, who is told.
#include <catch2/catch.hpp>

#include "broker/projections/duplicates.h"
#include "broker/projections/queries.h"
#include "tests/support/refused.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/test_broker.h"

namespace {

using namespace gjallar;
using std::chrono::hours;
using testing::check_refused;
using testing::coordinator;
using testing::customs;
using testing::issue_command;
using testing::police;
using testing::sample_content;
using testing::TestBroker;

struct DuplicateBroker : TestBroker {
  DuplicateBroker() {
    duplicates_within = hours(24 * 14);
    reopen();
    add(testing::sample_service("coordinator-national", {"SE"}, {"coordinator"}));
    add(testing::sample_service("exchange", {"SE-01"}, {"syringe-exchange"}));
  }
};

v1::AlertContent warning(const std::vector<std::string>& areas = {"SE-01"},
                         const std::string& substance = "heroin", const std::string& cas = {}) {
  v1::AlertContent content = sample_content(areas, {"syringe-exchange"}, v1::GRADE_LEVEL_WARNING);
  content.mutable_substances(0)->set_name(substance);
  content.mutable_substances(0)->set_cas_number(cas);
  return content;
}

v1::Alert alert_of(const TestBroker& broker, const std::string& id) {
  return projections::find_alert(broker.log->snapshot()->rows(), id).value()->alert;
}

v1::Event event_at(const TestBroker& broker, core::Seq seq) {
  return log::to_event(broker.log->snapshot()->read(seq).value().record).value();
}

TEST_CASE("a person's alert about what another says already is answered with the list") {
  DuplicateBroker broker;
  const std::string first = broker.issue(warning());
  const auto head = broker.log->head().seq;
  const auto answer = broker.submit_and_wait(police(), issue_command(warning({"SE-0180"}, "diamorfin")));
  check_refused(answer, v1::ERROR_CODE_POSSIBLE_DUPLICATE, "issue.content.substances");
  REQUIRE(answer.error().possible_duplicates.size() == 1);
  CHECK(answer.error().possible_duplicates[0].alert_id == first);
  CHECK(answer.error().possible_duplicates[0].headline == "Heroin med ovanligt hög renhet");
  CHECK(broker.log->head().seq == head);
}

TEST_CASE("a confirmation with a reason lets it through, without a link, and is kept") {
  DuplicateBroker broker;
  broker.issue(warning());
  v1::Command command = issue_command(warning());
  command.mutable_issue()->mutable_confirmation()->set_no_duplicate(true);
  check_refused(broker.submit_and_wait(police(), command), v1::ERROR_CODE_MISSING_FIELD,
                "issue.confirmation.reason");
  command.mutable_issue()->mutable_confirmation()->set_reason("Another colour and another seller.");
  const v1::CommandOutcome outcome = broker.must(police(), command);
  CHECK(outcome.possible_duplicates().empty());
  CHECK(alert_of(broker, outcome.alert_id()).content().possible_duplicate_of().empty());
  CHECK(event_at(broker, outcome.seq()).payload().confirmation().no_duplicate());
}

TEST_CASE("what is urgent is accepted, linked, and shown to the coordinators alone") {
  DuplicateBroker broker;
  const std::string first = broker.must(police(), issue_command()).alert_id();
  const v1::CommandOutcome outcome = broker.must(police(), issue_command());
  REQUIRE(outcome.possible_duplicates_size() == 1);
  CHECK(outcome.possible_duplicates(0).alert_id() == first);
  CHECK(alert_of(broker, outcome.alert_id()).content().possible_duplicate_of(0).alert_id() == first);
  const v1::Event notice = event_at(broker, outcome.seq());
  CHECK(notice.type() == v1::EVENT_TYPE_ALERT_NOTICE);
  CHECK(notice.payload().notice().kind() == v1::NOTICE_KIND_POSSIBLE_DUPLICATE);
  CHECK(notice.payload().notice().possible_duplicate_of(0) == first);
  domain::ServiceSet coordinators;
  coordinators.add(0);
  CHECK(broker.log->snapshot()->read(outcome.seq()).value().targets == coordinators);
}

TEST_CASE("a feed is never asked: what comes on it is accepted and linked") {
  DuplicateBroker broker;
  const std::string first = broker.issue(warning());
  const auto outcome =
      broker.submit_and_wait(police(), issue_command(warning()), "key", admission::Sender::kFeed);
  REQUIRE(outcome.has_value());
  CHECK(outcome.value().possible_duplicates(0).alert_id() == first);
  // The repeat of an item is its first answer, and no duplicate of itself.
  const auto again =
      broker.submit_and_wait(police(), issue_command(warning()), "key", admission::Sender::kFeed);
  CHECK(again.value().duplicate());
  CHECK(again.value().alert_id() == outcome.value().alert_id());
}

TEST_CASE(
    "a repeat names the alerts that it was linked to the first time, and none that its sender named itself") {
  DuplicateBroker broker;
  const std::string first = broker.issue(warning());
  const std::string other = broker.issue(warning({"NO-46"}, "metonitazene"));
  v1::AlertContent content = warning();
  content.add_possible_duplicate_of()->set_alert_id(other);
  const auto send = [&](const domain::Principal& principal) {
    return broker.submit_and_wait(principal, issue_command(content), "key", admission::Sender::kFeed).value();
  };
  const v1::CommandOutcome outcome = send(police());
  REQUIRE(outcome.possible_duplicates_size() == 1);
  broker.reopen();
  const v1::CommandOutcome again = send(police());
  CHECK(again.duplicate());
  REQUIRE(again.possible_duplicates_size() == 1);
  CHECK(again.possible_duplicates(0).alert_id() == first);
  CHECK(again.possible_duplicates(0).reference() == outcome.possible_duplicates(0).reference());
  CHECK(again.possible_duplicates(0).headline() == outcome.possible_duplicates(0).headline());
  // Customs may not see the one of the police, not on a repeat either.
  CHECK(send(customs()).possible_duplicates().empty());
  const v1::CommandOutcome unseen = send(customs());
  CHECK(unseen.duplicate());
  CHECK(unseen.possible_duplicates().empty());
}

TEST_CASE("a repeated report names what it was linked to the first time") {
  DuplicateBroker broker;
  const std::string first = broker.issue(warning({"SE-12"}, "tramadol"));
  const auto report =
      testing::report_command(v1::ALERT_KIND_ADULTERATION, "Tradolan", v1::CERTAINTY_POSSIBLE);
  const auto send = [&] { return broker.submit_and_wait(police(), report, "key").value(); };
  REQUIRE(send().possible_duplicates_size() == 1);
  const v1::CommandOutcome again = send();
  CHECK(again.duplicate());
  REQUIRE(again.possible_duplicates_size() == 1);
  CHECK(again.possible_duplicates(0).alert_id() == first);
}

TEST_CASE("alerts that the sender may not see are not shown: it is accepted, and the coordinators are told") {
  DuplicateBroker broker;
  const std::string first = broker.issue(warning());
  const v1::CommandOutcome outcome = broker.must(customs(), issue_command(warning()));
  CHECK(outcome.possible_duplicates().empty());
  // Its sender sees its content.
  CHECK(alert_of(broker, outcome.alert_id()).content().possible_duplicate_of().empty());
  CHECK(event_at(broker, outcome.seq()).payload().notice().possible_duplicate_of(0) == first);
}

TEST_CASE("what others receive is never linked to a report") {
  DuplicateBroker broker;
  broker.must(police(),
              testing::report_command(v1::ALERT_KIND_ADULTERATION, "Tradolan", v1::CERTAINTY_POSSIBLE));
  broker.clock.advance(std::chrono::seconds(1));
  const auto outcome = broker.submit_and_wait(police(), issue_command(warning({"SE-12"}, "tramadol")), "key",
                                              admission::Sender::kFeed);
  REQUIRE(outcome.has_value());
  CHECK(outcome.value().possible_duplicates().empty());
  CHECK(alert_of(broker, outcome.value().alert_id()).content().possible_duplicate_of().empty());
}

TEST_CASE("a report is never held up: it is linked to alerts and reports about the same") {
  DuplicateBroker broker;
  const std::string first = broker.issue(warning({"SE-12"}, "tramadol"));
  const auto report =
      testing::report_command(v1::ALERT_KIND_ADULTERATION, "Tradolan", v1::CERTAINTY_POSSIBLE);
  broker.clock.advance(std::chrono::seconds(1));
  const std::string one = broker.must(police(), report).alert_id();
  CHECK(alert_of(broker, one).content().possible_duplicate_of_size() == 1);
  broker.clock.advance(std::chrono::seconds(1));
  const std::string two = broker.must(police(), report).alert_id();
  const v1::Alert linked = alert_of(broker, two);
  REQUIRE(linked.content().possible_duplicate_of_size() == 2);
  CHECK(linked.content().possible_duplicate_of(0).alert_id() == one);
  CHECK(linked.content().possible_duplicate_of(1).alert_id() == first);
}

TEST_CASE("an alert that comes of a report isn't held up by it") {
  DuplicateBroker broker;
  broker.must(police(), testing::report_command());
  CHECK(broker.submit_and_wait(coordinator(), issue_command(warning({"SE-12"}, "tramadol"))).has_value());
}

TEST_CASE("who names the other alert knows of it and isn't asked") {
  DuplicateBroker broker;
  const std::string first = broker.issue(warning());
  v1::AlertContent content = warning();
  content.add_references()->set_alert_id(first);
  const v1::CommandOutcome outcome = broker.must(police(), issue_command(content));
  CHECK(alert_of(broker, outcome.alert_id()).content().possible_duplicate_of().empty());
}

TEST_CASE("other substances, other areas, other statuses, ended or old alerts are no duplicates") {
  DuplicateBroker broker;
  const std::string first = broker.issue(warning());
  const auto accepted = [&broker](const v1::AlertContent& content) {
    return broker.submit_and_wait(police(), issue_command(content)).has_value();
  };
  CHECK(accepted(warning({"SE-01"}, "fentanyl")));
  CHECK(accepted(warning({"SE-12"})));
  v1::AlertContent exercise = warning();
  exercise.set_status(v1::STATUS_EXERCISE);
  CHECK(accepted(exercise));
  CHECK_FALSE(accepted(exercise));
  CHECK_FALSE(accepted(warning({"SE"})));
  CHECK_FALSE(accepted(warning({"SE-0180"})));
  broker.must(police(), testing::retract_command(first));
  CHECK(accepted(warning()));
  broker.clock.advance(hours(24 * 14 + 1));
  CHECK(accepted(warning()));
}

TEST_CASE("a message about the network is no duplicate of an alert, nor an alert of it") {
  DuplicateBroker broker;
  v1::AlertContent system = warning();
  system.set_status(v1::STATUS_SYSTEM);
  broker.issue(system);
  CHECK(broker.submit_and_wait(police(), issue_command(system)).has_value());
  const auto alert = broker.submit_and_wait(police(), issue_command(warning()));
  REQUIRE(alert.has_value());
  CHECK(broker.submit_and_wait(police(), issue_command(system)).value().possible_duplicates().empty());
  // It may refer to the alerts it is about.
  system.add_references()->set_alert_id(alert.value().alert_id());
  CHECK(broker.submit_and_wait(police(), issue_command(system)).has_value());
}

TEST_CASE("municipalities of one county don't meet, a country meets its municipalities") {
  DuplicateBroker broker;
  broker.issue(warning({"SE-0180"}));
  CHECK(broker.submit_and_wait(police(), issue_command(warning({"SE-0191"}))).has_value());
  check_refused(broker.submit_and_wait(police(), issue_command(warning({"SE"}))),
                v1::ERROR_CODE_POSSIBLE_DUPLICATE, "issue.content.substances");
  CHECK(broker.submit_and_wait(police(), issue_command(warning({"NO"}))).has_value());
}

TEST_CASE("the newest eight are named, however many there are") {
  DuplicateBroker broker;
  std::vector<std::string> ids;
  for (int i = 0; i < 12; ++i) {
    broker.clock.advance(std::chrono::seconds(1));
    ids.push_back(broker.must(police(), issue_command()).alert_id());
  }
  const auto answer = broker.submit_and_wait(police(), issue_command(warning()));
  REQUIRE(answer.has_error());
  REQUIRE(answer.error().possible_duplicates.size() == 8);
  CHECK(answer.error().possible_duplicates.front().alert_id == ids.back());
  CHECK(answer.error().possible_duplicates.back().alert_id == ids[4]);
}

TEST_CASE("looking for duplicates can be turned off") {
  DuplicateBroker broker;
  broker.duplicates_within = hours(0);
  broker.reopen();
  broker.issue(warning());
  CHECK(alert_of(broker, broker.issue(warning())).content().possible_duplicate_of().empty());
}

TEST_CASE("the index of what is live is the same after a restart and after a rebuild") {
  DuplicateBroker broker;
  broker.issue(warning());
  broker.reopen();
  CHECK(broker.submit_and_wait(police(), issue_command(warning())).has_error());
  CHECK(broker.log->rebuild().value().differences == 0);
  CHECK(broker.submit_and_wait(police(), issue_command(warning())).has_error());
}

TEST_CASE("a preview asks as issuing would") {
  DuplicateBroker broker;
  broker.issue(warning());
  check_refused(broker.admission->preview(police(), issue_command(warning())),
                v1::ERROR_CODE_POSSIBLE_DUPLICATE, "issue.content.substances");
  CHECK(broker.admission->preview(police(), issue_command()).value().possible_duplicates_size() == 1);
}

TEST_CASE("an exercise never refers to what is real, nor what is real to an exercise") {
  DuplicateBroker broker;
  const std::string real = broker.issue(warning());
  v1::AlertContent exercise = warning();
  exercise.set_status(v1::STATUS_EXERCISE);
  const std::string drill = broker.issue(exercise);
  v1::AlertContent bad = exercise;
  bad.add_references()->set_alert_id(real);
  check_refused(broker.submit_and_wait(police(), issue_command(bad)), v1::ERROR_CODE_INVALID_ARGUMENT,
                "issue.content.references[0]");
  bad = exercise;
  bad.add_possible_duplicate_of()->set_alert_id(alert_of(broker, real).reference());
  check_refused(broker.submit_and_wait(police(), issue_command(bad)), v1::ERROR_CODE_INVALID_ARGUMENT,
                "issue.content.possible_duplicate_of[0]");
  bad = warning();
  bad.add_references()->set_alert_id(drill);
  check_refused(broker.submit_and_wait(police(), testing::revise_command(real, bad, {"references"})),
                v1::ERROR_CODE_INVALID_ARGUMENT, "revise.content.references[0]");
}

TEST_CASE("exercises have views of their own, and a substance is found by any of its names") {
  DuplicateBroker broker;
  const std::string real = broker.issue(warning());
  v1::AlertContent exercise = warning();
  exercise.set_status(v1::STATUS_EXERCISE);
  const std::string drill = broker.issue(exercise);
  const auto ids = [&broker](v1::Status status, const std::string& substance) {
    v1::ListAlertsRequest request;
    request.set_status(status);
    request.set_substance(substance);
    const auto listed = projections::list_alerts(*broker.log->snapshot(), coordinator(), request);
    std::vector<std::string> out;
    for (const v1::Alert& alert : listed.value().alerts())
      out.push_back(alert.alert_id());
    return out;
  };
  CHECK(ids(v1::STATUS_UNSPECIFIED, "") == std::vector<std::string>{real});
  CHECK(ids(v1::STATUS_ACTUAL, "") == std::vector<std::string>{real});
  CHECK(ids(v1::STATUS_EXERCISE, "") == std::vector<std::string>{drill});
  CHECK(ids(v1::STATUS_TEST, "").empty());
  CHECK(ids(v1::STATUS_UNSPECIFIED, "heroiini") == std::vector<std::string>{real});
  CHECK(ids(v1::STATUS_UNSPECIFIED, "561-27-3") == std::vector<std::string>{real});
  CHECK(ids(v1::STATUS_UNSPECIFIED, "fentanyl").empty());
}

TEST_CASE("a sender's service is asked by the broker's own timer when the question is due") {
  DuplicateBroker broker;
  admission::Expirer expirer(*broker.admission, *broker.log, broker.clock);
  v1::AlertContent content = warning();
  *content.mutable_expires() = core::to_timestamp(broker.clock.wall() + hours(8));
  const std::string id = broker.must(coordinator(), issue_command(content)).alert_id();
  const core::Seq issued = broker.log->head().seq;
  CHECK(expirer.run_once() == 0);
  broker.clock.advance(hours(6));
  CHECK(projections::next_question(broker.log->snapshot()->rows()).value() == broker.clock.wall());
  CHECK(expirer.run_once() == 1);
  broker.must(police(), issue_command(warning({"NO"})));  // after it in the log
  CHECK(event_at(broker, issued + 1).payload().notice().kind() == v1::NOTICE_KIND_EXPIRES_SOON);
  CHECK(alert_of(broker, id).has_expiry_asked());
  CHECK(expirer.run_once() == 0);
  CHECK_FALSE(projections::next_question(broker.log->snapshot()->rows()).value() == broker.clock.wall());
}

}  // namespace
