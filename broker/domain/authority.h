#pragma once

#include <string>
#include <string_view>

#include "broker/domain/decide.h"
#include "broker/domain/principal.h"

namespace gjallar::domain {

/// Whether the principal issued the alert.
[[nodiscard]] bool is_sender(const Principal& principal, const v1::Alert& alert) noexcept;
/// Whether a right of this scope covers the alert.
[[nodiscard]] bool reaches(Scope scope, const Principal& principal, const v1::Alert& alert) noexcept;
/// Whether the principal's service was ever told of the alert, or would be now.
[[nodiscard]] bool concerns_service_of(const Principal& principal, const v1::Alert& alert,
                                       const ServiceSet& targeted, const Directory& directory);
/// Whether the principal may say "seen here too".
[[nodiscard]] bool may_observe(const Principal& principal, const v1::Alert& alert, const ServiceSet& targeted,
                               const Directory& directory);

/// Whether the principal may tell the coordinators of something: who may issue or observe.
[[nodiscard]] inline bool may_report(const Principal& principal) noexcept {
  return principal.rights.issue || principal.rights.observe;
}

/// Refuses with PERMISSION_DENIED: never with anything that was sent.
[[nodiscard]] core::Error permission_denied(std::string field, std::string message, std::string advice);

/// Whether the principal's policy lets it issue this kind; names `field` if not.
[[nodiscard]] core::Result<void> check_kind(const Principal& principal, v1::AlertKind kind,
                                            std::string_view field);
/// Whether every area of the audience lies in the areas that the principal may issue for, or in the audience
/// the alert has already (`held`, may be nullptr: none). `path` is that of the audience in the request.
[[nodiscard]] core::Result<void> check_issue_areas(const Principal& principal, const v1::Audience& audience,
                                                   const v1::Audience* held, std::string_view path);

}  // namespace gjallar::domain
