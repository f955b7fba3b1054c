#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "broker/core/result.h"
#include "broker/domain/principal.h"
#include "broker/domain/role.h"

namespace gjallar::security {

/// Who may do what in this deployment: read from a TOML file, docs/operate.md has its form. Immutable.
class Policy {
 public:
  [[nodiscard]] static core::Result<Policy> load(const std::filesystem::path& file);
  [[nodiscard]] static core::Result<Policy> parse(std::string_view toml, std::string_view name);
  /// nullptr if there is none.
  [[nodiscard]] const domain::Principal* find(std::string_view principal) const noexcept;
  [[nodiscard]] const std::map<std::string, domain::Principal, std::less<>>& principals() const noexcept {
    return principals_;
  }
  /// The roles: the defaults and the deployment's own.
  [[nodiscard]] const domain::RoleCatalogue& roles() const noexcept { return roles_; }

 private:
  std::map<std::string, domain::Principal, std::less<>> principals_;
  domain::RoleCatalogue roles_;
};

}  // namespace gjallar::security
