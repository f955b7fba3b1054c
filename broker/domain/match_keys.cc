#include "broker/domain/match_keys.h"

#include <utility>

namespace gjallar::domain {

MatchKeys match_keys_of(const v1::Alert& alert) {
  MatchKeys keys;
  if (alert.phase() != v1::PHASE_LIVE) return keys;
  keys.present = true;
  keys.level = alert.level();
  const v1::Audience& audience = alert.content().audience();
  for (const v1::AudienceGroup& group : audience.groups()) {
    MatchGroup copy;
    copy.areas.assign(group.areas().begin(), group.areas().end());
    copy.roles.assign(group.roles().begin(), group.roles().end());
    copy.minimum_grade = group.minimum_grade();
    keys.groups.push_back(std::move(copy));
  }
  keys.services.assign(audience.services().begin(), audience.services().end());
  return keys;
}

MatchKeys match_keys_naming(std::vector<std::string> services) {
  MatchKeys keys;
  keys.present = true;
  keys.services = std::move(services);
  return keys;
}

}  // namespace gjallar::domain
