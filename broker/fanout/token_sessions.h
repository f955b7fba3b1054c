#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "broker/core/result.h"
#include "broker/domain/principal.h"

namespace gjallar::fanout {

class Session;

/// The open sessions by the token of the log that proved their callers, so that they end with it. Callers by
/// certificate, or by a token of the file, aren't here. Any thread; the mutex is a leaf.
class TokenSessions : public std::enable_shared_from_this<TokenSessions> {
  struct Entry {
    core::Version secret = 0;
    std::weak_ptr<Session> session;
    bool ended = false;
  };
  using Entries = std::list<Entry>;

 public:
  /// A session's place among those of its token; gives it back when it goes.
  class Ticket {
   public:
    Ticket(std::shared_ptr<TokenSessions> sessions, std::string token_id, Entries::iterator entry)
        : sessions_(std::move(sessions)), token_id_(std::move(token_id)), entry_(entry) {}
    ~Ticket();
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;
    /// The session is there now. False if the token ended meanwhile: it must be closed.
    [[nodiscard]] bool bind(const std::shared_ptr<Session>& session);

   private:
    std::shared_ptr<TokenSessions> sessions_;
    std::string token_id_;
    Entries::iterator entry_;
  };

  /// UNAUTHENTICATED if the secret ended between the proof and now.
  [[nodiscard]] core::Result<std::unique_ptr<Ticket>> enter(const domain::TokenProof& proof);
  /// From now on only secrets from `oldest` on are in force. Returns the sessions that must be closed.
  [[nodiscard]] std::vector<std::shared_ptr<Session>> end_before(const std::string& token_id,
                                                                 core::Version oldest);

 private:
  std::mutex mutex_;
  std::map<std::string, Entries> open_;
  /// Of tokens that changed since the start; what ended before, nobody can prove himself by any more.
  std::map<std::string, core::Version> oldest_;
};

}  // namespace gjallar::fanout
