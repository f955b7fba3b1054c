#include "broker/domain/concerns.h"

#include <algorithm>

#include "broker/domain/area.h"

namespace gjallar::domain {

ServiceSet targets_of(const EventReach& reach, const ServiceSet& already_targeted,
                      const Directory& directory) {
  ServiceSet targets = already_targeted;
  targets |= directory.matching(reach.before);
  targets |= directory.matching(reach.after);
  return targets;
}

bool names_only(v1::EventType type) noexcept {
  return type == v1::EVENT_TYPE_ALERT_NOTICE || type == v1::EVENT_TYPE_ALERT_ESCALATED ||
         type == v1::EVENT_TYPE_ALERT_ESCALATION_REPORTED;
}

ServiceSet targets_of(v1::EventType type, const EventReach& reach, const ServiceSet& already_targeted,
                      const Directory& directory) {
  return targets_of(reach, names_only(type) ? ServiceSet() : already_targeted, directory);
}

bool concerns(const MatchKeys& keys, const ViewFilter& filter) {
  if (!keys.present) return false;
  if (filter.area.empty() && filter.role.empty()) return true;
  return std::any_of(keys.groups.begin(), keys.groups.end(), [&](const MatchGroup& group) {
    if (keys.level < group.minimum_grade) return false;
    const bool role_fits =
        filter.role.empty() || group.roles.empty() ||
        std::find(group.roles.begin(), group.roles.end(), filter.role) != group.roles.end();
    const bool area_fits = filter.area.empty() || std::any_of(group.areas.begin(), group.areas.end(),
                                                              [&filter](const std::string& area) {
                                                                return areas_meet(area, filter.area);
                                                              });
    return role_fits && area_fits;
  });
}

bool concerns(const EventReach& reach, const ViewFilter& filter) {
  return concerns(reach.before, filter) || concerns(reach.after, filter);
}

}  // namespace gjallar::domain
