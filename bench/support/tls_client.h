#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "bench/support/answers.h"

namespace gjallar::bench {

/// One client over TLS on a non-blocking socket. Connects, says its greeting, is live once the server has
/// answered that it is subscribed. One thread; whoever owns it waits for readiness.
class TlsClient {
 public:
  enum class State { kIdle, kConnecting, kBeforeTls, kHandshake, kGreeting, kWaiting, kLive };
  /// What it read once live.
  using OnMark = std::function<void(int mark)>;

  TlsClient() = default;
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  /// Begins a connection from `address` (host byte order) to 127.0.0.1:port; with the ticket of the last one
  /// if `ticket`. Throws if there are no more sockets.
  void begin(SSL_CTX* context, std::uint32_t address, int port, bool ticket);
  /// Does what can be done now. False: the connection is gone, and it is idle again.
  [[nodiscard]] bool go_on(const std::string& greeting, const Answers& answers, const OnMark& on_mark);
  /// Cuts the connection without a word: a network that is gone.
  void cut();

  [[nodiscard]] State state() const noexcept { return state_; }
  [[nodiscard]] int socket() const noexcept { return socket_; }
  /// What epoll is to wait for besides readability.
  [[nodiscard]] bool wants_to_write() const noexcept { return wants_to_write_; }
  /// Whether the last handshake went by a ticket.
  [[nodiscard]] bool resumed() const noexcept { return resumed_; }

  /// For SSL_CTX_sess_set_new_cb: keeps the ticket that came with the client that it came to.
  static int keep_ticket(SSL* tls, SSL_SESSION* session);

 private:
  struct TlsFree {
    void operator()(SSL* tls) const noexcept { SSL_free(tls); }
  };
  struct TicketFree {
    void operator()(SSL_SESSION* session) const noexcept { SSL_SESSION_free(session); }
  };

  /// True: done; else it waits, or `failed`.
  [[nodiscard]] bool finished(int result, bool& failed);
  /// Reads what the server says before TLS; true once it is whole.
  [[nodiscard]] bool heard(std::string_view end, bool& failed);
  [[nodiscard]] bool read(const Answers& answers, const OnMark& on_mark);
  void take(std::string_view bytes, std::string_view subscribed, const OnMark& on_mark);

  State state_ = State::kIdle;
  int socket_ = -1;
  bool wants_to_write_ = false;
  bool resumed_ = false;
  std::unique_ptr<SSL, TlsFree> tls_;
  std::unique_ptr<SSL_SESSION, TicketFree> ticket_;
  std::string tail_;  ///< the last bytes read: what is looked for may lie across two reads
};

}  // namespace gjallar::bench
