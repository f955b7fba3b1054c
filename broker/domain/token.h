#pragma once

#include <cstddef>
#include <optional>

#include "broker/core/clock.h"
#include "broker/core/digest.h"
#include "broker/core/ids.h"
#include "gjallar/v1/event.pb.h"

/// Tokens of the log: public ids with secrets of which only the SHA-256 is known. Pure.
namespace gjallar::domain {

/// Tokens that may be in force at once.
inline constexpr std::size_t kTokensMax = 20'000;
/// The longest that a token's secret is good beside the next one.
inline constexpr std::chrono::hours kTokenOverlapMax{24 * 30};

/// A token as it stands, and the count of its events.
struct TokenAt {
  gjallar::v1::TokenEntry entry;
  core::Version version = 0;
};

/// Which of the token's secrets a SHA-256 belongs to at `now`: the version of the event that brought it.
/// Nothing if it is none that is good. In constant time over the hashes.
[[nodiscard]] std::optional<core::Version> secret_proven(const TokenAt& token,
                                                         const core::Digest& secret_sha256,
                                                         core::WallTime now);

/// The oldest secret whose sessions may stay open once the token stands so; beyond every version once it is
/// revoked. A secret whose overlap ends later keeps the sessions it opened.
[[nodiscard]] core::Version oldest_secret_in_force(const TokenAt& token) noexcept;

}  // namespace gjallar::domain
