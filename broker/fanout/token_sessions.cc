#include "broker/fanout/token_sessions.h"

#include <utility>

#include "broker/fanout/shard_session.h"

namespace gjallar::fanout {

TokenSessions::Ticket::~Ticket() {
  const std::shared_ptr<TokenSessions> sessions = token_.second.sessions;  // outlives its entry
  const std::lock_guard lock(sessions->mutex_);
  token_.second.entries.erase(entry_);
  if (token_.second.entries.empty()) sessions->open_.erase(sessions->open_.find(token_.first));
}

bool TokenSessions::Ticket::bind(Session* session) {
  const std::lock_guard lock(token_.second.sessions->mutex_);
  entry_->session = session;
  return !entry_->ended;
}

core::Result<std::unique_ptr<TokenSessions::Ticket>> TokenSessions::enter(const domain::TokenProof& proof) {
  const std::lock_guard lock(mutex_);
  const auto oldest = oldest_.find(proof.token_id);
  if (oldest != oldest_.end() && proof.secret < oldest->second) {
    return core::make_error(gjallar::v1::ERROR_CODE_UNAUTHENTICATED, "", "The token is not valid.",
                            "Connect with a new one.");
  }
  Tokens::value_type& token = *open_.try_emplace(proof.token_id).first;
  Entries& entries = token.second.entries;
  if (entries.empty()) token.second.sessions = shared_from_this();
  Entry entry;
  entry.secret = proof.secret;
  return std::make_unique<Ticket>(token, entries.insert(entries.end(), entry));
}

std::vector<core::Owned<Session>> TokenSessions::end_before(const std::string& token_id,
                                                            core::Version oldest) {
  std::vector<core::Owned<Session>> ended;
  const std::lock_guard lock(mutex_);
  oldest_[token_id] = oldest;
  const auto found = open_.find(token_id);
  if (found == open_.end()) return ended;
  for (Entry& entry : found->second.entries) {
    if (entry.secret >= oldest || entry.ended) continue;
    entry.ended = true;
    if (auto session = core::owned_if_alive(entry.session)) ended.push_back(std::move(session));
  }
  return ended;
}

}  // namespace gjallar::fanout
