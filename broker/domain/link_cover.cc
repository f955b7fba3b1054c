#include "broker/domain/link_cover.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "broker/core/limits.h"
#include "broker/domain/area.h"
#include "broker/domain/role.h"

namespace gjallar::domain {
namespace {

static_assert(core::limits::kAudienceGroupsMax <= 64, "a bit a group");

using Areas = std::set<std::string, std::less<>>;

/// Whether `area` is, or lies in, one of `outer`.
bool lies_within(std::string_view area, const Areas& outer) {
  for (; !area.empty(); area = parent(area)) {
    if (outer.find(area) != outer.end()) return true;
  }
  return false;
}

/// Which groups of an audience in force name an area or a role: a bit a group.
class GroupIndex {
 public:
  explicit GroupIndex(const Circle& circle)
      : areas_(circle.areas.begin(), circle.areas.end()), level_(circle.keys.level) {
    if (!circle.keys.present) return;
    const auto& groups = circle.keys.groups;
    for (std::size_t i = 0; i < std::min<std::size_t>(groups.size(), 64); ++i) {
      if (circle.keys.level < groups[i].minimum_grade) continue;
      const std::uint64_t bit = std::uint64_t{1} << i;
      for (const std::string& area : groups[i].areas)
        by_area_[area] |= bit;
      for (const std::string& role : groups[i].roles)
        by_role_[role] |= bit;
      if (groups[i].roles.empty()) every_role_ |= bit;
    }
  }

  [[nodiscard]] bool covers(const MatchGroup& group, v1::GradeLevel level) const {
    std::set<std::uint64_t> roles;  // what each role, or every role, may be found in
    bool coordinators = false;
    if (group.roles.empty()) roles.insert(every_role_);
    for (const std::string& role : group.roles) {
      if (role == kCoordinatorRole) {
        coordinators = true;
      } else {
        roles.insert(every_role_ | found(by_role_, role));
      }
    }
    if (!roles.empty() && level_ < level) return false;  // some ask for no less than that
    return std::all_of(group.areas.begin(), group.areas.end(), [&](const std::string& area) {
      if (coordinators && !lies_within(area, areas_)) return false;
      const std::uint64_t there = around(area);
      return std::all_of(roles.begin(), roles.end(),
                         [there](std::uint64_t doing) { return (there & doing) != 0; });
    });
  }

 private:
  using Bits = std::map<std::string_view, std::uint64_t>;

  static std::uint64_t found(const Bits& bits, std::string_view name) {
    const auto at = bits.find(name);
    return at == bits.end() ? 0 : at->second;
  }
  [[nodiscard]] std::uint64_t around(std::string_view area) const {
    std::uint64_t bits = 0;
    for (; !area.empty(); area = parent(area))
      bits |= found(by_area_, area);
    return bits;
  }

  Areas areas_;
  Bits by_area_;
  Bits by_role_;
  std::uint64_t every_role_ = 0;
  v1::GradeLevel level_;
};

}  // namespace

MatchGroup coordinators_of(std::vector<std::string> areas) {
  MatchGroup group;
  group.areas = std::move(areas);
  group.roles.emplace_back(kCoordinatorRole);
  return group;
}

std::vector<std::string> areas_concerned(const v1::Alert& alert) {
  Areas areas;
  for (const v1::AudienceGroup& group : alert.content().audience().groups())
    areas.insert(group.areas().begin(), group.areas().end());
  for (const v1::Finding& finding : alert.content().findings()) {
    if (!finding.area().empty()) areas.insert(finding.area());
  }
  return {areas.begin(), areas.end()};
}

std::vector<std::string> areas_of_both(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  const Areas left(a.begin(), a.end());
  const Areas right(b.begin(), b.end());
  Areas out;
  for (const std::string& area : left) {
    if (lies_within(area, right)) out.insert(area);
  }
  for (const std::string& area : right) {
    if (lies_within(area, left)) out.insert(area);
  }
  return {out.begin(), out.end()};
}

Circle circle_of(const v1::Alert& alert, const ServiceSet& told, const Directory& directory) {
  Circle circle;
  circle.keys = match_keys_of(alert);
  circle.areas = areas_concerned(alert);
  circle.sender = alert.sender();
  circle.services = told;
  circle.services |= directory.matching(circle.keys);
  MatchKeys coordinators;
  coordinators.present = true;
  coordinators.level = v1::GRADE_LEVEL_URGENT;
  coordinators.groups.push_back(coordinators_of(circle.areas));
  circle.services |= directory.matching(coordinators);
  const v1::DirectoryEntry* const sender =
      alert.sender_service().empty() ? nullptr : directory.find(alert.sender_service());
  if (sender != nullptr) circle.services.add(sender->number());
  return circle;
}

bool covers(const Circle& outer, const std::vector<MatchGroup>& groups, v1::GradeLevel level) {
  const GroupIndex index(outer);
  return std::all_of(groups.begin(), groups.end(),
                     [&index, level](const MatchGroup& group) { return index.covers(group, level); });
}

bool covers(const Circle& outer, const Circle& inner) {
  ServiceSet both = inner.services;
  both &= outer.services;
  return both == inner.services && covers(outer, inner.keys.groups, inner.keys.level);
}

}  // namespace gjallar::domain
