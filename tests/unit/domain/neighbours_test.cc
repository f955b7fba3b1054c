#include "broker/domain/neighbours.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "broker/domain/area.h"
#include "broker/domain/directory.h"
#include "tests/support/sample_services.h"

using namespace gjallar;
using domain::neighbours;

namespace {

bool next_to(std::string_view a, std::string_view b) {
  const auto around = neighbours(a);
  return std::find(around.begin(), around.end(), b) != around.end();
}

}  // namespace

TEST_CASE("counties know their neighbours, across the national border too, each way") {
  CHECK(next_to("SE-12", "SE-07"));
  CHECK(next_to("SE-14", "NO-31"));
  CHECK(next_to("NO-50", "SE-23"));
  CHECK(next_to("NO-55", "SE-25"));
  CHECK_FALSE(next_to("SE-12", "SE-01"));
  CHECK_FALSE(next_to("NO-56", "SE-25"));
  for (const domain::Area& area : domain::all_areas()) {
    for (const std::string_view other : neighbours(area.code)) {
      INFO(area.code << " " << other);
      const domain::Area* found = domain::find_area(other);
      REQUIRE(found != nullptr);
      CHECK(found->level == domain::AreaLevel::kCounty);
      CHECK(found->ended_with.empty());
      CHECK(other != area.code);
      if (area.level == domain::AreaLevel::kCounty) CHECK(next_to(other, area.code));
    }
  }
}

TEST_CASE("every county of both countries in force has a neighbour, but for the island") {
  for (const domain::Area& area : domain::all_areas()) {
    if (area.level != domain::AreaLevel::kCounty || !area.ended_with.empty()) continue;
    INFO(area.code);
    CHECK(neighbours(area.code).empty() == (area.code == "SE-09"));
  }
}

TEST_CASE("a municipality's neighbours are its county's; a country and what is no code have none") {
  CHECK(neighbours("SE-1280") == neighbours("SE-12"));
  CHECK(neighbours("SE").empty());
  CHECK(neighbours("").empty());
  CHECK(neighbours("SE-99").empty());
}

TEST_CASE("a service that asks for its neighbours' alerts is matched by them, and no other service is") {
  domain::Directory directory;
  v1::Service wide = testing::sample_service("clinic-wide", {"SE-1280"});
  wide.set_include_neighbours(true);
  directory.apply(testing::sample_entry(wide, 0));
  directory.apply(testing::sample_entry(testing::sample_service("clinic-near", {"SE-1280"}), 1));
  domain::MatchKeys keys;
  keys.present = true;
  keys.level = v1::GRADE_LEVEL_URGENT;
  for (const auto& [area, expected] :
       std::vector<std::pair<std::string, bool>>{{"SE-13", true}, {"SE-0780", true}, {"SE-01", false}}) {
    INFO(area);
    keys.groups = {domain::MatchGroup{{area}, {}, v1::GRADE_LEVEL_UNSPECIFIED}};
    CHECK(directory.matching(keys).contains(0) == expected);
    CHECK(domain::matches(keys, *directory.find("clinic-wide")) == expected);
    CHECK_FALSE(directory.matching(keys).contains(1));
  }
  wide.set_include_neighbours(false);
  directory.apply(testing::sample_entry(wide, 0));
  keys.groups = {domain::MatchGroup{{"SE-13"}, {}, v1::GRADE_LEVEL_UNSPECIFIED}};
  CHECK_FALSE(directory.matching(keys).contains(0));
}
