// Links to possible duplicates tell nobody of an alert that he may not know of.
#include <algorithm>
#include <catch2/catch.hpp>
#include <tuple>

#include "broker/log/record.h"
#include "broker/projections/alerts.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/test_broker.h"

namespace {

using namespace gjallar;
using testing::coordinator;
using testing::customs;
using testing::issue_command;
using testing::police;
using testing::revise_command;
using testing::sample_audience;
using testing::sample_service;
using testing::widen_command;
using Words = std::vector<std::string>;

struct LinkBroker : testing::TestBroker {
  LinkBroker() {
    duplicates_within = std::chrono::hours(24 * 14);
    reopen();
    national = add(sample_service("coordinator-national", {"SE"}, {"coordinator"}));
    exchange = add(sample_service("exchange", {"SE-0180"}, {"syringe-exchange"}));
    laro = add(sample_service("laro", {"SE-0180"}, {"laro"}));
  }

  /// Issued by the police, one second after the one before.
  v1::CommandOutcome issued(const v1::AlertContent& content) {
    clock.advance(std::chrono::seconds(1));
    return must(police(), issue_command(content));
  }
  [[nodiscard]] v1::Alert alert(const std::string& id) const {
    return projections::find_alert(log->snapshot()->rows(), id).value()->alert;
  }
  [[nodiscard]] v1::Event event(core::Seq seq) const {
    return log::to_event(log->snapshot()->read(seq).value().record).value();
  }
  /// Whether an event that concerns the service holds the text.
  [[nodiscard]] bool told(core::ServiceNumber service, const std::string& text) const {
    const auto snapshot = log->snapshot();
    for (core::Seq seq = 1; seq <= snapshot->head().seq; ++seq) {
      const auto at = snapshot->read(seq).value();
      if (at.targets.contains(service) && at.record.payload->bytes.find(text) != std::string::npos)
        return true;
    }
    return false;
  }
  [[nodiscard]] Words linked(const std::string& id) const {
    Words ids;
    const v1::Alert at = alert(id);
    for (const v1::AlertReference& link : at.content().possible_duplicate_of())
      ids.push_back(link.alert_id());
    return ids;
  }

