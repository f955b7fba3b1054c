#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "broker/domain/token.h"

namespace gjallar::projections {

/// Tokens in force, by id.
using Tokens = std::map<std::string, domain::TokenAt, std::less<>>;

/// The tokens in force at the head of the log, in memory, since every call looks one up. Written by the live
/// TokenFold on the appender's thread; everyone else reads immutable copies.
class LiveTokens {
 public:
  /// The appender's thread only. A revoked token is forgotten.
  void apply(domain::TokenAt token);
  /// Takes the place of all of it. On the appender's thread, or while nothing is appended.
  void replace(Tokens tokens);
  /// After a synced group, on the appender's thread, or after a rebuild: makes what changed visible to `now`.
  /// Cheap if nothing did.
  void publish();
  /// As of the last synced group. Any thread; never nullptr.
  [[nodiscard]] std::shared_ptr<const Tokens> now() const;
  /// domain::oldest_secret_in_force of a token as of `now`; of one that isn't in force: beyond every version.
  [[nodiscard]] core::Version oldest_secret_in_force(std::string_view token_id) const;

 private:
  mutable std::mutex mutex_;
  Tokens head_;
  bool changed_ = true;
  std::shared_ptr<const Tokens> published_ = std::make_shared<const Tokens>();
};

}  // namespace gjallar::projections
