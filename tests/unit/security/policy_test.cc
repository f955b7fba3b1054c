#include "broker/security/policy.h"

#include <catch2/catch.hpp>

namespace gjallar::security {
namespace {

core::Error refused(std::string_view toml) {
  const auto policy = Policy::parse(toml, "policy.toml");
  REQUIRE(policy.has_error());
  return policy.error();
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a policy gives each principal exactly the rights that are written down") {
  const auto policy = Policy::parse(R"(
[roles]
extra = ["youth-clinic"]

[principals.police]
issue = true
issue_kinds = ["seizure", "new-substance"]
issue_areas = ["SE-12"]
revise = "own"

[principals.coordinator]
assess = true
retract = "any"
view = "any"

[principals.laro-malmo]
service = "laro-malmo"
subscribe = true
observe = true
view = "own"
)",
                                    "policy.toml");
  REQUIRE(policy.has_value());
  const domain::Principal* police = policy->find("police");
  REQUIRE(police != nullptr);
  CHECK(police->name.value() == "police");
  CHECK_FALSE(police->service);
  CHECK(police->rights.issue);
  CHECK(police->rights.issue_kinds ==
        std::set<v1::AlertKind>{v1::ALERT_KIND_SEIZURE, v1::ALERT_KIND_NEW_SUBSTANCE});
  CHECK(police->rights.issue_areas == std::vector<std::string>{"SE-12"});
  CHECK(police->rights.revise == domain::Scope::kOwn);
  CHECK(police->rights.retract == domain::Scope::kNone);
  CHECK_FALSE(police->rights.subscribe);
  CHECK_FALSE(police->rights.operate);

  const domain::Principal* coordinator = policy->find("coordinator");
  REQUIRE(coordinator != nullptr);
  CHECK(coordinator->rights.assess);
  CHECK_FALSE(coordinator->rights.issue);
  CHECK(coordinator->rights.view == domain::Scope::kAny);
  CHECK(policy->find("laro-malmo")->service->value() == "laro-malmo");
  CHECK(policy->find("nobody") == nullptr);
  CHECK(policy->roles().knows("youth-clinic"));
}

TEST_CASE("an unknown key in the policy is an error that names file, line and key") {
  const core::Error error = refused("[principals.police]\nissue = true\nisue_kinds = [\"seizure\"]\n");
  CHECK(error.field == "principals.police.isue_kinds");
  CHECK(holds(error.message, "policy.toml:3:"));
  CHECK(holds(error.advice, "issue_kinds"));
  CHECK(refused("[principal.police]\n").field == "principal");
}

TEST_CASE("a wrong value in the policy is an error that names its line") {
  CHECK(holds(refused("[principals.police]\nissue = \"yes\"\n").message, "policy.toml:2:"));
  CHECK(refused("[principals.police]\nrevise = \"all\"\n").field == "principals.police.revise");
  CHECK(holds(refused("[principals.police]\nissue = true\nissue_kinds = [\"seizures\"]\n").advice,
              "supply-shortage"));
  CHECK(refused("[principals.police]\nissue = true\nissue_areas = [\"SE-02\"]\n").field ==
        "principals.police.issue_areas");
  CHECK(holds(refused("[principals.police\n").message, "policy.toml:1:"));
}

TEST_CASE("a principal that may subscribe needs a service, and one that may not issue names no kinds") {
  CHECK(refused("[principals.clinic]\nsubscribe = true\n").field == "principals.clinic.subscribe");
  CHECK(refused("[principals.clinic]\nissue_kinds = [\"seizure\"]\n").field == "principals.clinic.issue");
}

TEST_CASE("a policy file that isn't there is named") {
  const auto policy = Policy::load("no/such/policy.toml");
  REQUIRE(policy.has_error());
  CHECK(policy.error().code == v1::ERROR_CODE_NOT_FOUND);
  CHECK(holds(policy.error().message, "no/such/policy.toml"));
}

}  // namespace gjallar::security
