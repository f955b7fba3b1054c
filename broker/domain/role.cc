#include "broker/domain/role.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "broker/core/error.h"

namespace gjallar::domain {
namespace {

constexpr std::string_view kDefaultRoles[] = {
    "syringe-exchange",
    "laro",
    "addiction-clinic",
    "emergency-department",
    "ambulance",
    "prison-health",
    "social-services",
    "municipal-physician",
    "outreach",
    "user-organisation",
    "pharmacy",
    "forensic-laboratory",
    "police",
    "customs",
    "public-health-agency",
    kCoordinatorRole,
    kEscalatorRole,
};

bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_letter_or_digit(char c) {
  return is_letter(c) || (c >= '0' && c <= '9');
}

// "night-shelter": words joined by single hyphens, a letter first.
bool is_formed_like_a_role(std::string_view role) {
  if (role.empty() || role.size() > kRoleNameBytesMax || !is_letter(role.front())) return false;
  bool after_hyphen = false;
  for (const char c : role) {
    if (c == '-' ? after_hyphen : !is_letter_or_digit(c)) return false;
    after_hyphen = c == '-';
  }
  return !after_hyphen;
}

}  // namespace

std::span<const std::string_view> default_roles() noexcept {
  return kDefaultRoles;
}

RoleCatalogue::RoleCatalogue() : roles_(std::begin(kDefaultRoles), std::end(kDefaultRoles)) {}

core::Result<RoleCatalogue> RoleCatalogue::with(const std::vector<std::string>& own, std::string_view field) {
  const auto refused = [field](std::string message, std::string advice) {
    return core::make_error(gjallar::v1::ERROR_CODE_INVALID_ARGUMENT, std::string(field), std::move(message),
                            std::move(advice));
  };
  if (own.size() > kOwnRolesMax) {
    return refused("There are too many roles.", fmt::format("Add at most {} of your own.", kOwnRolesMax));
  }
  RoleCatalogue catalogue;
  for (const std::string& role : own) {
    if (!is_formed_like_a_role(role)) {
      return refused("A role is not formed like one.",
                     fmt::format("Name it in lower-case letters and digits, words joined by hyphens, such as "
                                 "night-shelter; at most {} characters.",
                                 kRoleNameBytesMax));
    }
    if (catalogue.knows(role)) {
      return refused("A role is there already.", fmt::format("Leave {} out, or name it otherwise.", role));
    }
    catalogue.roles_.push_back(role);
  }
  return catalogue;
}

bool RoleCatalogue::knows(std::string_view role) const noexcept {
  return std::find(roles_.begin(), roles_.end(), role) != roles_.end();
}

core::Result<void> RoleCatalogue::check(std::string_view role, std::string_view field) const {
  if (knows(role)) return {};
  return core::make_error(gjallar::v1::ERROR_CODE_UNKNOWN_ROLE, std::string(field),
                          "This role is not known here.",
                          fmt::format("Use one of {}.", fmt::join(roles_, ", ")));
}

core::Result<void> check_role(std::string_view role, std::string_view field) {
  static const RoleCatalogue defaults;
  return defaults.check(role, field);
}

}  // namespace gjallar::domain
