#include "broker/domain/concerns.h"

#include <catch2/catch.hpp>

#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"

namespace gjallar::domain {
namespace {

using testing::sample_service;

v1::Alert live_alert(const v1::AlertContent& content, v1::GradeLevel level = v1::GRADE_LEVEL_URGENT) {
  v1::Alert alert;
  alert.set_phase(v1::PHASE_LIVE);
  alert.set_level(level);
  *alert.mutable_content() = content;
  return alert;
}

TEST_CASE("an alert's keys are its audience and level while it is live, and nothing once it has ended") {
  v1::Alert alert = live_alert(testing::sample_content({"SE-01", "NO-46"}, {"laro"}));
  alert.mutable_content()->mutable_audience()->add_services("a");
  alert.mutable_content()->mutable_audience()->mutable_groups(0)->set_minimum_grade(v1::GRADE_LEVEL_WARNING);
  const MatchKeys keys = match_keys_of(alert);
  CHECK(keys.present);
  CHECK(keys.level == v1::GRADE_LEVEL_URGENT);
  CHECK(keys.groups == std::vector<MatchGroup>{{{"SE-01", "NO-46"}, {"laro"}, v1::GRADE_LEVEL_WARNING}});
  CHECK(keys.services == std::vector<std::string>{"a"});
  for (const v1::Phase phase :
       {v1::PHASE_RETRACTED, v1::PHASE_EXPIRED, v1::PHASE_SUPERSEDED, v1::PHASE_UNSPECIFIED}) {
    alert.set_phase(phase);
    CHECK(match_keys_of(alert) == MatchKeys());
  }
}

TEST_CASE(
    "an event concerns whom the alert concerned before, whom it concerns after, and whom it ever concerned") {
  const Directory directory =
      testing::sample_directory({sample_service("before", {"SE-01"}), sample_service("after", {"SE-12"}),
                                 sample_service("once", {"SE-25"}), sample_service("never", {"NO-46"})});
  EventReach reach;
  reach.before = match_keys_of(live_alert(testing::sample_content({"SE-01"}, {})));
  reach.after = match_keys_of(live_alert(testing::sample_content({"SE-12"}, {})));
  ServiceSet once;
  once.add(2);
  const ServiceSet targets = targets_of(reach, once, directory);
  CHECK(targets.contains(0));
  CHECK(targets.contains(1));
  CHECK(targets.contains(2));
  CHECK_FALSE(targets.contains(3));
}

TEST_CASE("an event of the directory concerns the service it names") {
  const Directory directory = testing::sample_directory({sample_service("a"), sample_service("b")});
  EventReach reach;
  reach.after = match_keys_naming({"b"});
  const ServiceSet targets = targets_of(reach, {}, directory);
  CHECK(targets.count() == 1);
  CHECK(targets.contains(1));
}

TEST_CASE("a viewer's filter meets areas both ways and roles, in one group") {
  MatchKeys keys = match_keys_of(live_alert(testing::sample_content({"SE-12"}, {"laro"})));
  keys.groups.push_back({{"SE-01"}, {}, v1::GRADE_LEVEL_UNSPECIFIED});
  CHECK(concerns(keys, {"SE-1280", "laro"}));
  CHECK(concerns(keys, {"SE", "laro"}));
  CHECK(concerns(keys, {"SE-12", ""}));
  CHECK(concerns(keys, {"", "pharmacy"}));
  CHECK(concerns(keys, {"SE-0180", "pharmacy"}));
  CHECK_FALSE(concerns(keys, {"SE-12", "pharmacy"}));
  CHECK_FALSE(concerns(keys, {"NO", "laro"}));
}

TEST_CASE("a filter doesn't see a group below its minimum grade") {
  MatchKeys keys =
      match_keys_of(live_alert(testing::sample_content({"SE-12"}, {"laro"}), v1::GRADE_LEVEL_WARNING));
  keys.groups[0].minimum_grade = v1::GRADE_LEVEL_URGENT;
  CHECK_FALSE(concerns(keys, {"SE-12", ""}));
  keys.level = v1::GRADE_LEVEL_URGENT;
  CHECK(concerns(keys, {"SE-12", ""}));
}

TEST_CASE("the empty filter meets everything there is; named services meet no other") {
  const MatchKeys named = match_keys_naming({"a"});
  CHECK(concerns(named, {}));
  CHECK_FALSE(concerns(named, {"SE", ""}));
  CHECK_FALSE(concerns(named, {"", "laro"}));
  CHECK_FALSE(concerns(MatchKeys(), {}));
}

TEST_CASE("a viewer hears of what leaves its filter") {
  EventReach reach;
  reach.before = match_keys_of(live_alert(testing::sample_content({"SE-01"}, {})));
  reach.after = match_keys_of(live_alert(testing::sample_content({"SE-12"}, {})));
  CHECK(concerns(reach, {"SE-01", ""}));
  CHECK(concerns(reach, {"SE-12", ""}));
  CHECK_FALSE(concerns(reach, {"SE-25", ""}));
}

}  // namespace
}  // namespace gjallar::domain
