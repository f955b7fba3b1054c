#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gjallar/v1/directory.pb.h"

namespace gjallar::domain {

/// The counties that share a land border with this one, across the national border too, in order of their
/// codes; a municipality stands for its county. Empty for a country, for an island and for what is no code.
/// Source: the counties' shapes (Natural Earth's admin-1, merged to the Norwegian counties of 2024), checked
/// against the boundary changes since.
[[nodiscard]] std::vector<std::string_view> neighbours(std::string_view area);

/// The areas by which a service is matched: its own, and with include_neighbours the counties next to them.
[[nodiscard]] std::vector<std::string> matched_areas(const gjallar::v1::Service& service);

}  // namespace gjallar::domain
