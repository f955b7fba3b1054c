#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "broker/core/counted.h"
#include "broker/core/result.h"
#include "broker/domain/principal.h"

namespace gjallar::fanout {

class Session;

/// The open sessions by the token of the log that proved their callers, so that they end with it. Callers by
/// certificate, or by a token of the file, aren't here. Any thread; the mutex is a leaf.
class TokenSessions : public std::enable_shared_from_this<TokenSessions> {
  struct Entry {
    core::Version secret = 0;
    Session* session = nullptr;  ///< its destructor gives the ticket back
    bool ended = false;
  };
  using Entries = std::list<Entry>;
  struct Token {
    Entries entries;
    std::shared_ptr<TokenSessions> sessions;  ///< while there are any
  };
  using Tokens = std::map<std::string, Token>;

 public:
  /// A session's place among those of its token; gives it back when it goes.
  class Ticket {
   public:
    Ticket(Tokens::value_type& token, Entries::iterator entry) : token_(token), entry_(entry) {}
    ~Ticket();
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;
    /// The session is there now, and owns the ticket. False if the token ended meanwhile: it must be closed.
    [[nodiscard]] bool bind(Session* session);

   private:
    Tokens::value_type& token_;  ///< stays while it has an entry
    Entries::iterator entry_;
  };

  /// UNAUTHENTICATED if the secret ended between the proof and now.
  [[nodiscard]] core::Result<std::unique_ptr<Ticket>> enter(const domain::TokenProof& proof);
  /// From now on only secrets from `oldest` on are in force. Returns the sessions that must be closed.
  [[nodiscard]] std::vector<core::Owned<Session>> end_before(const std::string& token_id,
                                                             core::Version oldest);

 private:
  std::mutex mutex_;
  Tokens open_;
  /// Of tokens that changed since the start; what ended before, nobody can prove himself by any more.
  std::map<std::string, core::Version> oldest_;
};

}  // namespace gjallar::fanout
