#include "broker/domain/directory.h"

#include <algorithm>
#include <cassert>

#include "broker/core/limits.h"
#include "broker/domain/area.h"
#include "broker/domain/neighbours.h"
#include "broker/domain/role.h"

namespace gjallar::domain {
namespace {

template <typename Range>
bool has(const Range& range, std::string_view wanted) {
  return std::any_of(range.begin(), range.end(),
                     [wanted](const std::string& item) { return item == wanted; });
}

/// Adds to or takes from the set under a key; a set that runs empty goes.
void put(std::unordered_map<std::string, ServiceSet>& sets, std::string_view key, core::ServiceNumber number,
         bool add) {
  if (add) {
    sets[std::string(key)].add(number);
    return;
  }
  const auto found = sets.find(std::string(key));
  if (found == sets.end()) return;
  found->second.remove(number);
  if (found->second.empty()) sets.erase(found);
}

/// Adds the set under a key, if there is one.
void join(ServiceSet& into, const std::unordered_map<std::string, ServiceSet>& sets, std::string_view key) {
  if (const auto found = sets.find(std::string(key)); found != sets.end()) into |= found->second;
}

}  // namespace

void Directory::apply(const v1::DirectoryEntry& entry) {
  const core::ServiceNumber number = entry.number();
  assert(number < core::limits::kServicesMax);
  if (number >= entries_.size()) entries_.resize(number + 1);
  v1::DirectoryEntry& held = entries_[number];
  if (!held.service().service_id().empty()) index(held, false);
  held = entry;
  by_id_[entry.service().service_id()] = number;
  index(held, true);
}

void Directory::index(const v1::DirectoryEntry& entry, bool add) {
  const core::ServiceNumber number = entry.number();
  for (const std::string& area : matched_areas(entry.service())) {
    if (!contains(area, area)) continue;  // not formed like a code: it meets nothing
    put(at_area_, area, number, add);
    for (std::string_view around = area; !around.empty(); around = parent(around)) {
      put(within_area_, around, number, add);
    }
  }
  for (const std::string& role : entry.service().roles())
    put(by_role_, role, number, add);
  for (std::size_t level = 0; level < by_level_.size(); ++level) {
    if (add && entry.service().minimum_grade() <= static_cast<int>(level)) {
      by_level_[level].add(number);
    } else {
      by_level_[level].remove(number);
    }
  }
  if (add && entry.enabled()) {
    enabled_.add(number);
  } else {
    enabled_.remove(number);
  }
}

const v1::DirectoryEntry* Directory::find(std::string_view service_id) const noexcept {
  const auto found = by_id_.find(std::string(service_id));
  return found == by_id_.end() ? nullptr : &entries_[found->second];
}

const v1::DirectoryEntry* Directory::find(core::ServiceNumber number) const noexcept {
  if (number >= entries_.size() || entries_[number].service().service_id().empty()) return nullptr;
  return &entries_[number];
}

core::ServiceNumber Directory::next_number() const noexcept {
  return static_cast<core::ServiceNumber>(entries_.size());
}

std::size_t Directory::enabled_count() const noexcept {
  return enabled_.count();
}

ServiceSet Directory::matching(const MatchKeys& keys) const {
  ServiceSet matched;
  if (!keys.present) return matched;
  for (const MatchGroup& group : keys.groups) {
    if (keys.level < group.minimum_grade) continue;
    ServiceSet there;
    for (const std::string& area : group.areas) {
      join(there, within_area_, area);
      for (std::string_view around = parent(area); !around.empty(); around = parent(around)) {
        join(there, at_area_, around);
      }
    }
    if (!group.roles.empty()) {
      ServiceSet doing;
      for (const std::string& role : group.roles)
        join(doing, by_role_, role);
      there &= doing;
    }
    matched |= there;
  }
  matched &= enabled_;
  matched &= by_level_[std::min(static_cast<std::size_t>(keys.level), by_level_.size() - 1)];
  for (const std::string& service : keys.services) {
    if (const auto found = by_id_.find(service); found != by_id_.end()) matched.add(found->second);
  }
  return matched;
}

bool only_escalates(const v1::Service& service) {
  const auto& roles = service.roles();
  return !roles.empty() && std::all_of(roles.begin(), roles.end(),
                                       [](const std::string& role) { return role == kEscalatorRole; });
}

bool matches(const MatchKeys& keys, const v1::DirectoryEntry& entry) {
  if (!keys.present) return false;
  const v1::Service& service = entry.service();
  if (has(keys.services, service.service_id())) return true;
  if (!entry.enabled() || keys.level < service.minimum_grade()) return false;
  return std::any_of(keys.groups.begin(), keys.groups.end(), [&](const MatchGroup& group) {
    if (keys.level < group.minimum_grade) return false;
    const bool role_fits = group.roles.empty() ||
                           std::any_of(service.roles().begin(), service.roles().end(),
                                       [&group](const std::string& role) { return has(group.roles, role); });
    const std::vector<std::string> own_areas = matched_areas(service);
    return role_fits && std::any_of(own_areas.begin(), own_areas.end(), [&group](const std::string& own) {
             return std::any_of(group.areas.begin(), group.areas.end(),
                                [&own](const std::string& area) { return areas_meet(own, area); });
           });
  });
}

}  // namespace gjallar::domain
