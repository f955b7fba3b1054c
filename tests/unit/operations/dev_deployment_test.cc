#include "broker/operations/dev_deployment.h"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "broker/security/files.h"
#include "tests/support/temporary_directory.h"

namespace gjallar::operations {
namespace {

std::string token_of(const std::filesystem::path& folder, const char* principal) {
  const boost::json::value tokens = boost::json::parse(*security::read_file(folder / "tokens.json"));
  return std::string(tokens.at(principal).as_string());
}

}  // namespace

TEST_CASE("the development policy gives the demo's principals their rights") {
  const auto policy = security::Policy::parse(dev_policy(), "the development policy");
  REQUIRE(policy.has_value());
  CHECK(policy->find("police")->rights.issue);
  CHECK(policy->find("police")->rights.revise == domain::Scope::kOwn);
  CHECK_FALSE(policy->find("police")->rights.assess);
  CHECK(policy->find("laboratory")->rights.analyse);
  CHECK(policy->find("coordinator")->rights.assess);
  CHECK(policy->find("coordinator")->rights.revise == domain::Scope::kAny);
  CHECK(policy->find("operator")->rights.operate);
  CHECK_FALSE(policy->find("operator")->rights.issue);
  CHECK(policy->find("auditor")->rights.audit);
  std::size_t services = 0;
  for (const auto& entry : policy->principals()) {
    if (!entry.second.service) continue;
    ++services;
    CHECK(entry.second.service->value() == entry.first);
    CHECK(entry.second.rights.subscribe);
    CHECK(entry.second.rights.issue == (entry.first == "coordinator"));
  }
  CHECK(services == 18);  // the demo's, the escalator and the coordinator
}

TEST_CASE("credentials of a development broker stay the same over a restart") {
  const testing::TemporaryDirectory folder;
  core::SeededRandom random(1);
  const auto policy = *security::Policy::parse(dev_policy(), "the development policy");
  const auto dev = folder.path() / "dev";
  const auto file = folder.path() / "tokens.toml";
  {
    auto tokens = *security::TokenStore::open(file);
    REQUIRE(make_dev_deployment(dev, policy, *tokens, random).has_value());
  }
  const std::string before = token_of(dev, "police");
  auto tokens = *security::TokenStore::open(file);
  REQUIRE(make_dev_deployment(dev, policy, *tokens, random).has_value());
  CHECK(token_of(dev, "police") == before);
  CHECK(*tokens->principal_of(before) == "police");
  for (const char* name :
       {"ca.pem", "police.pem", "police.key", "syringe-exchange-stockholm.pem", "operator.key"}) {
    CHECK(std::filesystem::exists(dev / name));
  }
}

TEST_CASE("a lost token hash is replaced by a new token") {
  const testing::TemporaryDirectory folder;
  core::SeededRandom random(2);
  const auto policy = *security::Policy::parse(dev_policy(), "the development policy");
  const auto dev = folder.path() / "dev";
  {
    auto tokens = *security::TokenStore::open(folder.path() / "tokens.toml");
    REQUIRE(make_dev_deployment(dev, policy, *tokens, random).has_value());
  }
  const std::string before = token_of(dev, "police");
  std::filesystem::remove(folder.path() / "tokens.toml");
  auto tokens = *security::TokenStore::open(folder.path() / "tokens.toml");
  REQUIRE(make_dev_deployment(dev, policy, *tokens, random).has_value());
  CHECK(token_of(dev, "police") != before);
  CHECK(*tokens->principal_of(token_of(dev, "police")) == "police");
}

}  // namespace gjallar::operations
