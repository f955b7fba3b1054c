#include "broker/projections/live_tokens.h"

#include <limits>
#include <utility>

namespace gjallar::projections {

void LiveTokens::apply(domain::TokenAt token) {
  const std::lock_guard lock(mutex_);
  std::string id = token.entry.token_id();
  if (token.entry.revoked()) {
    head_.erase(id);
  } else {
    head_.insert_or_assign(std::move(id), std::move(token));
  }
  changed_ = true;
}

void LiveTokens::replace(Tokens tokens) {
  const std::lock_guard lock(mutex_);
  head_ = std::move(tokens);
  changed_ = true;
}

void LiveTokens::publish() {
  const std::lock_guard lock(mutex_);
  if (!changed_) return;
  published_ = std::make_shared<const Tokens>(head_);
  changed_ = false;
}

std::shared_ptr<const Tokens> LiveTokens::now() const {
  const std::lock_guard lock(mutex_);
  return published_;
}

core::Version LiveTokens::oldest_secret_in_force(std::string_view token_id) const {
  const auto tokens = now();
  const auto found = tokens->find(token_id);
  return found == tokens->end() ? std::numeric_limits<core::Version>::max()
                                : domain::oldest_secret_in_force(found->second);
}

}  // namespace gjallar::projections
