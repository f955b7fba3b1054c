#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "broker/core/clock.h"
#include "broker/core/digest.h"
#include "broker/core/random.h"
#include "broker/core/result.h"
#include "broker/domain/principal.h"
#include "broker/projections/live_tokens.h"
#include "broker/security/policy.h"

namespace gjallar::security {

/// A new secret: what its holder is told once, and the SHA-256 of its 64 digits of hex.
struct NewSecret {
  std::string secret;
  core::Digest sha256{};
};
/// 256 random bits.
[[nodiscard]] NewSecret new_secret(core::Random& random);
/// Public part of a new token: 16 digits of hex.
[[nodiscard]] std::string new_token_id(core::Random& random);

/// The tokens of a file, for a deployment's first operator and for development: `id.secret` with 256 random
/// bits; kept as SHA-256 of the secret, found by id. Any thread.
class TokenStore {
 public:
  /// Reads `file` (TOML: one table a token id with principal and sha256); a missing file is an empty store.
  [[nodiscard]] static core::Result<std::unique_ptr<TokenStore>> open(std::filesystem::path file);
  /// Makes a token for a principal and saves its hash (file mode 0600, atomically). The secret is never
  /// stored.
  [[nodiscard]] core::Result<std::string> issue(std::string_view principal, core::Random& random);
  /// The principal's name; UNAUTHENTICATED for anything else, in constant time over the secret.
  [[nodiscard]] core::Result<std::string> principal_of(std::string_view token) const;

 private:
  struct Entry {
    std::string principal;
    core::Digest secret_sha256{};
  };
  explicit TokenStore(std::filesystem::path file) : file_(std::move(file)) {}
  std::filesystem::path file_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
};

/// Proves who calls. Any thread.
class Authenticator {
 public:
  /// All must outlive it. Tokens of the file alone.
  Authenticator(const Policy& policy, const TokenStore& tokens) : policy_(policy), tokens_(tokens) {}
  /// Tokens of the log too. `clock` says until when a secret that was rotated is good.
  Authenticator(const Policy& policy, const TokenStore& tokens, const projections::LiveTokens& of_log,
                const core::Clock& clock)
      : policy_(policy), tokens_(tokens), of_log_(&of_log), clock_(&clock) {}

  /// From the value of an Authorization header ("Bearer …") or a bare token. UNAUTHENTICATED.
  [[nodiscard]] core::Result<domain::Principal> by_bearer(std::string_view authorization) const;
  [[nodiscard]] core::Result<domain::Principal> by_token(std::string_view token) const;
  /// From the subject alternative names of a verified client certificate: exactly one
  /// "gjallar:principal:NAME". UNAUTHENTICATED.
  [[nodiscard]] core::Result<domain::Principal> by_certificate(
      const std::vector<std::string>& alternative_names) const;
  /// The roles that the deployment's policy knows.
  [[nodiscard]] const domain::RoleCatalogue& roles() const noexcept { return policy_.roles(); }

  /// UNAUTHENTICATED once the token that proved a caller has ended: for calls that stay open.
  [[nodiscard]] core::Result<void> check_still_good(const domain::Principal& principal) const;

 private:
  /// The principal's name and what proved it; nothing if the log has no such token in force.
  [[nodiscard]] std::optional<core::Result<domain::Principal>> by_token_of_log(std::string_view token) const;
  [[nodiscard]] core::Result<domain::Principal> principal_named(std::string_view name) const;

  const Policy& policy_;
  const TokenStore& tokens_;
  const projections::LiveTokens* const of_log_ = nullptr;
  const core::Clock* const clock_ = nullptr;
};

}  // namespace gjallar::security
