#include "broker/fanout/token_sessions.h"

#include <utility>

namespace gjallar::fanout {

TokenSessions::Ticket::~Ticket() {
  const std::lock_guard lock(sessions_->mutex_);
  const auto found = sessions_->open_.find(token_id_);
  found->second.erase(entry_);
  if (found->second.empty()) sessions_->open_.erase(found);
}

bool TokenSessions::Ticket::bind(const std::shared_ptr<Session>& session) {
  const std::lock_guard lock(sessions_->mutex_);
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
  Entries& entries = open_[proof.token_id];
  Entry entry;
  entry.secret = proof.secret;
  const auto place = entries.insert(entries.end(), std::move(entry));
  return std::make_unique<Ticket>(shared_from_this(), proof.token_id, place);
}

std::vector<std::shared_ptr<Session>> TokenSessions::end_before(const std::string& token_id,
                                                                core::Version oldest) {
  std::vector<std::shared_ptr<Session>> ended;
  const std::lock_guard lock(mutex_);
  oldest_[token_id] = oldest;
  const auto found = open_.find(token_id);
  if (found == open_.end()) return ended;
  for (Entry& entry : found->second) {
    if (entry.secret >= oldest || entry.ended) continue;
    entry.ended = true;
    if (auto session = entry.session.lock()) ended.push_back(std::move(session));
  }
  return ended;
}

}  // namespace gjallar::fanout
