#include "broker/edges/http/http_edge.h"

#include <spdlog/spdlog.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <optional>
#include <utility>

#include "broker/core/jitter.h"
#include "broker/core/token_bucket.h"
#include "broker/edges/http/edge_context.h"
#include "broker/edges/http/http_connection.h"
#include "broker/edges/http/refusal.h"
#include "broker/edges/http/tls_files.h"
#include "broker/operations/configuration.h"

namespace gjallar::edges {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// Before the next accept after one that failed: the process may be out of files.
constexpr std::chrono::milliseconds kAcceptPause{100};
/// Before who came to a full broker should come back; three times as much at most.
constexpr std::chrono::milliseconds kCrowdedRetryAfter{5'000};

core::Error cannot(const char* field, std::string message, std::string advice) {
  return core::make_error(v1::ERROR_CODE_UNAVAILABLE, field, std::move(message), std::move(advice));
}

core::Error crowded_error() {
  auto error = core::make_error(v1::ERROR_CODE_OVERLOADED, "", "The broker has too many connections.",
                                "Come back after retry_after.");
  error.retry_after = core::jittered(kCrowdedRetryAfter);
  return error;
}

/// Accepts on shard 0's thread and gives each socket to a shard in turn.
class Acceptor : public std::enable_shared_from_this<Acceptor> {
 public:
  Acceptor(std::shared_ptr<http::EdgeContext> context, std::optional<http::TlsFiles> tls)
      : context_(std::move(context)),
        tls_(std::move(tls)),
        acceptor_(context_->parts.hub.shard_context(0)),
        pause_(context_->parts.hub.shard_context(0)),
        handshakes_(core::limits::kHandshakesPerSecond, core::limits::kHandshakesAtOnce,
                    context_->parts.clock.steady()) {}

  /// Before the first accept: on the caller's thread.
  core::Result<int> listen(const tcp::endpoint& endpoint) {
    error_code failed;
    acceptor_.open(endpoint.protocol(), failed);
    if (!failed) acceptor_.set_option(asio::socket_base::reuse_address(true), failed);
    if (!failed) acceptor_.bind(endpoint, failed);
    if (!failed) acceptor_.listen(asio::socket_base::max_listen_connections, failed);
    if (failed) {
      return cannot("http.address", "Can't listen for HTTP: " + failed.message() + ".",
                    "Choose another address or port, or stop the program that has it.");
    }
    return static_cast<int>(acceptor_.local_endpoint().port());
  }

  void accept() {
    const std::size_t shard = context_->parts.hub.pick_shard();
    acceptor_.async_accept(context_->parts.hub.shard_context(shard),
                           [self = shared_from_this(), shard](error_code failed, tcp::socket socket) {
                             self->on_accept(failed, shard, std::move(socket));
                           });
  }

  void close() {
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  }

 private:
  void on_accept(error_code failed, std::size_t shard, tcp::socket socket) {
    if (!acceptor_.is_open()) return;
    if (failed) {
      if (failed != asio::error::connection_aborted)
        spdlog::warn("HTTP: accept failed: {}", failed.message());
      accept_after(kAcceptPause);
      return;
    }
    admit(shard, std::move(socket));
    accept_next();
  }

  void admit(std::size_t shard, tcp::socket socket) {
    error_code gone;
    const tcp::endpoint remote = socket.remote_endpoint(gone);
    if (gone) return;
    const bool crowded = context_->connections->count() >= core::limits::kHttpConnectionsMax;
    auto place = crowded ? core::Result<AddressLimits::Place>(crowded_error())
                         : context_->addresses.enter(remote.address().to_string());
    asio::io_context& home = context_->parts.hub.shard_context(shard);
    if (!place) {
      if (tls_) return;  // no handshake is made to say no
      asio::post(home,
                 [context = context_, shard, error = place.error(), socket = std::move(socket)]() mutable {
                   http::refuse_connection(std::move(context), shard, std::move(socket), error);
                 });
      return;
    }
    asio::post(home, [context = context_, tls = tls_ ? tls_->current() : nullptr, shard,
                      socket = std::move(socket), place = std::move(*place)]() mutable {
      http::serve(std::move(context), tls.get(), shard, std::move(socket), std::move(place));
    });
  }

  /// Handshakes are begun no faster than they can be done beside the live path; who comes in a crowd waits in
  /// the kernel's queue.
  void accept_next() {
    const auto wait = tls_ ? handshakes_.take(context_->parts.clock.steady()) : std::chrono::milliseconds(0);
    wait.count() == 0 ? accept() : accept_after(wait);
  }

  void accept_after(std::chrono::milliseconds pause) {
    pause_.expires_after(pause);
    pause_.async_wait([self = shared_from_this()](error_code) {
      if (self->acceptor_.is_open()) self->accept_next();
    });
  }

  std::shared_ptr<http::EdgeContext> context_;
  std::optional<http::TlsFiles> tls_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  core::TokenBucket handshakes_;
};

class BeastHttpEdge final : public HttpEdge {
 public:
  BeastHttpEdge(std::shared_ptr<http::EdgeContext> context, std::shared_ptr<Acceptor> acceptor, int port)
      : context_(std::move(context)), acceptor_(std::move(acceptor)), port_(port) {}
  ~BeastHttpEdge() override { shutdown(); }

  int port() const noexcept override { return port_; }

  void set_draining() override {
    if (context_->draining.exchange(true)) return;
    asio::post(context_->parts.hub.shard_context(0), [acceptor = acceptor_] { acceptor->close(); });
    for (std::size_t shard = 0; shard < context_->parts.hub.shard_count(); ++shard) {
      asio::post(context_->parts.hub.shard_context(shard),
                 [connections = context_->connections, shard] { connections->end_streams(shard); });
    }
  }

  void shutdown() override {
    if (std::exchange(stopped_, true)) return;
    set_draining();
    context_->reader.stop();  // what waits is answered
    context_->connections->set_closing();
    for (std::size_t shard = 0; shard < context_->parts.hub.shard_count(); ++shard) {
      asio::post(context_->parts.hub.shard_context(shard),
                 [connections = context_->connections, shard] { connections->close_all(shard); });
    }
    if (!context_->connections->wait_until_empty(core::limits::kDrainTime)) {
      spdlog::warn("HTTP: {} connections were left open", context_->connections->count());
    }
  }

 private:
  std::shared_ptr<http::EdgeContext> context_;
  std::shared_ptr<Acceptor> acceptor_;
  const int port_;
  bool stopped_ = false;
};

}  // namespace

core::Result<std::unique_ptr<HttpEdge>> HttpEdge::start(Parts parts, HttpEdgeOptions options) {
  const auto address = operations::parse_address(options.address, "http.address");
  if (!address) return address.error();
  error_code malformed;
  const auto host =
      asio::ip::make_address(address->host == "localhost" ? "127.0.0.1" : address->host, malformed);
  if (malformed) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "http.address", "The host isn't numeric.",
                            "Write it as in 127.0.0.1:8080 or [::1]:8080.");
  }
  auto context = std::make_shared<http::EdgeContext>(parts, options.connections_per_address);
  std::optional<http::TlsFiles> tls;
  if (!options.certificate_file.empty()) {
    auto files = http::TlsFiles::open(options.certificate_file, options.key_file);
    if (!files) return files.error();
    tls = std::move(files.value());
    // OpenSSL writes to its socket by itself: a peer that is gone is an error there, not the process's end.
    std::signal(SIGPIPE, SIG_IGN);
  }
  auto acceptor = std::make_shared<Acceptor>(context, std::move(tls));
  const auto port = acceptor->listen({host, static_cast<std::uint16_t>(address->port)});
  if (!port) return port.error();
  asio::post(parts.hub.shard_context(0), [acceptor] { acceptor->accept(); });
  return std::unique_ptr<HttpEdge>(
      std::make_unique<BeastHttpEdge>(std::move(context), std::move(acceptor), *port));
}

}  // namespace gjallar::edges
