#include "broker/security/authenticator.h"

#include <catch2/catch.hpp>

#include "broker/security/files.h"
#include "tests/support/temporary_directory.h"

namespace gjallar::security {
namespace {

constexpr std::string_view kPolicy =
    "[principals.police]\nissue = true\n[principals.customs]\nissue = true\n";

Policy policy() {
  return *Policy::parse(kPolicy, "policy.toml");
}

}  // namespace

TEST_CASE("a token proves its principal, also after the store is read again") {
  const testing::TemporaryDirectory folder;
  core::SeededRandom random(1);
  auto store = *TokenStore::open(folder.path() / "tokens.toml");
  const std::string police = *store->issue("police", random);
  const std::string customs = *store->issue("customs", random);
  CHECK(*store->principal_of(police) == "police");
  const auto again = *TokenStore::open(folder.path() / "tokens.toml");
  CHECK(*again->principal_of(police) == "police");
  CHECK(*again->principal_of(customs) == "customs");
}

TEST_CASE("nothing but the hash of a token's secret is on disk, readable by its owner alone") {
  const testing::TemporaryDirectory folder;
  core::SeededRandom random(2);
  const auto file = folder.path() / "tokens.toml";
  auto store = *TokenStore::open(file);
  const std::string token = *store->issue("police", random);
  const std::string secret = token.substr(token.find('.') + 1);
  REQUIRE(secret.size() == 64);
  const std::string text = *read_file(file);
  CHECK(text.find(secret) == std::string::npos);
  CHECK(text.find(core::to_hex(core::as_view(core::sha256(secret)))) != std::string::npos);
  const auto permissions = std::filesystem::status(file).permissions();
  CHECK(permissions == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

TEST_CASE("a wrong secret, an unknown id and a malformed token are refused alike") {
  const testing::TemporaryDirectory folder;
  core::SeededRandom random(3);
  auto store = *TokenStore::open(folder.path() / "tokens.toml");
  const std::string token = *store->issue("police", random);
  std::string wrong = token;
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  const std::string unknown = "0000000000000000" + token.substr(token.find('.'));
  for (const std::string& bad :
       {wrong, unknown, std::string("police"), std::string(), std::string("."), token + "0",
        token.substr(0, token.size() - 1), std::string(100'000, 'a') + ".b"}) {
    const auto refused = store->principal_of(bad);
    REQUIRE(refused.has_error());
    CHECK(refused.error().code == v1::ERROR_CODE_UNAUTHENTICATED);
    CHECK(core::to_text(refused.error()) == core::to_text(store->principal_of(wrong).error()));
  }
}

TEST_CASE("a damaged token file is refused with its line instead of being overwritten") {
  const testing::TemporaryDirectory folder;
  const auto file = folder.path() / "tokens.toml";
  REQUIRE(write_file(file, "[tokens.ab]\nprincipal = \"police\"\nsha256 = \"short\"\n").has_value());
  const auto store = TokenStore::open(file);
  REQUIRE(store.has_error());
  CHECK(store.error().message.find("tokens.toml:1:") != std::string::npos);
}

TEST_CASE("the bearer scheme is accepted in any case, and a bare token too") {
  const testing::TemporaryDirectory folder;
  core::SeededRandom random(4);
  const Policy rules = policy();
  auto store = *TokenStore::open(folder.path() / "tokens.toml");
  const Authenticator authenticator(rules, *store);
  const std::string token = *store->issue("police", random);
  for (const char* scheme : {"Bearer ", "bearer ", "BEARER ", ""}) {
    const auto principal = authenticator.by_bearer(scheme + token);
    REQUIRE(principal.has_value());
    CHECK(principal->name.value() == "police");
    CHECK(principal->rights.issue);
  }
  CHECK(authenticator.by_bearer("").has_error());
  CHECK(authenticator.by_bearer("Basic " + token).has_error());
}

TEST_CASE("a token whose principal left the policy is no longer valid") {
  const testing::TemporaryDirectory folder;
  core::SeededRandom random(5);
  const Policy rules = policy();
  auto store = *TokenStore::open(folder.path() / "tokens.toml");
  const std::string token = *store->issue("dismissed", random);
  const auto refused = Authenticator(rules, *store).by_token(token);
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == v1::ERROR_CODE_UNAUTHENTICATED);
}

TEST_CASE("a certificate proves exactly one principal of the policy") {
  const testing::TemporaryDirectory folder;
  const Policy rules = policy();
  const auto store = *TokenStore::open(folder.path() / "tokens.toml");
  const Authenticator authenticator(rules, *store);
  const auto principal = authenticator.by_certificate({"localhost", "gjallar:principal:customs"});
  REQUIRE(principal.has_value());
  CHECK(principal->name.value() == "customs");
  CHECK(authenticator.by_certificate({}).has_error());
  CHECK(authenticator.by_certificate({"localhost"}).has_error());
  CHECK(authenticator.by_certificate({"gjallar:principal:nobody"}).has_error());
  CHECK(authenticator.by_certificate({"gjallar:principal:police", "gjallar:principal:customs"}).has_error());
}

}  // namespace gjallar::security
