#include "broker/fanout/registry.h"

#include <catch2/catch.hpp>
#include <vector>

#include "broker/core/limits.h"
#include "tests/support/refused.h"

namespace gjallar::fanout {
namespace {

TEST_CASE("a principal may have so many sessions and no more, and a place is free once it is left") {
  const auto registry = std::make_shared<Registry>();
  std::vector<Registry::Place> places;
  for (std::size_t n = 0; n < core::limits::kSessionsPerPrincipalMax; ++n) {
    places.push_back(registry->enter("clinic", "clinic").value());
  }
  testing::check_refused(registry->enter("clinic", "clinic"), v1::ERROR_CODE_OVERLOADED, "");
  CHECK(registry->enter("other", "").has_value());
  places.back().leave();
  CHECK(registry->enter("clinic", "clinic").has_value());
}

TEST_CASE("connected services are those with a session") {
  const auto registry = std::make_shared<Registry>();
  {
    const auto first = registry->enter("clinic", "clinic");
    const auto second = registry->enter("clinic", "clinic");
    const auto viewer = registry->enter("coordinator", "");
    CHECK(registry->count() == 3);
    CHECK(registry->services() == std::set<std::string>{"clinic"});
  }
  CHECK(registry->count() == 0);
  CHECK(registry->services().empty());
}

TEST_CASE("a place names its principal until it is left, and outlives who else knew the registry") {
  auto registry = std::make_shared<Registry>();
  const std::weak_ptr<Registry> known = registry;
  auto place = registry->enter("clinic", "clinic").value();
  auto moved = std::move(place);
  CHECK(place.principal() == nullptr);
  registry.reset();
  REQUIRE_FALSE(known.expired());
  REQUIRE(moved.principal() != nullptr);
  CHECK(*moved.principal() == "clinic");
  moved = Registry::Place();
  CHECK(known.expired());
}

TEST_CASE("a principal is counted over all services that it has been given") {
  const auto registry = std::make_shared<Registry>();
  auto before = registry->enter("clinic", "clinic-north").value();
  const auto after = registry->enter("clinic", "clinic-south").value();
  CHECK(registry->services() == std::set<std::string>{"clinic-north", "clinic-south"});
  std::vector<Registry::Place> places;
  for (std::size_t n = 2; n < core::limits::kSessionsPerPrincipalMax; ++n)
    places.push_back(registry->enter("clinic", "").value());
  testing::check_refused(registry->enter("clinic", "clinic-south"), v1::ERROR_CODE_OVERLOADED, "");
  before.leave();
  CHECK(registry->services() == std::set<std::string>{"clinic-south"});
  CHECK(registry->enter("clinic", "clinic-south").has_value());
}

TEST_CASE("a session's place in the registry takes one pointer") {
  CHECK(sizeof(Registry::Place) == sizeof(void*));
}

TEST_CASE("a draining registry takes nobody and waits for those who are there") {
  const auto registry = std::make_shared<Registry>();
  auto place = registry->enter("clinic", "clinic");
  registry->refuse_new();
  const auto refused = registry->enter("clinic", "clinic");
  testing::check_refused(refused, v1::ERROR_CODE_UNAVAILABLE, "");
  CHECK(refused.error().retry_after.has_value());
  CHECK_FALSE(registry->wait_until_empty(std::chrono::milliseconds(1)));
  place.value().leave();
  CHECK(registry->wait_until_empty(std::chrono::milliseconds(1)));
}

}  // namespace
}  // namespace gjallar::fanout
