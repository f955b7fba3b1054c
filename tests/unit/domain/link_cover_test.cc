#include "broker/domain/link_cover.h"

#include <catch2/catch.hpp>

#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"

namespace gjallar::domain {
namespace {

using testing::sample_audience;
using testing::sample_directory;
using testing::sample_service;
using Words = std::vector<std::string>;

v1::Alert alert_in_force(const Words& areas, const Words& roles,
                         v1::GradeLevel level = v1::GRADE_LEVEL_WARNING) {
  v1::Alert alert;
  alert.set_phase(v1::PHASE_LIVE);
  alert.set_level(level);
  alert.set_sender("police");
  *alert.mutable_content()->mutable_audience() = sample_audience(areas, roles);
  return alert;
}

/// By the audiences alone: nobody is registered yet.
bool covers_later(const v1::Alert& outer, const v1::Alert& inner) {
  return covers(circle_of(outer, {}, {}), circle_of(inner, {}, {}));
}

TEST_CASE("an audience covers another whose areas lie in its own and whose roles it has") {
  const v1::Alert outer = alert_in_force({"SE-01", "NO"}, {"laro", "ambulance"});
  CHECK(covers_later(outer, alert_in_force({"SE-01"}, {"laro"})));
  CHECK(covers_later(outer, alert_in_force({"SE-0180", "NO-4601"}, {"ambulance", "laro"})));
  CHECK_FALSE(covers_later(outer, alert_in_force({"SE"}, {"laro"})));
  CHECK_FALSE(covers_later(outer, alert_in_force({"SE-0180", "SE-12"}, {"laro"})));
  CHECK_FALSE(covers_later(outer, alert_in_force({"SE-01"}, {"laro", "pharmacy"})));
  CHECK_FALSE(covers_later(outer, alert_in_force({"SE-01"}, {})));
  CHECK(covers_later(alert_in_force({"SE-01"}, {}), alert_in_force({"SE-01"}, {})));
  CHECK(covers_later(alert_in_force({"SE-01"}, {}), alert_in_force({"SE-0180"}, {"pharmacy"})));
}

TEST_CASE("groups cover together, each place by its own") {
  v1::Alert outer = alert_in_force({"SE-01"}, {"laro"});
  *outer.mutable_content()->mutable_audience()->add_groups() =
      sample_audience({"SE-01", "SE-12"}, {"ambulance"}).groups(0);
  CHECK(covers_later(outer, alert_in_force({"SE-01"}, {"laro", "ambulance"})));
  CHECK(covers_later(outer, alert_in_force({"SE-1280"}, {"ambulance"})));
  CHECK_FALSE(covers_later(outer, alert_in_force({"SE-01", "SE-12"}, {"laro", "ambulance"})));
}

TEST_CASE("a group that isn't in force covers nobody, and one of the inner audience counts all the same") {
  v1::Alert graver = alert_in_force({"SE-01"}, {"laro"});
  graver.mutable_content()->mutable_audience()->mutable_groups(0)->set_minimum_grade(v1::GRADE_LEVEL_URGENT);
  CHECK_FALSE(covers_later(graver, alert_in_force({"SE-01"}, {"laro"})));
  CHECK_FALSE(covers_later(alert_in_force({"SE-12"}, {"laro"}), graver));
  graver.set_level(v1::GRADE_LEVEL_URGENT);
  CHECK(covers_later(graver, alert_in_force({"SE-01"}, {"laro"})));
}

TEST_CASE("no alert covers a graver one: services that join later may ask for urgent alerts alone") {
  const v1::Alert warning = alert_in_force({"SE-01"}, {"laro"});
  const v1::Alert urgent = alert_in_force({"SE-01"}, {"laro"}, v1::GRADE_LEVEL_URGENT);
  CHECK_FALSE(covers_later(warning, urgent));
  CHECK_FALSE(
      covers_later(alert_in_force({"SE-01"}, {}), alert_in_force({"SE-01"}, {}, v1::GRADE_LEVEL_URGENT)));
  CHECK(covers_later(urgent, urgent));
  CHECK(covers_later(urgent, warning));
}

TEST_CASE("an alert that has ended covers nobody who joins later") {
  v1::Alert ended = alert_in_force({"SE-01"}, {"laro"});
  ended.set_phase(v1::PHASE_EXPIRED);
  CHECK_FALSE(covers_later(ended, alert_in_force({"SE-01"}, {"laro"})));
}

TEST_CASE("the coordinators of its areas may know of an alert, whatever they ask for") {
  v1::Alert outer = alert_in_force({"SE-12"}, {"laro"}, v1::GRADE_LEVEL_INFORMATION);
  outer.mutable_content()->add_findings()->set_area("SE-1480");
  const Directory directory =
      sample_directory({sample_service("south", {"SE-12"}, {"coordinator"}, v1::GRADE_LEVEL_URGENT),
                        sample_service("north", {"SE-25"}, {"coordinator"}),
                        sample_service("west", {"SE-14"}, {"coordinator"}),
                        sample_service("laro-malmo", {"SE-1280"}, {"laro"}, v1::GRADE_LEVEL_URGENT)});
  ServiceSet expected;
  expected.add(0);
  expected.add(2);
  CHECK(circle_of(outer, {}, directory).services == expected);
  CHECK(covers_later(outer, alert_in_force({"SE-1280"}, {"coordinator"})));
  CHECK(
      covers_later(outer, alert_in_force({"SE-1280"}, {"coordinator", "laro"}, v1::GRADE_LEVEL_INFORMATION)));
  CHECK_FALSE(covers_later(outer, alert_in_force({"SE-1280"}, {"coordinator", "laro"})));
  CHECK_FALSE(covers_later(outer, alert_in_force({"SE-25"}, {"coordinator"})));
  CHECK_FALSE(covers_later(outer, alert_in_force({"SE-1280"}, {"coordinator", "pharmacy"})));
}

TEST_CASE("whoever was told of an alert, or sent it, may know of it; one who may not is enough to say no") {
  const Directory directory =
      sample_directory({sample_service("police-desk", {"SE-25"}, {"police"}),
                        sample_service("laro-malmo", {"SE-1280"}, {"laro"}),
                        sample_service("laro-lund", {"SE-1281"}, {"laro"}, v1::GRADE_LEVEL_URGENT)});
  v1::Alert outer = alert_in_force({"SE-12"}, {"laro"});
  outer.set_sender_service("police-desk");
  CHECK(circle_of(outer, {}, directory).services.contains(0));
  CHECK(circle_of(outer, {}, directory).services.contains(1));
  CHECK_FALSE(
      circle_of(outer, {}, directory).services.contains(2));  // laro-lund asked for urgent alerts alone
  v1::Alert named = alert_in_force({"SE-12"}, {"laro"});
  named.mutable_content()->mutable_audience()->add_services("laro-lund");
  const Circle inner = circle_of(named, {}, directory);
  CHECK_FALSE(covers(circle_of(outer, {}, directory), inner));
  ServiceSet told;
  told.add(2);
  CHECK(covers(circle_of(outer, told, directory), inner));
}

TEST_CASE("where two lists of areas meet is the narrower of each pair") {
  CHECK(areas_of_both({"SE", "NO-46"}, {"SE-01", "SE-1280", "NO-4601", "NO-11"}) ==
        Words{"NO-4601", "SE-01", "SE-1280"});
  CHECK(areas_of_both({"SE-01"}, {"SE-0180", "SE-01"}) == Words{"SE-01", "SE-0180"});
  CHECK(areas_of_both({"SE-01"}, {"SE-12"}).empty());
}

}  // namespace
}  // namespace gjallar::domain
