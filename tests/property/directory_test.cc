#include "broker/domain/directory.h"

#include <catch2/catch.hpp>
#include <random>

#include "broker/domain/area.h"
#include "broker/domain/role.h"
#include "tests/support/sample_services.h"

namespace gjallar::domain {
namespace {

/// Random services and keys over all areas and roles.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t below(std::uint64_t n) { return engine_() % n; }
  v1::GradeLevel level() { return static_cast<v1::GradeLevel>(below(4)); }
  std::vector<std::string> areas(std::uint64_t most) {
    std::vector<std::string> out;
    for (std::uint64_t i = 1 + below(most); i > 0; --i) {
      std::string_view code = all_areas()[below(all_areas().size())].code;
      // Municipalities are many; counties and countries shall be met as often.
      for (std::uint64_t up = below(3); up > 0 && !parent(code).empty(); --up)
        code = parent(code);
      out.emplace_back(code);
    }
    return out;
  }
  std::vector<std::string> roles(std::uint64_t least, std::uint64_t most) {
    std::vector<std::string> out;
    for (std::uint64_t i = least + below(most); i > 0; --i) {
      out.emplace_back(default_roles()[below(default_roles().size())]);
    }
    return out;
  }
  v1::Service service(const std::string& id) {
    return testing::sample_service(id, areas(3), roles(1, 3), level());
  }
  MatchKeys keys(core::ServiceNumber services) {
    MatchKeys keys;
    keys.present = below(20) != 0;
    keys.level = level();
    for (std::uint64_t i = below(4); i > 0; --i)
      keys.groups.push_back({areas(4), roles(0, 4), level()});
    for (std::uint64_t i = below(3); i > 0; --i)
      keys.services.push_back("s" + std::to_string(below(services + 2)));
    return keys;
  }

 private:
  std::mt19937_64 engine_;
};

TEST_CASE("bitmaps find exactly the services that a plain loop finds, through all changes of the directory") {
  Chance chance(20260201);
  for (int round = 0; round < 10; ++round) {
    Directory directory;
    std::size_t found = 0;
    for (int step = 0; step < 300; ++step) {
      const core::ServiceNumber count = directory.next_number();
      const std::uint64_t what = chance.below(10);
      if (count == 0 || what < 5) {
        directory.apply(testing::sample_entry(chance.service("s" + std::to_string(count)), count));
      } else {
        v1::DirectoryEntry entry = *directory.find(static_cast<core::ServiceNumber>(chance.below(count)));
        if (what < 8) {
          *entry.mutable_service() = chance.service(entry.service().service_id());
        } else {
          entry.set_enabled(!entry.enabled());
        }
        directory.apply(entry);
      }
      const MatchKeys keys = chance.keys(count);
      ServiceSet loop;
      std::size_t enabled = 0;
      directory.for_each([&](const v1::DirectoryEntry& entry) {
        if (matches(keys, entry)) loop.add(entry.number());
        enabled += entry.enabled() ? 1 : 0;
      });
      REQUIRE(directory.matching(keys) == loop);
      REQUIRE(directory.enabled_count() == enabled);
      found += loop.count();
    }
    CHECK(found > 1'000);
  }
}

TEST_CASE("a directory built from its entries in any order is the same") {
  Chance chance(20260202);
  for (int round = 0; round < 20; ++round) {
    std::vector<v1::DirectoryEntry> entries;
    for (core::ServiceNumber number = 0; number < 50; ++number) {
      entries.push_back(testing::sample_entry(chance.service("s" + std::to_string(number)), number));
    }
    Directory in_order;
    for (const v1::DirectoryEntry& entry : entries)
      in_order.apply(entry);
    for (std::size_t i = entries.size(); i > 1; --i)
      std::swap(entries[i - 1], entries[chance.below(i)]);
    Directory shuffled;
    for (const v1::DirectoryEntry& entry : entries)
      shuffled.apply(entry);
    REQUIRE(shuffled.next_number() == in_order.next_number());
    for (int i = 0; i < 20; ++i) {
      const MatchKeys keys = chance.keys(50);
      REQUIRE(shuffled.matching(keys) == in_order.matching(keys));
    }
  }
}

}  // namespace
}  // namespace gjallar::domain
