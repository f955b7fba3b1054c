#include "broker/domain/token.h"

#include <limits>

namespace gjallar::domain {

std::optional<core::Version> secret_proven(const TokenAt& token, const core::Digest& secret_sha256,
                                           core::WallTime now) {
  const v1::TokenEntry& entry = token.entry;
  const std::string_view given = core::as_view(secret_sha256);
  const bool present = core::equal_in_constant_time(given, entry.secret_sha256());
  const bool previous = core::equal_in_constant_time(given, entry.previous_sha256());
  if (entry.revoked()) return std::nullopt;
  if (present) return token.version;
  if (previous && now < core::from_timestamp(entry.previous_until())) return token.version - 1;
  return std::nullopt;
}

core::Version oldest_secret_in_force(const TokenAt& token) noexcept {
  if (token.entry.revoked()) return std::numeric_limits<core::Version>::max();
  return token.entry.previous_sha256().empty() ? token.version : token.version - 1;
}

}  // namespace gjallar::domain
