#include "broker/edges/http/sse_session.h"

#include <fmt/format.h>

#include <array>
#include <boost/asio/write.hpp>
#include <utility>

namespace gjallar::edges::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

constexpr std::string_view kFrameEnd = "\n\n";
constexpr std::string_view kChunkEnd = "\r\n";
constexpr std::string_view kLastChunk = "0\r\n\r\n";
constexpr std::size_t kGatherMax = 64;

asio::const_buffer buffer_of(std::string_view text) {
  return {text.data(), text.size()};
}

template <typename Stream>
class SseSession final : public StreamSession<Stream> {
 public:
  SseSession(std::shared_ptr<EdgeContext> context, std::size_t shard)
      : StreamSession<Stream>(std::move(context), shard) {}

  void start(Stream stream, WireRequest request, std::shared_ptr<fanout::SessionHandle> handle) override {
    stream_.emplace(std::move(stream));
    beast::get_lowest_layer(*stream_).expires_never();
    tune_session_socket(beast::get_lowest_layer(*stream_));
    chunked_ = request.version() >= 11;
    this->taken(std::move(handle));
    if (this->is_gone()) return;
    header_ = fmt::format(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
        "X-Content-Type-Options: nosniff\r\nX-Accel-Buffering: no\r\n{}\r\n",
        chunked_ ? "Transfer-Encoding: chunked\r\n" : "Connection: close\r\n");
    asio::async_write(*stream_, asio::buffer(header_), [self = shared()](error_code failed, std::size_t) {
      failed ? self->gone() : self->opened();
    });
    watch();
  }

 private:
  [[nodiscard]] std::shared_ptr<SseSession> shared() {
    return std::static_pointer_cast<SseSession>(this->shared_from_this());
  }

  OutgoingFrame encode(const fanout::Delivery& delivery) const override {
    return {sse_head(delivery, this->context().log_id), delivery.event};
  }
  OutgoingFrame encode(const v1::Frame& frame) const override {
    return {sse_frame(frame, this->context().log_id), nullptr};
  }
  std::size_t gather_max() const override { return kGatherMax; }

  void write() override {
    buffers_.clear();
    if (chunked_) buffers_.emplace_back();
    std::size_t size = 0;
    for (const OutgoingFrame& frame : this->writing()) {
      for (const std::string_view piece : {std::string_view(frame.head), frame.body(), kFrameEnd}) {
        if (!piece.empty()) buffers_.push_back(buffer_of(piece));
        size += piece.size();
      }
    }
    if (chunked_) {
      chunk_head_ = fmt::format("{:x}\r\n", size);
      buffers_.front() = buffer_of(chunk_head_);
      buffers_.push_back(buffer_of(kChunkEnd));
    }
    asio::async_write(*stream_, buffers_,
                      [self = shared()](error_code failed, std::size_t) { self->on_written(failed); });
  }

  void say_goodbye(v1::GoodbyeReason) override {
    asio::async_write(*stream_, buffer_of(chunked_ ? kLastChunk : std::string_view()),
                      [self = shared()](error_code, std::size_t) {
                        error_code ignored;
                        if (!self->is_gone()) {
                          beast::get_lowest_layer(*self->stream_)
                              .socket()
                              .shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
                        }
                        // The client's end, which `watch` sees, or the close timer ends the session.
                      });
  }

  /// A client has nothing to say here; its end is what matters.
  void watch() {
    stream_->async_read_some(asio::buffer(unread_), [self = shared()](error_code failed, std::size_t) {
      if (self->is_gone()) return;
      failed ? self->gone() : self->watch();
    });
  }

  void cut() override {
    if (stream_) beast::get_lowest_layer(*stream_).close();
  }

  std::optional<Stream> stream_;
  std::string header_;
  std::string chunk_head_;
  std::vector<asio::const_buffer> buffers_;
  std::array<char, 256> unread_{};
  bool chunked_ = true;
};

}  // namespace

template <typename Stream>
std::shared_ptr<StreamSession<Stream>> make_sse_session(std::shared_ptr<EdgeContext> context,
                                                        std::size_t shard) {
  return std::make_shared<SseSession<Stream>>(std::move(context), shard);
}

template std::shared_ptr<StreamSession<PlainStream>> make_sse_session(std::shared_ptr<EdgeContext>,
                                                                      std::size_t);
template std::shared_ptr<StreamSession<TlsStream>> make_sse_session(std::shared_ptr<EdgeContext>,
                                                                    std::size_t);

}  // namespace gjallar::edges::http
