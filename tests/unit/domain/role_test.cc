#include "broker/domain/role.h"

#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace gjallar::domain {
namespace {

TEST_CASE("the seventeen default roles are known everywhere") {
  CHECK(default_roles().size() == 17);
  const RoleCatalogue catalogue;
  CHECK(std::set<std::string>(catalogue.roles().begin(), catalogue.roles().end()).size() == 17);
  for (const std::string_view role : default_roles()) {
    CHECK(catalogue.knows(role));
    CHECK(check_role(role, "roles[0]").has_value());
  }
  for (const char* role :
       {"syringe-exchange", "laro", "prison-health", "coordinator", "public-health-agency", "escalator"}) {
    CHECK(catalogue.knows(role));
  }
}

TEST_CASE("an unknown role is refused by field, with the known roles as advice, and never echoed") {
  for (const char* role : {"", "Laro", "laro ", "lar", "syringe exchange", "someone-by-name"}) {
    const auto result = check_role(role, "audience.roles[2]");
    REQUIRE(result.has_error());
    CHECK(result.error().code == gjallar::v1::ERROR_CODE_UNKNOWN_ROLE);
    CHECK(result.error().field == "audience.roles[2]");
    CHECK(result.error().advice.find("syringe-exchange, laro") != std::string::npos);
  }
  CHECK(check_role("someone-by-name", "f").error().advice.find("someone") == std::string::npos);
}

TEST_CASE("a deployment adds roles of its own to the defaults") {
  const auto catalogue = RoleCatalogue::with({"night-shelter", "festival-2"}, "roles");
  REQUIRE(catalogue.has_value());
  CHECK(catalogue.value().knows("night-shelter"));
  CHECK(catalogue.value().knows("laro"));
  CHECK(catalogue.value().check("festival-2", "roles[0]").has_value());
  CHECK(catalogue.value().roles().size() == 19);
  CHECK(check_role("night-shelter", "roles[0]").has_error());
}

TEST_CASE("an ill-formed or repeated role of a deployment's own is refused") {
  const std::vector<std::vector<std::string>> refused = {
      {""},
      {"Night"},
      {"night shelter"},
      {"night--shelter"},
      {"-night"},
      {"night-"},
      {"2nd"},
      {"nattjänst"},
      {"one", "one"},
      {"laro"},
      {std::string(41, 'a')},
  };
  for (const auto& own : refused) {
    const auto catalogue = RoleCatalogue::with(own, "roles");
    REQUIRE(catalogue.has_error());
    CHECK(catalogue.error().code == gjallar::v1::ERROR_CODE_INVALID_ARGUMENT);
    CHECK(catalogue.error().field == "roles");
  }
  CHECK(RoleCatalogue::with({std::string(40, 'a')}, "roles").has_value());
  CHECK(RoleCatalogue::with(std::vector<std::string>(65, "many"), "roles").has_error());
}

}  // namespace
}  // namespace gjallar::domain
