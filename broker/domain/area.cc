#include "broker/domain/area.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>

#include <fmt/format.h>

#include "broker/core/error.h"

namespace gjallar::domain {
namespace {

constexpr std::size_t kCountrySize = 2;       // SE
constexpr std::size_t kCountySize = 5;        // SE-01
constexpr std::size_t kMunicipalitySize = 7;  // SE-0180

struct Edition {
  std::string_view name;
  std::string_view ended_with;
};
constexpr Edition kSweden2024{"SE 2024", ""};
constexpr Edition kNorway2024{"NO 2024", ""};
constexpr Edition kNorway2020{"NO 2020", "NO 2024"};

constexpr AreaLevel level_of_size(std::size_t size) {
  return size == kCountrySize  ? AreaLevel::kCountry
         : size == kCountySize ? AreaLevel::kCounty
                               : AreaLevel::kMunicipality;
}

constexpr Area make_area(std::string_view code, std::string_view name, std::string_view official_name,
                         Edition edition) {
  return Area{code, name, official_name, edition.name, edition.ended_with, level_of_size(code.size())};
}

#define GJALLAR_AREA(code, name, official_name, edition) make_area(code, name, official_name, edition),
constexpr Area kAreas[] = {
#include "broker/domain/area_table.inc"
};
#undef GJALLAR_AREA

constexpr bool is_sorted_without_repeats() {
  for (std::size_t i = 1; i < std::size(kAreas); ++i) {
    if (!(kAreas[i - 1].code < kAreas[i].code)) return false;
  }
  return true;
}
static_assert(is_sorted_without_repeats(), "area_table.inc must be sorted by code, each code once");

struct Succession {
  std::string_view ended;
  std::string_view successor;
};

// Codes that ended and what replaced them, sorted by both. Norway dissolved three counties on 1 January 2024
// and divided one municipality.
constexpr Succession kSuccessions[] = {
    {"NO-1507", "NO-1508"}, {"NO-1507", "NO-1580"}, {"NO-30", "NO-31"},
    {"NO-30", "NO-32"},     {"NO-30", "NO-33"},     {"NO-38", "NO-39"},
    {"NO-38", "NO-40"},     {"NO-54", "NO-55"},     {"NO-54", "NO-56"},
};

// ISO 3166-2 gives the Swedish counties letters; the official list gives them numbers.
constexpr Succession kIsoCounties[] = {
    {"SE-AB", "SE-01"}, {"SE-C", "SE-03"}, {"SE-D", "SE-04"}, {"SE-E", "SE-05"}, {"SE-F", "SE-06"},
    {"SE-G", "SE-07"},  {"SE-H", "SE-08"}, {"SE-I", "SE-09"}, {"SE-K", "SE-10"}, {"SE-M", "SE-12"},
    {"SE-N", "SE-13"},  {"SE-O", "SE-14"}, {"SE-S", "SE-17"}, {"SE-T", "SE-18"}, {"SE-U", "SE-19"},
    {"SE-W", "SE-20"},  {"SE-X", "SE-21"}, {"SE-Y", "SE-22"}, {"SE-Z", "SE-23"}, {"SE-AC", "SE-24"},
    {"SE-BD", "SE-25"},
};

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

// Two capital letters; then nothing, or a hyphen and two or four digits.
constexpr bool is_formed_like_a_code(std::string_view code) {
  if (code.size() != kCountrySize && code.size() != kCountySize && code.size() != kMunicipalitySize)
    return false;
  if (!is_upper(code[0]) || !is_upper(code[1])) return false;
  if (code.size() == kCountrySize) return true;
  if (code[2] != '-') return false;
  for (const char c : code.substr(3)) {
    if (!is_digit(c)) return false;
  }
  return true;
}

// "NO-39 (Vestfold) or NO-40 (Telemark)"
std::string listed(const std::vector<std::string_view>& codes) {
  std::string text;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (i > 0) text += i + 1 == codes.size() ? " or " : ", ";
    const Area* area = find_area(codes[i]);
    text += area == nullptr ? std::string(codes[i]) : fmt::format("{} ({})", area->code, area->name);
  }
  return text;
}

std::string advice_for_ended(const Area& area) {
  return fmt::format("{} ({}) ended with the edition {}; use {}.", area.code, area.name, area.ended_with,
                     listed(successors(area.code)));
}

// What to write instead. Only names from our own lists go in, never the text that was refused.
std::string advice_for_unknown(std::string_view code) {
  for (const Succession& iso : kIsoCounties) {
    if (iso.ended == code)
      return fmt::format("{} is an ISO 3166-2 code; use {}.", iso.ended, listed({iso.successor}));
  }
  if (is_formed_like_a_code(code)) {
    const Area* above = find_area(parent(code));
    if (above != nullptr && !above->ended_with.empty()) {
      return fmt::format("{} For a municipality, use its code within one of these.",
                         advice_for_ended(*above));
    }
    if (above != nullptr) {
      return fmt::format("Use a code that is in {} ({}), edition {}, or {} for the whole of it.", above->code,
                         above->name, above->edition, above->code);
    }
  }
  if (std::all_of(code.begin(), code.end(), is_digit) && (code.size() == 2 || code.size() == 4)) {
    return "Put the country before the number, such as SE-01, SE-0180, NO-46 or NO-4601.";
  }
  return "Use an official code: a country (SE, NO), a county (SE-01, NO-46) or a municipality (SE-0180, "
         "NO-4601), "
         "with capital letters and leading zeros.";
}

}  // namespace