  core::ServiceNumber national = 0;
  core::ServiceNumber exchange = 0;
  core::ServiceNumber laro = 0;
};

v1::AlertContent heroin(const Words& areas = {"SE-01"}, const Words& roles = {"syringe-exchange"},
                        v1::GradeLevel level = v1::GRADE_LEVEL_URGENT) {
  return testing::sample_content(areas, roles, level);
}

Words ids_of(const v1::CommandOutcome& outcome) {
  Words ids;
  for (const v1::PossibleDuplicate& duplicate : outcome.possible_duplicates())
    ids.push_back(duplicate.alert_id());
  return ids;
}

TEST_CASE("an alert names another only if that one concerns everybody whom it concerns itself") {
  LinkBroker broker;
  const std::string first = broker.issued(heroin()).alert_id();
  const std::string within = broker.issued(heroin({"SE-0180"})).alert_id();
  CHECK(broker.linked(within) == Words{first});
  CHECK(broker.told(broker.exchange, first));

  const auto other_role = broker.issued(heroin({"SE-0180"}, {"syringe-exchange", "laro"}));
  CHECK(broker.linked(other_role.alert_id()).empty());
  CHECK(ids_of(other_role) == Words{within, first});  // the sender may see them
  const auto wider = broker.issued(heroin({"SE"}));
  CHECK(broker.linked(wider.alert_id()).empty());
  CHECK_FALSE(broker.told(broker.laro, first));
  CHECK_FALSE(broker.told(broker.laro, within));
}

TEST_CASE("a service that asks for urgent alerts alone isn't told that there is one of a lower grade") {
  LinkBroker broker;
  const auto graver =
      broker.add(sample_service("graver", {"SE-0180"}, {"syringe-exchange"}, v1::GRADE_LEVEL_URGENT));
  const std::string first =
      broker.issued(heroin({"SE-01"}, {"syringe-exchange"}, v1::GRADE_LEVEL_WARNING)).alert_id();
  CHECK(broker.linked(broker.issued(heroin()).alert_id()).empty());
  CHECK_FALSE(broker.told(graver, first));
}

TEST_CASE("coordinators of the areas in which two alerts meet are told of both, and no others") {
  LinkBroker broker;
  const auto south = broker.add(sample_service("south", {"SE-12"}, {"coordinator"}));
  const auto north = broker.add(sample_service("north", {"SE-25"}, {"coordinator"}));
  const std::string scania = broker.issued(heroin({"SE-12"})).alert_id();
  const std::string norrland = broker.issued(heroin({"SE-25"})).alert_id();
  const v1::Command command = issue_command(heroin({"SE-12", "SE-25"}));
  const auto send = [&] { return broker.submit_and_wait(police(), command, "key").value(); };
  const v1::CommandOutcome outcome = send();
  CHECK(broker.linked(outcome.alert_id()).empty());
  for (const auto& [service, own, other] :
       {std::make_tuple(south, scania, norrland), std::make_tuple(north, norrland, scania)}) {
    CHECK(broker.told(service, own));
    CHECK_FALSE(broker.told(service, other));
  }
  CHECK(broker.told(broker.national, scania));
  CHECK(broker.told(broker.national, norrland));
  CHECK_FALSE(broker.told(broker.exchange, scania));

  CHECK(ids_of(outcome).size() == 2);
  broker.reopen();
  const v1::CommandOutcome again = send();
  CHECK(again.duplicate());
  CHECK(ids_of(again) == ids_of(outcome));
}

TEST_CASE("a sender who may not see the other alert doesn't find it in its own") {
  LinkBroker broker;
  const std::string first = broker.issued(heroin()).alert_id();
  const v1::CommandOutcome outcome = broker.must(customs(), issue_command(heroin()));
  CHECK(broker.linked(outcome.alert_id()).empty());
  CHECK(broker.event(outcome.seq()).payload().notice().possible_duplicate_of(0) == first);
  CHECK(ids_of(outcome).empty());
  // Nor when a coordinator, who sees both, makes the one meet the other.
  v1::AlertContent content = heroin();
  content.mutable_substances(0)->set_name("metonitazene");
  content.mutable_substances(0)->clear_cas_number();
  const std::string id = broker.must(customs(), issue_command(content)).alert_id();
  const v1::CommandOutcome revised = broker.must(coordinator(), revise_command(id, heroin(), {"substances"}));
  CHECK(broker.linked(id) == Words{outcome.alert_id()});  // its own, not the one of the police
  CHECK(ids_of(revised).size() == 2);
}

TEST_CASE("a link is dropped when the alert is widened to somebody who may not know of the other") {
  LinkBroker broker;
  const std::string first = broker.issued(heroin()).alert_id();
  const std::string id = broker.issued(heroin({"SE-0180"})).alert_id();
  REQUIRE(broker.linked(id) == Words{first});
  broker.must(police(), widen_command(id, sample_audience({"SE-0191"}, {"syringe-exchange"})));
  CHECK(broker.linked(id) == Words{first});

  const auto widened = broker.must(police(), widen_command(id, sample_audience({"SE-0180"}, {"laro"})));
  CHECK(broker.linked(id).empty());
  const auto changed = broker.event(widened.seq()).payload().changed_fields();
  CHECK(Words(changed.begin(), changed.end()) == Words{"audience", "possible_duplicate_of"});
  CHECK_FALSE(broker.told(broker.laro, first));
}

TEST_CASE("a revision that sends the link back can't take it to others, one that says it anew can") {
  LinkBroker broker;
  const std::string first = broker.issued(heroin()).alert_id();
  const std::string id = broker.issued(heroin({"SE-0180"})).alert_id();
  v1::AlertContent content = broker.alert(id).content();
  content.mutable_texts(0)->set_headline("Mycket starkt heroin");
  broker.must(police(), revise_command(id, content));
  CHECK(broker.linked(id) == Words{first});  // it reaches nobody new

  content.mutable_audience()->mutable_groups(0)->add_roles("laro");
  broker.must(police(), revise_command(id, content));
  CHECK(broker.linked(id).empty());
  CHECK_FALSE(broker.told(broker.laro, first));
  broker.must(police(), revise_command(id, content, {"possible_duplicate_of"}));
  CHECK(broker.linked(id) == Words{first});  // its sender's word
}

TEST_CASE("a link is dropped when a higher grade brings somebody who may not know of the other") {
  LinkBroker broker;
  const auto graver =
      broker.add(sample_service("graver", {"SE-0180"}, {"syringe-exchange"}, v1::GRADE_LEVEL_URGENT));
  const v1::AlertContent calm = heroin({"SE-01"}, {"syringe-exchange"}, v1::GRADE_LEVEL_WARNING);
  const std::string first = broker.issued(calm).alert_id();
  const std::string id =
      broker.submit_and_wait(police(), issue_command(calm), {}, admission::Sender::kFeed).value().alert_id();
  REQUIRE(broker.linked(id) == Words{first});
  broker.must(coordinator(), testing::grade_command(id, v1::GRADE_LEVEL_URGENT));
  CHECK(broker.linked(id).empty());
  CHECK_FALSE(broker.told(graver, first));
}

TEST_CASE("no graver alert names one of a lower grade: who joins later may ask for urgent alerts alone") {
  LinkBroker broker;
  const v1::AlertContent calm = heroin({"SE-01"}, {"syringe-exchange"}, v1::GRADE_LEVEL_WARNING);
  const std::string first = broker.issued(calm).alert_id();
  const v1::CommandOutcome urgent = broker.issued(heroin());
  CHECK(broker.linked(urgent.alert_id()).empty());
  CHECK(ids_of(urgent) == Words{first});

  const std::string id =
      broker.submit_and_wait(police(), issue_command(calm), {}, admission::Sender::kFeed).value().alert_id();
  const Words links = broker.linked(id);
  REQUIRE(std::find(links.begin(), links.end(), first) != links.end());
  broker.must(coordinator(), testing::grade_command(id, v1::GRADE_LEVEL_URGENT));
  CHECK(broker.linked(id) == Words{urgent.alert_id()});  // that one is urgent too
}

TEST_CASE("a report that becomes an alert takes no link to another report with it") {
  LinkBroker broker;
  const auto report =
      testing::report_command(v1::ALERT_KIND_ADULTERATION, "tramadol", v1::CERTAINTY_POSSIBLE, "SE-0180");
  const std::string first = broker.must(police(), report).alert_id();
  const std::string id = broker.must(police(), report).alert_id();
  REQUIRE(broker.linked(id) == Words{first});
  v1::AlertContent content = broker.alert(id).content();
  content.set_report(false);
  *content.mutable_audience() = sample_audience({"SE-0180"}, {"laro"});
  broker.must(coordinator(), revise_command(id, content, {"report", "audience"}));
  CHECK(broker.linked(id).empty());
  CHECK(broker.told(broker.laro, id));
  CHECK_FALSE(broker.told(broker.laro, first));
}

}  // namespace
