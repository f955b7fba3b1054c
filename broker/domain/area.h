#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "broker/core/result.h"

namespace gjallar::domain {

/// How far down an area lies. The code shows it: "SE", "SE-01", "SE-0180".
enum class AreaLevel : std::uint8_t { kCountry, kCounty, kMunicipality };

/// One official area. Code lists: Statistics Sweden (län, kommun), Statistics Norway and the Norwegian
/// mapping authority (fylke, kommune). All views point into static storage and live for ever.
struct Area {
  std::string_view code;           // "SE", "SE-01", "SE-0180"
  std::string_view name;           // as people say it: "Stockholms län", "Upplands Väsby", "Karasjok"
  std::string_view official_name;  // in full, in all official languages: "Kárášjohka - Karasjok"
  std::string_view edition;        // the list the code belongs to: "SE 2024", "NO 2024", "NO 2020"
  std::string_view ended_with;     // the edition that replaced it; empty while it is in force
  AreaLevel level;
};

/// All areas of all editions, sorted by code.
[[nodiscard]] std::span<const Area> all_areas() noexcept;

/// The area with exactly this code, of any edition; nullptr if there is none. Binary search, no allocation.
[[nodiscard]] const Area* find_area(std::string_view code) noexcept;

/// The codes in force that replaced an ended code, sorted; empty for any other code.
[[nodiscard]] std::vector<std::string_view> successors(std::string_view code);

/// The code one level up: "SE-0180" → "SE-01" → "SE" → "". A view into `code`. Structural: it knows no list,
/// and gives "" for what isn't formed like a code.
[[nodiscard]] std::string_view parent(std::string_view code) noexcept;

/// The county that an area of any edition is or lies in; empty for a country and for what is no code.
[[nodiscard]] std::string_view county_of(std::string_view code) noexcept;

/// The municipalities in force of a county, sorted by code; empty for any other code.
[[nodiscard]] std::vector<std::string_view> municipalities_of(std::string_view county);

/// True if `inner` is `outer` or lies within it. Structural, whole levels only: SE-01 contains SE-0180, but
/// not SE-018. What isn't formed like a code contains nothing and lies in nothing, not even itself.
[[nodiscard]] bool contains(std::string_view outer, std::string_view inner) noexcept;

/// True if one of the two contains the other, in either direction: a county subscriber meets a municipal
/// alert, and a municipal subscriber a county alert. Codes of different editions meet by structure alone.
[[nodiscard]] bool areas_meet(std::string_view a, std::string_view b) noexcept;

/// Accepts a code in force. Else `unknown_area`, naming `field`, with advice: the successors of an ended
/// code, the official code for an ISO 3166-2 one (SE-AB). The refused text itself is never echoed.
[[nodiscard]] core::Result<void> check_area(std::string_view code, std::string_view field);

}  // namespace gjallar::domain
