#pragma once

#include <filesystem>
#include <map>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "broker/core/digest.h"
#include "broker/core/random.h"
#include "broker/core/result.h"
#include "broker/domain/principal.h"
#include "broker/security/policy.h"

namespace gjallar::security {

/// Tokens `id.secret` with 256 random bits; kept as SHA-256 of the secret, found by id. Any thread.
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
  /// Both must outlive it.
  Authenticator(const Policy& policy, const TokenStore& tokens) : policy_(policy), tokens_(tokens) {}

  /// From the value of an Authorization header ("Bearer …") or a bare token. UNAUTHENTICATED.
  [[nodiscard]] core::Result<domain::Principal> by_bearer(std::string_view authorization) const;
  [[nodiscard]] core::Result<domain::Principal> by_token(std::string_view token) const;
  /// From the subject alternative names of a verified client certificate: exactly one
  /// "gjallar:principal:NAME". UNAUTHENTICATED.
  [[nodiscard]] core::Result<domain::Principal> by_certificate(
      const std::vector<std::string>& alternative_names) const;
  /// The roles that the deployment's policy knows.
  [[nodiscard]] const domain::RoleCatalogue& roles() const noexcept { return policy_.roles(); }

 private:
  const Policy& policy_;
  const TokenStore& tokens_;
};

}  // namespace gjallar::security
