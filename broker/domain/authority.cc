#include "broker/domain/authority.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "broker/domain/area.h"

namespace gjallar::domain {

bool is_sender(const Principal& principal, const v1::Alert& alert) noexcept {
  return alert.sender() == principal.name.value();
}

bool reaches(Scope scope, const Principal& principal, const v1::Alert& alert) noexcept {
  return scope == Scope::kAny || (scope == Scope::kOwn && is_sender(principal, alert));
}

bool concerns_service_of(const Principal& principal, const v1::Alert& alert, const ServiceSet& targeted,
                         const Directory& directory) {
  if (!principal.service) return false;
  const v1::DirectoryEntry* const entry = directory.find(principal.service->value());
  if (entry == nullptr) return false;
  return targeted.contains(entry->number()) || matches(match_keys_of(alert), *entry);
}

bool may_view(const Principal& principal, const v1::Alert& alert, const ServiceSet& targeted,
              const Directory& directory) {
  const Rights& rights = principal.rights;
  if (rights.view == Scope::kAny || rights.assess || rights.analyse || rights.audit || rights.operate)
    return true;
  if (is_sender(principal, alert)) return true;
  const bool of_own_service = principal.service && principal.service->value() == alert.sender_service();
  if (rights.view == Scope::kOwn && of_own_service) return true;
  return rights.view == Scope::kOwn && concerns_service_of(principal, alert, targeted, directory);
}

bool may_observe(const Principal& principal, const v1::Alert& alert, const ServiceSet& targeted,
                 const Directory& directory) {
  const Rights& rights = principal.rights;
  if (is_sender(principal, alert)) return rights.observe || rights.revise != Scope::kNone;
  return rights.observe && concerns_service_of(principal, alert, targeted, directory);
}

core::Error permission_denied(std::string field, std::string message, std::string advice) {
  return core::make_error(v1::ERROR_CODE_PERMISSION_DENIED, std::move(field), std::move(message),
                          std::move(advice));
}

core::Result<void> check_kind(const Principal& principal, v1::AlertKind kind, std::string_view field) {
  const std::set<v1::AlertKind>& kinds = principal.rights.issue_kinds;
  if (kinds.empty() || kinds.count(kind) != 0) return {};
  return permission_denied(std::string(field), "This principal may not issue alerts of this kind.",
                           "Use a kind that your policy allows, or ask the operator for the right.");
}

core::Result<void> check_issue_areas(const Principal& principal, const v1::Audience& audience,
                                     const v1::Audience* held, std::string_view path) {
  const std::vector<std::string>& allowed = principal.rights.issue_areas;
  if (allowed.empty()) return {};
  const auto inside = [](const auto& areas, const std::string& inner) {
    return std::any_of(areas.begin(), areas.end(),
                       [&inner](const std::string& outer) { return contains(outer, inner); });
  };
  const auto held_already = [&](const std::string& area) {
    return held != nullptr &&
           std::any_of(held->groups().begin(), held->groups().end(),
                       [&](const v1::AudienceGroup& group) { return inside(group.areas(), area); });
  };
  for (int group = 0; group < audience.groups_size(); ++group) {
    for (int area = 0; area < audience.groups(group).areas_size(); ++area) {
      const std::string& code = audience.groups(group).areas(area);
      if (inside(allowed, code) || held_already(code)) continue;
      return permission_denied(fmt::format("{}.groups[{}].areas[{}]", path, group, area),
                               "This principal may not address this area.",
                               "Address areas that your policy allows, or ask the operator for the right.");
    }
  }
  return {};
}

}  // namespace gjallar::domain
