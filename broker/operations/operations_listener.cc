#include "broker/operations/operations_listener.h"

#include <fmt/format.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include "broker/core/limits.h"

namespace gjallar::operations {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t kConnectionsMax = 64;
constexpr std::size_t kBodyBytesMax = 1024;
constexpr std::chrono::milliseconds kAcceptPause{100};

/// One connection: a request, an answer, and so on. Lives as long as something of it is under way.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(asio::ip::tcp::socket socket, OperationsListener::Answerer answerer,
             std::shared_ptr<std::size_t> connections)
      : stream_(std::move(socket)), answerer_(std::move(answerer)), connections_(std::move(connections)) {
    ++*connections_;
  }
  ~Connection() { --*connections_; }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void read() {
    parser_.emplace();
    parser_->header_limit(core::limits::kHttpHeaderBytesMax);
    parser_->body_limit(kBodyBytesMax);
    stream_.expires_after(core::limits::kHandshakeTimeout);
    http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](error_code failed, std::size_t) {
      if (!failed) self->answer();
    });
  }

 private:
  void answer() {
    const auto& request = parser_->get();
    Answer answer{405, "text/plain; charset=utf-8", "GET only\n"};
    const std::string_view target(request.target().data(), request.target().size());
    if (request.method() == http::verb::get || request.method() == http::verb::head) {
      answer = answerer_(target.substr(0, target.find('?')));
    }
    response_ = {};
    response_.version(request.version());
    response_.result(answer.status);
    response_.set(http::field::content_type, answer.content_type);
    response_.set(http::field::cache_control, "no-store");
    response_.keep_alive(request.keep_alive());
    response_.content_length(answer.body.size());
    if (request.method() != http::verb::head) response_.body() = std::move(answer.body);
    stream_.expires_after(core::limits::kHandshakeTimeout);
    http::async_write(stream_, response_, [self = shared_from_this()](error_code failed, std::size_t) {
      if (!failed && self->response_.keep_alive()) self->read();
    });
  }

  boost::beast::tcp_stream stream_;
  OperationsListener::Answerer answerer_;
  std::shared_ptr<std::size_t> connections_;
  boost::beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
};

}  // namespace

OperationsListener::OperationsListener(Answerer answerer)
    : answerer_(std::move(answerer)), work_(context_.get_executor()), acceptor_(context_) {}

core::Result<std::unique_ptr<OperationsListener>> OperationsListener::start(const HostAndPort& address,
                                                                            Answerer answerer) {
  std::unique_ptr<OperationsListener> listener(new OperationsListener(std::move(answerer)));
  const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(address.host),
                                         static_cast<asio::ip::port_type>(address.port));
  error_code failed;
  auto& acceptor = listener->acceptor_;
  acceptor.open(endpoint.protocol(), failed);
  if (!failed) acceptor.set_option(asio::socket_base::reuse_address(true), failed);
  if (!failed) acceptor.bind(endpoint, failed);
  if (!failed) acceptor.listen(asio::socket_base::max_listen_connections, failed);
  if (failed) {
    return core::make_error(
        v1::ERROR_CODE_UNAVAILABLE, "operations.address",
        fmt::format("Can't listen on {}:{}: {}.", address.host, address.port, failed.message()),
        "Choose another port, or stop what uses it.");
  }
  listener->port_ = acceptor.local_endpoint().port();
  listener->accept();
  listener->thread_ = std::thread([raw = listener.get()] { raw->context_.run(); });
  return listener;
}

void OperationsListener::accept() {
  acceptor_.async_accept([this](error_code failed, asio::ip::tcp::socket socket) {
    if (failed == asio::error::operation_aborted) return;
    if (failed) {  // out of files: breathe, then go on
      auto pause = std::make_shared<asio::steady_timer>(context_, kAcceptPause);
      pause->async_wait([this, pause](error_code stopped) {
        if (!stopped) accept();
      });
      return;
    }
    if (*connections_ < kConnectionsMax) {
      std::make_shared<Connection>(std::move(socket), answerer_, connections_)->read();
    }
    accept();
  });
}

OperationsListener::~OperationsListener() {
  stop();
}

void OperationsListener::stop() {
  if (!thread_.joinable()) return;
  context_.stop();
  thread_.join();
}

}  // namespace gjallar::operations
