#include "broker/domain/neighbours.h"

#include <algorithm>
#include <utility>

#include "broker/domain/area.h"

namespace gjallar::domain {
namespace {

/// Each border once, the smaller code first.
constexpr std::pair<std::string_view, std::string_view> kBorders[] = {
    {"NO-03", "NO-32"}, {"NO-03", "NO-33"}, {"NO-11", "NO-40"}, {"NO-11", "NO-42"}, {"NO-11", "NO-46"},
    {"NO-15", "NO-34"}, {"NO-15", "NO-46"}, {"NO-15", "NO-50"}, {"NO-18", "NO-50"}, {"NO-18", "NO-55"},
    {"NO-18", "SE-24"}, {"NO-18", "SE-25"}, {"NO-31", "NO-32"}, {"NO-31", "SE-14"}, {"NO-31", "SE-17"},
    {"NO-32", "NO-33"}, {"NO-32", "NO-34"}, {"NO-32", "SE-17"}, {"NO-33", "NO-34"}, {"NO-33", "NO-39"},
    {"NO-33", "NO-40"}, {"NO-33", "NO-46"}, {"NO-34", "NO-46"}, {"NO-34", "NO-50"}, {"NO-34", "SE-17"},
    {"NO-34", "SE-20"}, {"NO-34", "SE-23"}, {"NO-39", "NO-40"}, {"NO-40", "NO-42"}, {"NO-40", "NO-46"},
    {"NO-50", "SE-23"}, {"NO-55", "NO-56"}, {"NO-55", "SE-25"}, {"SE-01", "SE-03"}, {"SE-01", "SE-04"},
    {"SE-03", "SE-04"}, {"SE-03", "SE-19"}, {"SE-03", "SE-20"}, {"SE-03", "SE-21"}, {"SE-04", "SE-05"},
    {"SE-04", "SE-18"}, {"SE-04", "SE-19"}, {"SE-05", "SE-06"}, {"SE-05", "SE-08"}, {"SE-05", "SE-14"},
    {"SE-05", "SE-18"}, {"SE-06", "SE-07"}, {"SE-06", "SE-08"}, {"SE-06", "SE-13"}, {"SE-06", "SE-14"},
    {"SE-07", "SE-08"}, {"SE-07", "SE-10"}, {"SE-07", "SE-12"}, {"SE-07", "SE-13"}, {"SE-08", "SE-10"},
    {"SE-10", "SE-12"}, {"SE-12", "SE-13"}, {"SE-13", "SE-14"}, {"SE-14", "SE-17"}, {"SE-14", "SE-18"},
    {"SE-17", "SE-18"}, {"SE-17", "SE-20"}, {"SE-18", "SE-19"}, {"SE-18", "SE-20"}, {"SE-19", "SE-20"},
    {"SE-20", "SE-21"}, {"SE-20", "SE-23"}, {"SE-21", "SE-22"}, {"SE-21", "SE-23"}, {"SE-22", "SE-23"},
    {"SE-22", "SE-24"}, {"SE-23", "SE-24"}, {"SE-24", "SE-25"},
};

}  // namespace

std::vector<std::string_view> neighbours(std::string_view area) {
  const std::string_view county = county_of(area);
  std::vector<std::string_view> out;
  for (const auto& border : kBorders) {
    if (border.first == county) out.push_back(border.second);
    if (border.second == county) out.push_back(border.first);
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> matched_areas(const v1::Service& service) {
  std::vector<std::string> areas(service.areas().begin(), service.areas().end());
  if (!service.include_neighbours()) return areas;
  for (const std::string& area : service.areas()) {
    for (const std::string_view next : neighbours(area)) {
      if (std::find(areas.begin(), areas.end(), next) == areas.end()) areas.emplace_back(next);
    }
  }
  return areas;
}

}  // namespace gjallar::domain
