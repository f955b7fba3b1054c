// Over all pairs of codes, ours are compared with a definition that walks the list and knows no structure.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "broker/domain/area.h"

namespace gjallar::domain {
namespace {

// The areas above each one, by the list alone: a code's shorter fellow is above it if it is in the list and
// the longer one continues it.
std::vector<std::vector<bool>> naive_containment() {
  const auto areas = all_areas();
  std::vector<std::vector<bool>> lies_in(areas.size(), std::vector<bool>(areas.size(), false));
  for (std::size_t inner = 0; inner < areas.size(); ++inner) {
    const std::string code(areas[inner].code);
    const std::string country = code.substr(0, 2);
    const std::string county =
        areas[inner].level == AreaLevel::kCountry ? "" : country + "-" + code.substr(3, 2);
    for (std::size_t outer = 0; outer < areas.size(); ++outer) {
      const std::string_view candidate = areas[outer].code;
      lies_in[outer][inner] = candidate == code || candidate == country || candidate == county;
    }
  }
  return lies_in;
}

TEST_CASE("over all pairs of codes, meeting is what the naive definition says, symmetric and reflexive") {
  const auto areas = all_areas();
  const auto lies_in = naive_containment();
  std::size_t wrong_containment = 0;
  std::size_t wrong_meeting = 0;
  std::size_t not_symmetric = 0;
  std::size_t pairs_that_meet = 0;
  for (std::size_t a = 0; a < areas.size(); ++a) {
    CHECK(areas_meet(areas[a].code, areas[a].code));
    for (std::size_t b = 0; b < areas.size(); ++b) {
      const bool meet = areas_meet(areas[a].code, areas[b].code);
      if (contains(areas[a].code, areas[b].code) != lies_in[a][b]) ++wrong_containment;
      if (meet != (lies_in[a][b] || lies_in[b][a])) ++wrong_meeting;
      if (meet != areas_meet(areas[b].code, areas[a].code)) ++not_symmetric;
      if (meet) ++pairs_that_meet;
    }
  }
  CHECK(wrong_containment == 0);
  CHECK(wrong_meeting == 0);
  CHECK(not_symmetric == 0);
  // Each code with itself; and both ways each municipality with its county and country, each county with its
  // country.
  const std::size_t municipalities = 290 + 357 + 1;
  const std::size_t counties = 21 + 15 + 3;
  CHECK(pairs_that_meet == areas.size() + 2 * (2 * municipalities + counties));
}

TEST_CASE("containment is transitive and antisymmetric over every chain of codes") {
  for (const Area& area : all_areas()) {
    std::string_view above = parent(area.code);
    while (!above.empty()) {
      if (!contains(above, area.code) || contains(area.code, above)) FAIL(area.code);
      above = parent(above);
    }
  }
}

TEST_CASE("every code cut short, prolonged or changed by one character is another area or none") {
  for (const Area& area : all_areas()) {
    const std::string code(area.code);
    for (std::size_t size = 0; size < code.size(); ++size) {
      const std::string cut = code.substr(0, size);
      const bool is_above = cut == parent(code) || (!parent(code).empty() && cut == parent(parent(code)));
      if (contains(cut, code) != (is_above && !cut.empty())) FAIL(code << " cut to " << cut);
    }
    if (find_area(code + "0") != nullptr || areas_meet(code, code + "0")) FAIL(code);
    for (std::size_t i = 0; i < code.size(); ++i) {
      std::string changed = code;
      changed[i] = changed[i] == '9' ? '8' : '9';
      if (areas_meet(code, changed)) FAIL(code << " meets " << changed);
      if (const Area* found = find_area(changed); found != nullptr && found->code != changed) FAIL(changed);
    }
  }
}

}  // namespace
}  // namespace gjallar::domain
