#include "broker/security/authenticator.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>

#include "broker/security/files.h"
#include "broker/security/toml.h"

namespace gjallar::security {
namespace {

constexpr std::string_view kCertificateName = "gjallar:principal:";
constexpr std::size_t kTokenIdBytes = 8;
/// Longer than any token: nothing longer is looked at.
constexpr std::size_t kTokenLengthMax = 256;

core::Error unauthenticated(std::string message) {
  return core::make_error(
      v1::ERROR_CODE_UNAUTHENTICATED, "", std::move(message),
      "Give a client certificate of this deployment, or a token as \"Authorization: Bearer TOKEN\".");
}

bool is_bearer(std::string_view scheme) {
  constexpr std::string_view kBearer = "bearer ";
  return scheme.size() >= kBearer.size() &&
         std::equal(kBearer.begin(), kBearer.end(), scheme.begin(), [](char a, char b) {
           return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
         });
}

std::optional<core::Digest> digest_from_hex(std::string_view hex) {
  core::Digest digest{};
  if (hex.size() != 2 * digest.size()) return std::nullopt;
  const auto value = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const int high = value(hex[2 * i]);
    const int low = value(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return digest;
}

}  // namespace

core::Result<std::unique_ptr<TokenStore>> TokenStore::open(std::filesystem::path file) {
  std::unique_ptr<TokenStore> store(new TokenStore(std::move(file)));
  const auto text = read_file(store->file_);
  if (!text) {
    if (text.error().code == v1::ERROR_CODE_NOT_FOUND) return store;
    return text.error();
  }
  TomlReader reader(*text, store->file_.string());
  reader.only(reader.root(), "", {"tokens"});
  if (const toml::table* tokens = reader.table(reader.root(), "", "tokens")) {
    for (const auto& entry : *tokens) {
      const std::string id(entry.first.str());
      const std::string path = "tokens." + id;
      const toml::table* table = reader.table(*tokens, "tokens", id);
      if (table == nullptr) continue;
      reader.only(*table, path, {"principal", "sha256"});
      Entry token;
      token.principal = reader.text(*table, path, "principal");
      if (const auto digest = digest_from_hex(reader.text(*table, path, "sha256"))) {
        token.secret_sha256 = *digest;
      } else {
        reader.refuse(table, path, "sha256", "That is not a SHA-256.", "Write 64 digits of lower-case hex.");
      }
      store->entries_.emplace(id, std::move(token));
    }
  }
  if (reader.failed()) return reader.error();
  return store;
}

NewSecret new_secret(core::Random& random) {
  const core::Digest source = random.bytes32();
  NewSecret made;
  made.secret = core::to_hex(core::as_view(source));
  made.sha256 = core::sha256(made.secret);
  return made;
}

std::string new_token_id(core::Random& random) {
  const core::Digest source = random.bytes32();
  return core::to_hex(core::as_view(source).substr(0, kTokenIdBytes));
}

core::Result<std::string> TokenStore::issue(std::string_view principal, core::Random& random) {
  const std::string id = new_token_id(random);
  const NewSecret made = new_secret(random);
  const std::unique_lock lock(mutex_);
  auto entries = entries_;
  entries[id] = Entry{std::string(principal), made.sha256};
  std::string text =
      "# Tokens by id: who they are, and the SHA-256 of their secrets. The secrets are nowhere here.\n";
  for (const auto& [token_id, entry] : entries) {
    text += fmt::format("\n[tokens.{}]\nprincipal = \"{}\"\nsha256 = \"{}\"\n", token_id, entry.principal,
                        core::to_hex(core::as_view(entry.secret_sha256)));
  }
  GJALLAR_TRY(write_file(file_, text));
  entries_ = std::move(entries);
  return id + "." + made.secret;
}

core::Result<std::string> TokenStore::principal_of(std::string_view token) const {
  const auto refused = [] { return unauthenticated("The token is not valid."); };
  const std::size_t dot = token.find('.');
  if (dot == std::string_view::npos || token.size() > kTokenLengthMax) return refused();
  const core::Digest given = core::sha256(token.substr(dot + 1));
  const std::shared_lock lock(mutex_);
  const auto found = entries_.find(token.substr(0, dot));
  // An unknown id costs as much as a wrong secret.
  const core::Digest expected = found == entries_.end() ? core::Digest{} : found->second.secret_sha256;
  const bool same = core::equal_in_constant_time(core::as_view(given), core::as_view(expected));
  if (!same || found == entries_.end()) return refused();
  return found->second.principal;
}

core::Result<domain::Principal> Authenticator::by_bearer(std::string_view authorization) const {
  if (authorization.empty()) return unauthenticated("The call carries no credentials.");
  if (is_bearer(authorization)) authorization.remove_prefix(7);
  return by_token(authorization);
}

core::Result<domain::Principal> Authenticator::by_token(std::string_view token) const {
  if (auto principal = by_token_of_log(token)) return std::move(*principal);
  const auto name = tokens_.principal_of(token);
  if (!name) return name.error();
  return principal_named(*name);
}

core::Result<void> Authenticator::check_still_good(const domain::Principal& principal) const {
  if (!principal.token || of_log_ == nullptr) return {};
  if (principal.token->secret >= of_log_->oldest_secret_in_force(principal.token->token_id)) return {};
  return unauthenticated("The token is no longer valid.");
}

core::Result<domain::Principal> Authenticator::principal_named(std::string_view name) const {
  const domain::Principal* principal = policy_.find(name);
  if (principal == nullptr) return unauthenticated("The token's principal is not in the policy.");
  return *principal;
}

std::optional<core::Result<domain::Principal>> Authenticator::by_token_of_log(std::string_view token) const {
  const std::size_t dot = token.find('.');
  if (of_log_ == nullptr || dot == std::string_view::npos || token.size() > kTokenLengthMax)
    return std::nullopt;
  const auto tokens = of_log_->now();
  const auto found = tokens->find(token.substr(0, dot));
  if (found == tokens->end()) return std::nullopt;
  const core::Digest given = core::sha256(token.substr(dot + 1));
  const auto secret = domain::secret_proven(found->second, given, clock_->wall());
  if (!secret) return std::nullopt;  // refused as one that nobody knows
  auto principal = principal_named(found->second.entry.principal());
  if (principal) principal->token = domain::TokenProof{found->first, *secret};
  return principal;
}

core::Result<domain::Principal> Authenticator::by_certificate(
    const std::vector<std::string>& alternative_names) const {
  std::string_view name;
  int count = 0;
  for (const std::string& alternative : alternative_names) {
    if (alternative.rfind(kCertificateName, 0) != 0) continue;
    name = std::string_view(alternative).substr(kCertificateName.size());
    ++count;
  }
  if (count != 1) return unauthenticated("The certificate names no principal, or more than one.");
  const domain::Principal* principal = policy_.find(name);
  if (principal == nullptr) return unauthenticated("The certificate's principal is not in the policy.");
  return *principal;
}

}  // namespace gjallar::security
