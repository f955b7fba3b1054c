#include <catch2/catch.hpp>

#include "broker/security/authenticator.h"
#include "tests/support/sample_tokens.h"
#include "tests/support/temporary_directory.h"

namespace gjallar::security {
namespace {

/// An authenticator with a token of the log beside those of a file.
struct BothKinds {
  BothKinds() {
    domain::TokenAt token;
    token.entry.set_token_id(testing::kSampleTokenId);
    token.entry.set_principal("police");
    token.entry.set_secret_sha256(testing::sha256_text("second"));
    token.entry.set_previous_sha256(testing::sha256_text("first"));
    *token.entry.mutable_previous_until() = core::to_timestamp(clock.wall() + std::chrono::hours(1));
    token.version = 2;
    live.apply(token);
    live.publish();
  }

  [[nodiscard]] core::Result<domain::Principal> call(const std::string& secret) const {
    return authenticator.by_bearer(std::string("Bearer ") + testing::kSampleTokenId + "." + secret);
  }

  testing::TemporaryDirectory folder;
  core::SeededRandom random{1};
  core::ManualClock clock;
  Policy policy = *Policy::parse("[principals.police]\nissue = true\n[principals.customs]\nissue = true\n",
                                 "policy.toml");
  std::unique_ptr<TokenStore> file = *TokenStore::open(folder.path() / "tokens.toml");
  projections::LiveTokens live;
  Authenticator authenticator{policy, *file, live, clock};
};

}  // namespace

TEST_CASE("a token of the log proves its principal and which of its secrets did") {
  const BothKinds both;
  const auto by_present = both.call("second");
  REQUIRE(by_present.has_value());
  CHECK(by_present->name.value() == "police");
  CHECK(by_present->token.value().token_id == testing::kSampleTokenId);
  CHECK(by_present->token.value().secret == 2);
  CHECK(both.call("first")->token.value().secret == 1);
}

TEST_CASE("the secret before is refused once its overlap is over, by the injected clock") {
  BothKinds both;
  both.clock.advance(std::chrono::hours(1));
  CHECK(both.call("second").has_value());
  const auto refused = both.call("first");
  REQUIRE(refused.has_error());
  CHECK(core::to_text(refused.error()) == core::to_text(both.call("never").error()));
}

TEST_CASE("a token that was revoked is refused at once, and open calls notice") {
  BothKinds both;
  const auto caller = both.call("second");
  REQUIRE(caller.has_value());
  CHECK(both.authenticator.check_still_good(*caller).has_value());
  domain::TokenAt revoked = both.live.now()->at(testing::kSampleTokenId);
  revoked.entry.set_revoked(true);
  revoked.version = 3;
  both.live.apply(revoked);
  CHECK(both.call("second").has_value());  // not synced yet
  both.live.publish();
  REQUIRE(both.call("second").has_error());
  CHECK(both.call("second").error().code == v1::ERROR_CODE_UNAUTHENTICATED);
  CHECK(both.authenticator.check_still_good(*caller).error().code == v1::ERROR_CODE_UNAUTHENTICATED);
}

TEST_CASE("tokens of the file go on beside those of the log, and are no token of the log") {
  BothKinds both;
  const std::string token = *both.file->issue("customs", both.random);
  const auto caller = both.authenticator.by_token(token);
  REQUIRE(caller.has_value());
  CHECK(caller->name.value() == "customs");
  CHECK_FALSE(caller->token.has_value());
  CHECK(both.authenticator.check_still_good(*caller).has_value());
}

TEST_CASE("new secrets have 256 random bits and new ids are what the log takes") {
  core::SeededRandom random(7);
  const NewSecret one = new_secret(random);
  const NewSecret other = new_secret(random);
  CHECK(one.secret.size() == 64);
  CHECK(one.secret != other.secret);
  CHECK(one.sha256 == core::sha256(one.secret));
  const std::string id = new_token_id(random);
  CHECK(id.size() == 16);
  CHECK(id.find_first_not_of("0123456789abcdef") == std::string::npos);
}

}  // namespace gjallar::security
