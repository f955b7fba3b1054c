// Near-duplicates of a change: what makes an alert meet another is asked about as issuing it would be.
#include <catch2/catch.hpp>

#include "broker/log/record.h"
#include "broker/projections/alerts.h"
#include "tests/support/refused.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/test_broker.h"

namespace {

using namespace gjallar;
using testing::check_refused;
using testing::police;
using testing::revise_command;
using testing::sample_audience;
using testing::widen_command;
using Areas = std::vector<std::string>;

constexpr v1::ErrorCode kAsked = v1::ERROR_CODE_POSSIBLE_DUPLICATE;

v1::AlertContent about(const std::string& substance, const Areas& areas = {"SE-01"},
                       v1::GradeLevel level = v1::GRADE_LEVEL_WARNING) {
  v1::AlertContent content = testing::sample_content(areas, {"syringe-exchange"}, level);
  content.mutable_substances(0)->set_name(substance);
  content.mutable_substances(0)->clear_cas_number();
  return content;
}

/// One alert about heroin in Stockholm, whose id is `first`.
struct ChangeBroker : testing::TestBroker {
  explicit ChangeBroker(v1::GradeLevel level = v1::GRADE_LEVEL_WARNING) {
    duplicates_within = std::chrono::hours(24 * 14);
    reopen();
    add(testing::sample_service("coordinator-national", {"SE"}, {"coordinator"}));
    add(testing::sample_service("exchange", {"SE-01"}, {"syringe-exchange"}));
    first = issue(about("heroin", {"SE-01"}, level));
  }
  [[nodiscard]] v1::AlertContent content(const std::string& id) const {
    return projections::find_alert(log->snapshot()->rows(), id).value()->alert.content();
  }
  void check_asks(const v1::Command& command, const std::string& field,
                  const domain::Principal& principal = police()) {
    const core::Seq head = log->head().seq;
    const auto answer = submit_and_wait(principal, command);
    check_refused(answer, kAsked, field);
    REQUIRE(answer.error().possible_duplicates.size() == 1);
    CHECK(answer.error().possible_duplicates[0].alert_id == first);
    CHECK(log->head().seq == head);
    check_refused(admission->preview(principal, command), kAsked, field);
  }
  std::string first;
};

template <typename Change>
void confirm(Change& change) {
  change.mutable_confirmation()->set_no_duplicate(true);
  change.mutable_confirmation()->set_reason("Another colour and another seller.");
}

TEST_CASE("a revision whose substances make it meet another alert asks, and a confirmation is for good") {
  ChangeBroker broker;
  const std::string id = broker.issue(about("fentanyl"));
  v1::Command command = revise_command(id, about("diamorfin"), {"substances"});
  broker.check_asks(command, "revise.content.substances");
  command.mutable_revise()->mutable_confirmation()->set_no_duplicate(true);
  check_refused(broker.submit_and_wait(police(), command), v1::ERROR_CODE_MISSING_FIELD,
                "revise.confirmation.reason");
  confirm(*command.mutable_revise());
  CHECK(broker.must(police(), command).possible_duplicates().empty());
  CHECK(broker.content(id).possible_duplicate_of().empty());

  v1::AlertContent more = broker.content(id);
  more.add_substances()->set_name("koffein");
  broker.must(police(), revise_command(id, more));
  broker.must(police(), widen_command(id, sample_audience({"SE-03"}, {"laro"})));
  CHECK(broker.content(id).possible_duplicate_of().empty());
}

TEST_CASE("a revision or a widening whose areas make it meet another alert asks") {
  ChangeBroker broker;
  const std::string id = broker.issue(about("heroin", {"SE-12"}));
  broker.check_asks(revise_command(id, about("heroin", {"SE-0180"}), {"audience"}),
                    "revise.content.substances");
  v1::Command widen = widen_command(id, sample_audience({"SE-0180"}, {"laro"}));
  broker.check_asks(widen, "widen.audience");
  broker.must(police(), revise_command(id, about("heroin", {"SE-14"}), {"audience"}));
  confirm(*widen.mutable_widen());
  CHECK(broker.must(police(), widen).possible_duplicates().empty());
}

TEST_CASE("a laboratory's correction of what a substance is asks too") {
  ChangeBroker broker;
  const std::string id = broker.issue(about("fentanyl"));
  broker.check_asks(revise_command(id, about("heroin"), {"substances"}), "revise.content.substances",
                    testing::laboratory());
}

TEST_CASE("a revision that is urgent or comes on a feed is linked, and a repeat says so again") {
  for (const bool urgent : {true, false}) {
    const v1::GradeLevel level = urgent ? v1::GRADE_LEVEL_URGENT : v1::GRADE_LEVEL_WARNING;
    ChangeBroker broker(level);
    const std::string id = broker.issue(about("fentanyl", {"SE-01"}, level));
    const auto sender = urgent ? admission::Sender::kPerson : admission::Sender::kFeed;
    const v1::Command command = revise_command(id, about("heroin"), {"substances"});
    const auto send = [&] { return broker.submit_and_wait(police(), command, "key", sender).value(); };
    const core::Seq head = broker.log->head().seq;
    const v1::CommandOutcome outcome = send();
    REQUIRE(outcome.possible_duplicates_size() == 1);
    CHECK(outcome.possible_duplicates(0).alert_id() == broker.first);
    CHECK(broker.content(id).possible_duplicate_of(0).alert_id() == broker.first);
    CHECK(broker.log->head().seq == head + 2);
    const auto event = [&](core::Seq seq) {
      return log::to_event(broker.log->snapshot()->read(seq).value().record).value();
    };
    const v1::EventPayload revised = event(head + 1).payload();
    CHECK(revised.changed_fields_size() == 2);
    CHECK(revised.changed_fields(1) == "possible_duplicate_of");
    CHECK(event(head + 2).payload().notice().possible_duplicate_of(0) == broker.first);
    const v1::CommandOutcome again = send();
    CHECK(again.duplicate());
    REQUIRE(again.possible_duplicates_size() == 1);
    CHECK(again.possible_duplicates(0).alert_id() == broker.first);
    // What is linked isn't asked about, whatever else changes.
    v1::AlertContent more = broker.content(id);
    more.add_substances()->set_name("koffein");
    *more.mutable_grade() = testing::sample_grade(v1::GRADE_LEVEL_WARNING);
    CHECK(broker.must(police(), revise_command(id, more)).possible_duplicates().empty());
  }
}

TEST_CASE("an urgent alert that is lowered and corrected at once isn't held up") {
  ChangeBroker broker;
  const std::string id = broker.issue(about("fentanyl", {"SE-01"}, v1::GRADE_LEVEL_URGENT));
  const auto outcome = broker.submit_and_wait(
      police(), revise_command(id, about("heroin", {"SE-01"}, v1::GRADE_LEVEL_WARNING)));
  REQUIRE(outcome.has_value());
  CHECK(outcome.value().possible_duplicates_size() == 1);
}

TEST_CASE("a change that meets nothing new isn't asked about: itself, other texts, what names it already") {
  ChangeBroker broker;
  v1::AlertContent texts = broker.content(broker.first);
  texts.mutable_texts(0)->set_headline("Starkt heroin");
  broker.must(police(), revise_command(broker.first, texts));
  texts.add_substances()->set_name("koffein");
  broker.must(police(), revise_command(broker.first, texts));

  const std::string id = broker.issue(about("fentanyl"));
  v1::AlertContent names = about("heroin");
  names.add_references()->set_alert_id(broker.first);
  broker.must(police(), revise_command(id, names, {"substances", "references"}));
  CHECK(broker.content(id).possible_duplicate_of().empty());

  // The other names this one.
  const std::string third = broker.issue(about("metonitazene"));
  v1::AlertContent other = broker.content(broker.first);
  other.add_references()->set_alert_id(third);
  broker.must(police(), revise_command(broker.first, other, {"references"}));
  v1::AlertContent same = about("koffein");
  broker.must(police(), revise_command(third, same, {"substances"}));
  CHECK(broker.content(third).possible_duplicate_of().empty());
}

TEST_CASE("a report's change is never held up: it is linked") {
  ChangeBroker broker;
  const std::string id = broker
                             .must(police(), testing::report_command(v1::ALERT_KIND_ADULTERATION, "tramadol",
                                                                     v1::CERTAINTY_POSSIBLE, "SE-0180"))
                             .alert_id();
  const auto outcome = broker.must(police(), revise_command(id, about("heroin"), {"substances"}));
  CHECK(outcome.possible_duplicates_size() == 1);
  CHECK(broker.content(id).possible_duplicate_of(0).alert_id() == broker.first);
}

TEST_CASE("with the search turned off a change is never asked about") {
  ChangeBroker broker;
  broker.duplicates_within = std::chrono::hours(0);
  broker.reopen();
  const std::string id = broker.issue(about("fentanyl"));
  broker.must(police(), revise_command(id, about("heroin"), {"substances"}));
  CHECK(broker.content(id).possible_duplicate_of().empty());
}

}  // namespace
