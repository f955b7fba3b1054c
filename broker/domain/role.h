#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/core/result.h"

namespace gjallar::domain {

/// The role of those who grade and disseminate; an alert to them alone is a report.
inline constexpr std::string_view kCoordinatorRole = "coordinator";
/// The role of those who carry out escalations: they call the services that an alert hasn't reached.
inline constexpr std::string_view kEscalatorRole = "escalator";

/// The longest role name a deployment may add, in bytes.
inline constexpr std::size_t kRoleNameBytesMax = 40;
/// How many roles a deployment may add.
inline constexpr std::size_t kOwnRolesMax = 64;

/// The seventeen roles every deployment has, in the order in which people are shown them.
[[nodiscard]] std::span<const std::string_view> default_roles() noexcept;

/// The roles a deployment knows: the defaults and its own. Immutable once made, so any thread may read it.
class RoleCatalogue {
 public:
  /// The defaults alone.
  RoleCatalogue();

  /// The defaults and `own`. A name is lower-case ASCII words of letters and digits, joined by single
  /// hyphens, starting with a letter, at most kRoleNameBytesMax; a repeat of a default or of another is
  /// refused. Errors: `invalid_argument`, naming `field`.
  [[nodiscard]] static core::Result<RoleCatalogue> with(const std::vector<std::string>& own,
                                                        std::string_view field);

  /// True if `role` is one of the defaults or the deployment's own.
  [[nodiscard]] bool knows(std::string_view role) const noexcept;

  /// Accepts a known role; else `unknown_role`, naming `field`, with the known roles as advice. The refused
  /// text is never echoed.
  [[nodiscard]] core::Result<void> check(std::string_view role, std::string_view field) const;

  /// All roles: the defaults in their order, then the deployment's own in theirs.
  [[nodiscard]] const std::vector<std::string>& roles() const noexcept { return roles_; }

 private:
  std::vector<std::string> roles_;
};

/// RoleCatalogue::check against the defaults alone.
[[nodiscard]] core::Result<void> check_role(std::string_view role, std::string_view field);

}  // namespace gjallar::domain
