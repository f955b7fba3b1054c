#include "broker/domain/area.h"

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

namespace gjallar::domain {
namespace {

std::size_t count_of(std::string_view edition, AreaLevel level) {
  std::size_t count = 0;
  for (const Area& area : all_areas()) {
    if (area.edition == edition && area.level == level) ++count;
  }
  return count;
}

std::string advice_for(std::string_view code) {
  const auto result = check_area(code, "audience.areas[0]");
  REQUIRE(result.has_error());
  CHECK(result.error().code == gjallar::v1::ERROR_CODE_UNKNOWN_AREA);
  CHECK(result.error().field == "audience.areas[0]");
  return result.error().advice;
}

TEST_CASE("every county and municipality of Sweden and Norway is there, and nothing else") {
  CHECK(count_of("SE 2024", AreaLevel::kCountry) == 1);
  CHECK(count_of("SE 2024", AreaLevel::kCounty) == 21);
  CHECK(count_of("SE 2024", AreaLevel::kMunicipality) == 290);
  CHECK(count_of("NO 2024", AreaLevel::kCountry) == 1);
  CHECK(count_of("NO 2024", AreaLevel::kCounty) == 15);
  CHECK(count_of("NO 2024", AreaLevel::kMunicipality) == 357);
  CHECK(count_of("NO 2020", AreaLevel::kCounty) == 3);
  CHECK(count_of("NO 2020", AreaLevel::kMunicipality) == 1);
  CHECK(all_areas().size() == 1 + 21 + 290 + 1 + 15 + 357 + 4);
}

TEST_CASE("the numbers that no Swedish county has are unknown") {
  for (const char* gap : {"SE-02", "SE-11", "SE-15", "SE-16", "SE-26", "SE-00"})
    CHECK(find_area(gap) == nullptr);
}

TEST_CASE("an area is found by exactly its code") {
  const Area* stockholm = find_area("SE-0180");
  REQUIRE(stockholm != nullptr);
  CHECK(stockholm->code == "SE-0180");
  CHECK(stockholm->name == "Stockholm");
  CHECK(stockholm->official_name == "Stockholms kommun");
  CHECK(stockholm->edition == "SE 2024");
  CHECK(stockholm->ended_with.empty());
  CHECK(stockholm->level == AreaLevel::kMunicipality);
  for (const char* trap :
       {"", "S", "SE-", "SE-0", "SE-018", "SE-01800", "se-0180", " SE-0180", "0180", "SE_0180"}) {
    CHECK(find_area(trap) == nullptr);
  }
}

TEST_CASE("areas have the names people say, in full letters") {
  CHECK(find_area("SE")->name == "Sverige");
  CHECK(find_area("SE-01")->name == "Stockholms län");
  CHECK(find_area("SE-0114")->name == "Upplands Väsby");
  CHECK(find_area("SE-12")->name == "Skåne län");
  CHECK(find_area("NO-46")->name == "Vestland");
  CHECK(find_area("NO-4601")->name == "Bergen");
  CHECK(find_area("NO-50")->name == "Trøndelag");
  CHECK(find_area("NO-50")->official_name == "Trøndelag - Trööndelage");
  CHECK(find_area("NO-5610")->name == "Karasjok");
  CHECK(find_area("NO-5610")->official_name == "Kárášjohka - Karasjok");
  CHECK(find_area("NO-5503")->name == "Harstad");
}

TEST_CASE("no name is empty, in two languages at once, or carries a stray separator") {
  for (const Area& area : all_areas()) {
    CAPTURE(area.code);
    CHECK_FALSE(area.name.empty());
    CHECK_FALSE(area.official_name.empty());
    CHECK(area.name.find_first_of("\r\n\t,\"") == std::string_view::npos);
    CHECK(area.name.find(" - ") == std::string_view::npos);
    CHECK(area.name.front() != ' ');
    CHECK(area.name.back() != ' ');
  }
}

TEST_CASE("every code's parent is in the list, up to its country") {
  for (const Area& area : all_areas()) {
    CAPTURE(area.code);
    if (area.level == AreaLevel::kCountry) {
      CHECK(parent(area.code).empty());
      continue;
    }
    const Area* above = find_area(parent(area.code));
    REQUIRE(above != nullptr);
    CHECK(static_cast<int>(above->level) + 1 == static_cast<int>(area.level));
    CHECK(contains(above->code, area.code));
  }
}

TEST_CASE("a parent is one level up, and what isn't a code has none") {
  CHECK(parent("SE-0180") == "SE-01");
  CHECK(parent("SE-01") == "SE");
  CHECK(parent("SE").empty());
  for (const char* trap : {"", "SE-018", "SE-01800", "SE-AB", "se-01", "SE01801", "SE-01-80"}) {
    CHECK(parent(trap).empty());
  }
}

TEST_CASE("an area contains itself and what lies within it, never the other way round") {
  CHECK(contains("SE", "SE"));
  CHECK(contains("SE", "SE-01"));
  CHECK(contains("SE", "SE-0180"));
  CHECK(contains("SE-01", "SE-0180"));
  CHECK_FALSE(contains("SE-0180", "SE-01"));
  CHECK_FALSE(contains("SE-01", "SE-1880"));
  CHECK_FALSE(contains("SE", "NO-0301"));
  CHECK_FALSE(contains("SE-03", "NO-0301"));
}

TEST_CASE("a shared beginning is not containment") {
  CHECK_FALSE(contains("SE-01", "SE-018"));
  CHECK_FALSE(contains("SE-018", "SE-0180"));
  CHECK_FALSE(contains("SE-0", "SE-01"));
  CHECK_FALSE(contains("S", "SE"));
  CHECK_FALSE(contains("", "SE"));
  CHECK_FALSE(contains("", ""));
  CHECK_FALSE(contains("SE-018", "SE-018"));
  CHECK_FALSE(areas_meet("SE-01", "SE-018"));
}

TEST_CASE("a county subscriber meets a municipal alert, and a municipal subscriber a county alert") {
  CHECK(areas_meet("SE-01", "SE-0180"));
  CHECK(areas_meet("SE-0180", "SE-01"));
  CHECK(areas_meet("NO", "NO-1103"));
  CHECK(areas_meet("NO-1103", "NO"));
  CHECK(areas_meet("SE-0180", "SE-0180"));
  CHECK_FALSE(areas_meet("SE-0180", "SE-0184"));
  CHECK_FALSE(areas_meet("SE-01", "SE-12"));
  CHECK_FALSE(areas_meet("SE", "NO"));
}

TEST_CASE("codes that ended in 2024 are kept and lead to what replaced them") {
  using Codes = std::vector<std::string_view>;
  CHECK(successors("NO-30") == Codes{"NO-31", "NO-32", "NO-33"});
  CHECK(successors("NO-38") == Codes{"NO-39", "NO-40"});
  CHECK(successors("NO-54") == Codes{"NO-55", "NO-56"});
  CHECK(successors("NO-1507") == Codes{"NO-1508", "NO-1580"});
  CHECK(successors("NO-31").empty());
  CHECK(successors("nowhere").empty());
  for (const Area& area : all_areas()) {
    CAPTURE(area.code);
    CHECK(area.ended_with.empty() == (area.edition != "NO 2020"));
    CHECK(successors(area.code).empty() == area.ended_with.empty());
    for (const std::string_view successor : successors(area.code)) {
      REQUIRE(find_area(successor) != nullptr);
      CHECK(find_area(successor)->edition == area.ended_with);
      CHECK(find_area(successor)->level == area.level);
    }
  }
}

TEST_CASE("every code in force is accepted") {
  for (const Area& area : all_areas()) {
    CAPTURE(area.code);
    CHECK(check_area(area.code, "area").has_value() == area.ended_with.empty());
  }
}

TEST_CASE("an ended code is refused with its successors as advice") {
  CHECK(advice_for("NO-38").find("NO-39 (Vestfold) or NO-40 (Telemark)") != std::string::npos);
  CHECK(advice_for("NO-30").find("NO-31 (Østfold), NO-32 (Akershus) or NO-33 (Buskerud)") !=
        std::string::npos);
  CHECK(advice_for("NO-1507").find("NO-1508 (Ålesund) or NO-1580 (Haram)") != std::string::npos);
  // A municipality of a dissolved county: we don't know its number of today, but where to look.
  CHECK(advice_for("NO-3001").find("NO-31 (Østfold)") != std::string::npos);
}

TEST_CASE("an ISO 3166-2 letter code is refused with the official code as advice") {
  CHECK(advice_for("SE-AB").find("SE-01 (Stockholms län)") != std::string::npos);
  CHECK(advice_for("SE-M").find("SE-12 (Skåne län)") != std::string::npos);
  CHECK(advice_for("SE-O").find("SE-14 (Västra Götalands län)") != std::string::npos);
  CHECK(advice_for("SE-BD").find("SE-25 (Norrbottens län)") != std::string::npos);
}

TEST_CASE("all 21 Swedish counties are reachable from their ISO letters") {
  std::set<std::string> advices;
  for (const char* iso :
       {"SE-AB", "SE-C", "SE-D", "SE-E", "SE-F", "SE-G", "SE-H", "SE-I", "SE-K",  "SE-M", "SE-N",
        "SE-O",  "SE-S", "SE-T", "SE-U", "SE-W", "SE-X", "SE-Y", "SE-Z", "SE-AC", "SE-BD"}) {
    const std::string advice = advice_for(iso);
    CHECK(advice.find("ISO 3166-2") != std::string::npos);
    advices.insert(advice.substr(advice.find("use ")));
  }
  CHECK(advices.size() == 21);
}

TEST_CASE("an unknown code is refused with a way on, and never echoed") {
  CHECK(advice_for("0180").find("country") != std::string::npos);
  CHECK(advice_for("SE-0199").find("SE-01 (Stockholms län)") != std::string::npos);
  for (const char* secret : {"19121212-1212", "SE-0199", "Kari Nordmann", "SE-ABC"}) {
    CHECK(advice_for(secret).find(secret) == std::string::npos);
  }
}

}  // namespace
}  // namespace gjallar::domain
