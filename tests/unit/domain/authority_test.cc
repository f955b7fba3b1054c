#include "broker/domain/authority.h"

#include <catch2/catch.hpp>

#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/sample_world.h"

namespace gjallar::domain {
namespace {

using testing::sample_service;
using testing::SampleWorld;

/// A world with one alert of the police for Stockholm.
struct OneAlert {
  SampleWorld world;
  std::string id;
  OneAlert() {
    world.add(sample_service("stockholm", {"SE-01"}));
    world.add(sample_service("skane", {"SE-12"}));
    id = world.issue(testing::police(), testing::issue_command(testing::sample_content({"SE-01"}, {})));
  }
  bool sees(const Principal& principal) const {
    return may_view(principal, world.alert(id), world.targeted(id), world.directory());
  }
};

TEST_CASE(
    "an alert is seen by its sender, by those it concerns, and by those with a right over all of them") {
  const OneAlert one;
  CHECK(one.sees(testing::police()));
  CHECK(one.sees(testing::service_principal("stockholm")));
  CHECK(one.sees(testing::coordinator()));
  CHECK(one.sees(testing::laboratory()));
  CHECK(one.sees(testing::operator_principal()));
  CHECK_FALSE(one.sees(testing::customs()));
  CHECK_FALSE(one.sees(testing::service_principal("skane")));
  CHECK_FALSE(one.sees(testing::service_principal("nobody")));
}

TEST_CASE("each right over all alerts suffices to see them; the right to subscribe or issue doesn't") {
  const OneAlert one;
  const auto with = [&one](const Rights& rights) {
    Principal principal;
    principal.name = core::PrincipalName("somebody");
    principal.rights = rights;
    return one.sees(principal);
  };
  CHECK_FALSE(with({}));
  Rights rights;
  rights.issue = rights.subscribe = rights.observe = true;
  rights.view = rights.revise = rights.retract = Scope::kOwn;
  CHECK_FALSE(with(rights));
  for (bool Rights::*right : {&Rights::assess, &Rights::analyse, &Rights::audit, &Rights::operate}) {
    Rights one_right;
    one_right.*right = true;
    CHECK(with(one_right));
  }
  Rights any;
  any.view = Scope::kAny;
  CHECK(with(any));
}

TEST_CASE("who was told of an alert goes on seeing it after it moved away and after it ended") {
  OneAlert one;
  v1::AlertContent content;
  *content.mutable_audience() = testing::sample_audience({"SE-12"}, {});
  REQUIRE(
      one.world.run(testing::police(), testing::revise_command(one.id, content, {"audience"})).has_value());
  CHECK(one.sees(testing::service_principal("stockholm")));
  CHECK(one.sees(testing::service_principal("skane")));
  REQUIRE(one.world.run(testing::police(), testing::retract_command(one.id)).has_value());
  CHECK(one.sees(testing::service_principal("stockholm")));
}

TEST_CASE("a service registered later sees the live alerts that concern it, and not those that have ended") {
  OneAlert one;
  one.world.add(sample_service("late", {"SE-0180"}));
  CHECK(one.sees(testing::service_principal("late")));
  REQUIRE(one.world.run(testing::police(), testing::retract_command(one.id)).has_value());
  one.world.add(sample_service("later", {"SE-0180"}));
  CHECK_FALSE(one.sees(testing::service_principal("later")));
}

TEST_CASE("a scope reaches nothing, one's own, or everything") {
  const OneAlert one;
  const v1::Alert& alert = one.world.alert(one.id);
  CHECK_FALSE(reaches(Scope::kNone, testing::police(), alert));
  CHECK(reaches(Scope::kOwn, testing::police(), alert));
  CHECK_FALSE(reaches(Scope::kOwn, testing::customs(), alert));
  CHECK(reaches(Scope::kAny, testing::customs(), alert));
}

TEST_CASE("the broker itself has no right that a caller has") {
  const OneAlert one;
  CHECK_FALSE(one.sees(broker_principal()));
  CHECK_FALSE(broker_principal().service.has_value());
}

}  // namespace
}  // namespace gjallar::domain