std::span<const Area> all_areas() noexcept {
  return kAreas;
}

const Area* find_area(std::string_view code) noexcept {
  const Area* found =
      std::lower_bound(std::begin(kAreas), std::end(kAreas), code,
                       [](const Area& area, std::string_view wanted) { return area.code < wanted; });
  return found != std::end(kAreas) && found->code == code ? found : nullptr;
}

std::vector<std::string_view> successors(std::string_view code) {
  std::vector<std::string_view> found;
  for (const Succession& succession : kSuccessions) {
    if (succession.ended == code) found.push_back(succession.successor);
  }
  return found;
}

std::string_view parent(std::string_view code) noexcept {
  if (!is_formed_like_a_code(code)) return {};
  if (code.size() == kMunicipalitySize) return code.substr(0, kCountySize);
  if (code.size() == kCountySize) return code.substr(0, kCountrySize);
  return {};
}

std::string_view county_of(std::string_view code) noexcept {
  const Area* const area = find_area(code);
  if (area == nullptr || area->level == AreaLevel::kCountry) return {};
  return area->level == AreaLevel::kCounty ? area->code : parent(area->code);
}

std::vector<std::string_view> municipalities_of(std::string_view county) {
  std::vector<std::string_view> out;
  if (county.size() != kCountySize) return out;
  for (const Area& area : all_areas()) {
    if (area.level == AreaLevel::kMunicipality && area.ended_with.empty() && parent(area.code) == county)
      out.push_back(area.code);
  }
  return out;
}

bool contains(std::string_view outer, std::string_view inner) noexcept {
  return is_formed_like_a_code(outer) && is_formed_like_a_code(inner) &&
         inner.substr(0, outer.size()) == outer;
}

bool areas_meet(std::string_view a, std::string_view b) noexcept {
  // One contains the other if the shorter begins the longer; most pairs part at once.
  const std::size_t shorter = std::min(a.size(), b.size());
  return a.substr(0, shorter) == b.substr(0, shorter) && is_formed_like_a_code(a) && is_formed_like_a_code(b);
}

core::Result<void> check_area(std::string_view code, std::string_view field) {
  const Area* area = find_area(code);
  if (area == nullptr) {
    return core::make_error(gjallar::v1::ERROR_CODE_UNKNOWN_AREA, std::string(field),
                            "This is no official area code.", advice_for_unknown(code));
  }
  if (!area->ended_with.empty()) {
    return core::make_error(gjallar::v1::ERROR_CODE_UNKNOWN_AREA, std::string(field),
                            "This area code has ended.", advice_for_ended(*area));
  }
  return {};
}

}  // namespace gjallar::domain
