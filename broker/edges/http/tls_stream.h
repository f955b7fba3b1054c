#pragma once

#include <openssl/ssl.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <cstddef>
#include <memory>
#include <utility>

namespace gjallar::edges::http {

struct TlsDeleter {
  void operator()(SSL* tls) const noexcept { SSL_free(tls); }
};
using TlsPtr = std::unique_ptr<SSL, TlsDeleter>;

/// The server's side of a TLS connection, of OpenSSL directly on the socket: buffers are released between
/// records, so that a silent connection costs about 15 KB where Asio's own stream costs 75. One operation of
/// a kind at a time; on the socket's thread. It may be moved while nothing is under way.
class TlsStream {
 public:
  using executor_type = boost::asio::ip::tcp::socket::executor_type;

  TlsStream(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context& context);

  [[nodiscard]] executor_type get_executor() { return socket_.get_executor(); }
  [[nodiscard]] boost::asio::ip::tcp::socket& socket() noexcept { return socket_; }
  /// The TLS state, to go on without this stream. Nothing else is called after it but socket().
  [[nodiscard]] TlsPtr release() noexcept { return std::move(tls_); }

  /// void(error_code)
  template <typename Token>
  auto async_handshake(Token&& token) {
    return run([](SSL* tls) { return SSL_accept(tls); }, WithoutSize<Token>{std::forward<Token>(token)});
  }
  /// Says that nothing more comes, and waits for the same. void(error_code)
  template <typename Token>
  auto async_shutdown(Token&& token) {
    const auto both = [](SSL* tls) {
      const int said = SSL_shutdown(tls);
      return said == 0 ? SSL_shutdown(tls) : said;
    };
    return run(both, WithoutSize<Token>{std::forward<Token>(token)});
  }
  /// void(error_code, std::size_t)
  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    const boost::asio::mutable_buffer into = first_of<boost::asio::mutable_buffer>(buffers);
    return run([into](SSL* tls) { return SSL_read(tls, into.data(), size_of(into.size())); },
               std::forward<Token>(token));
  }
  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    const boost::asio::const_buffer from = first_of<boost::asio::const_buffer>(buffers);
    return run([from](SSL* tls) { return SSL_write(tls, from.data(), size_of(from.size())); },
               std::forward<Token>(token));
  }

 private:
  template <typename Handler>
  struct WithoutSize {
    std::decay_t<Handler> handler;
    void operator()(boost::system::error_code failed, std::size_t) { handler(failed); }
  };

  /// What one attempt came to.
  struct Outcome {
    enum class Next { kDone, kRead, kWrite } next = Next::kDone;
    boost::system::error_code failed;
    std::size_t size = 0;
  };
  [[nodiscard]] Outcome outcome_of(int result) const;

  static int size_of(std::size_t size) noexcept {
    constexpr std::size_t kMost = 1U << 20;
    return static_cast<int>(size < kMost ? size : kMost);
  }
  template <typename Buffer, typename Buffers>
  static Buffer first_of(const Buffers& buffers) {
    for (auto at = boost::asio::buffer_sequence_begin(buffers);
         at != boost::asio::buffer_sequence_end(buffers); ++at) {
      const Buffer one(*at);
      if (one.size() > 0) return one;
    }
    return Buffer();
  }

  /// Tries again whenever the socket is ready for what OpenSSL waits for.
  template <typename Attempt>
  struct Operation {
    TlsStream& stream;
    Attempt attempt;
    bool begun = false;
    bool tried = false;
    Outcome outcome;

    template <typename Self>
    void operator()(Self& self, boost::system::error_code failed = {}) {
      if (failed) return self.complete(failed, 0);
      if (!tried) {
        ERR_clear_error();
        outcome = stream.outcome_of(attempt(stream.tls_.get()));
      }
      if (outcome.next != Outcome::Next::kDone) {
        const auto what = outcome.next == Outcome::Next::kRead ? boost::asio::ip::tcp::socket::wait_read
                                                               : boost::asio::ip::tcp::socket::wait_write;
        begun = true;
        stream.socket_.async_wait(what, std::move(self));
      } else if (!begun) {  // never from within the call that began it
        begun = tried = true;
        boost::asio::post(stream.get_executor(), std::move(self));
      } else {
        self.complete(outcome.failed, outcome.size);
      }
    }
  };

  template <typename Attempt, typename Token>
  auto run(Attempt attempt, Token&& token) {
    return boost::asio::async_compose<Token, void(boost::system::error_code, std::size_t)>(
        Operation<Attempt>{*this, std::move(attempt), false, false, {}}, token, socket_);
  }

  boost::asio::ip::tcp::socket socket_;
  TlsPtr tls_;
};

}  // namespace gjallar::edges::http
