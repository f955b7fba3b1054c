#include "broker/edges/http/refusal.h"

#include <fmt/format.h>

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <utility>

#include "broker/core/limits.h"
#include "broker/edges/http/problem.h"

namespace gjallar::edges::http {
namespace {

using boost::system::error_code;

std::string refusal_text(const core::Error& error) {
  const Response response = to_response(error);
  std::string text = fmt::format("HTTP/1.1 {} Service Unavailable\r\nContent-Type: {}\r\n", response.status,
                                 response.content_type);
  for (const auto& header : response.headers)
    text += fmt::format("{}: {}\r\n", header.first, header.second);
  return text + fmt::format("Cache-Control: no-store\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{}",
                            response.body.size(), response.body);
}

/// Lives until the client has seen the answer, or time or bytes are over.
class Refusal final : public Closable, public std::enable_shared_from_this<Refusal> {
 public:
  Refusal(std::shared_ptr<EdgeContext> context, boost::asio::ip::tcp::socket socket)
      : context_(std::move(context)),
        socket_(std::move(socket)),
        deadline_(socket_.get_executor(), core::limits::kRefusalTime) {}
  ~Refusal() override { context_->refusals.fetch_sub(1); }

  void start(std::size_t shard, const core::Error& error) {
    ticket_ = Connections::Ticket(context_->connections, shard, *this);
    text_ = refusal_text(error);
    deadline_.async_wait([weak = weak_from_this()](error_code cancelled) {
      const auto self = weak.lock();
      if (!cancelled && self) self->close_now();
    });
    boost::asio::async_write(socket_, boost::asio::buffer(text_),
                             [self = shared_from_this()](error_code failed, std::size_t) {
                               if (failed) return;
                               self->socket_.shutdown(boost::asio::socket_base::shutdown_send, failed);
                               self->discard();
                             });
  }

  void close_now() override {
    error_code ignored;
    socket_.close(ignored);
  }
  std::shared_ptr<void> keep() override { return weak_from_this().lock(); }

 private:
  /// What the client still says is thrown away: a socket closed before that takes the answer back.
  void discard() {
    socket_.async_read_some(boost::asio::buffer(discarded_),
                            [self = shared_from_this()](error_code failed, std::size_t size) {
                              self->bytes_ += size;
                              if (!failed && self->bytes_ < core::limits::kRefusalBytesMax) self->discard();
                            });
  }

  std::shared_ptr<EdgeContext> context_;
  Connections::Ticket ticket_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer deadline_;
  std::string text_;
  std::array<char, 1024> discarded_{};
  std::size_t bytes_ = 0;
};

}  // namespace

void refuse_connection(std::shared_ptr<EdgeContext> context, std::size_t shard,
                       boost::asio::ip::tcp::socket socket, const core::Error& error) {
  if (context->connections->closing()) return;
  if (context->refusals.fetch_add(1) >= core::limits::kRefusalsAtOnce) {
    context->refusals.fetch_sub(1);
    return;
  }
  std::make_shared<Refusal>(std::move(context), std::move(socket))->start(shard, error);
}

}  // namespace gjallar::edges::http
