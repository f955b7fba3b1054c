#include "broker/domain/service_set.h"

#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "broker/core/limits.h"

namespace gjallar::domain {
namespace {

TEST_CASE("a set of services agrees with a plain set under random operations") {
  std::mt19937_64 engine(20260101);
  for (int round = 0; round < 200; ++round) {
    const std::uint64_t span = std::uint64_t{1} << (engine() % 17);
    ServiceSet set;
    std::set<core::ServiceNumber> model;
    for (int step = 0; step < 100; ++step) {
      const auto number = static_cast<core::ServiceNumber>(engine() % span);
      if (engine() % 3 == 0) {
        set.remove(number);
        model.erase(number);
      } else {
        set.add(number);
        model.insert(number);
      }
      REQUIRE(set.contains(number) == (model.count(number) == 1));
    }
    std::vector<core::ServiceNumber> visited;
    set.for_each([&visited](core::ServiceNumber number) { visited.push_back(number); });
    REQUIRE(visited == std::vector<core::ServiceNumber>(model.begin(), model.end()));
    REQUIRE(set.count() == model.size());
    REQUIRE(set.empty() == model.empty());
  }
}

TEST_CASE("equal sets have equal bytes, and bytes give the set back") {
  std::mt19937_64 engine(20260102);
  for (int round = 0; round < 500; ++round) {
    const std::uint64_t span = 1 + engine() % (std::uint64_t{1} << (engine() % 17));
    const int size = static_cast<int>(engine() % 200);
    std::set<core::ServiceNumber> numbers;
    for (int i = 0; i < size; ++i)
      numbers.insert(static_cast<core::ServiceNumber>(engine() % span));
    ServiceSet upward;
    for (const core::ServiceNumber number : numbers)
      upward.add(number);
    // The same set by another way: downward, with something that comes and goes.
    ServiceSet downward;
    downward.add(core::limits::kServicesMax - 1);
    for (auto at = numbers.rbegin(); at != numbers.rend(); ++at)
      downward.add(*at);
    downward.remove(core::limits::kServicesMax - 1);
    REQUIRE(upward == downward);
    REQUIRE(upward.encode() == downward.encode());
    const auto decoded = ServiceSet::decode(upward.encode());
    REQUIRE(decoded.has_value());
    REQUIRE(decoded.value() == upward);
  }
}

TEST_CASE("whatever bytes decode to a set are the bytes that the set encodes to") {
  std::mt19937_64 engine(20260103);
  std::size_t decoded = 0;
  for (int round = 0; round < 20'000; ++round) {
    ServiceSet set;
    for (std::uint64_t i = engine() % 6; i > 0; --i)
      set.add(static_cast<core::ServiceNumber>(engine() % 300));
    std::string bytes = set.encode();
    if (engine() % 2 == 0) bytes[engine() % bytes.size()] = static_cast<char>(engine());
    if (engine() % 4 == 0) bytes.resize(engine() % (bytes.size() + 4));
    const auto result = ServiceSet::decode(bytes);
    if (!result) continue;
    ++decoded;
    REQUIRE(result.value().encode() == bytes);
  }
  CHECK(decoded > 5'000);
}

}  // namespace
}  // namespace gjallar::domain
