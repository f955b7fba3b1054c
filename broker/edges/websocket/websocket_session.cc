#include "broker/edges/websocket/websocket_session.h"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <utility>

#include "broker/edges/websocket/client_message.h"
#include "broker/edges/websocket/close_codes.h"

namespace gjallar::edges::websocket {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

/// Frames of one array.
constexpr std::size_t kBatchMax = 64;

asio::const_buffer buffer_of(std::string_view text) {
  return {text.data(), text.size()};
}

template <typename Stream>
class WebSocketSession final : public http::StreamSession<Stream> {
 public:
  WebSocketSession(std::shared_ptr<http::EdgeContext> context, std::size_t shard, const Offer& offer)
      : http::StreamSession<Stream>(std::move(context), shard),
        batch_(offer.framing == Framing::kBatch),
        answer_(offer.answer) {}

  void start(Stream stream, http::WireRequest request,
             std::shared_ptr<fanout::SessionHandle> handle) override {
    beast::get_lowest_layer(stream).expires_never();
    http::tune_session_socket(beast::get_lowest_layer(stream));
    stream_.emplace(std::move(stream));
    // Half of the idle timeout goes by in silence before the other side is pinged.
    stream_->set_option(beast::websocket::stream_base::timeout{
        core::limits::kHandshakeTimeout, 2 * core::limits::kWebSocketPingInterval, true});
    stream_->set_option(
        beast::websocket::stream_base::decorator([this](beast::websocket::response_type& response) {
          if (!answer_.empty()) response.set(beast::http::field::sec_websocket_protocol, answer_);
        }));
    stream_->auto_fragment(false);
    stream_->text(true);
    stream_->read_message_max(core::limits::kSubscriberMessageBytesMax);
    this->taken(std::move(handle));
    if (this->is_gone()) return;
    request_ = std::move(request);
    stream_->async_accept(request_, [self = shared()](error_code failed) {
      if (self->is_gone()) return;
      if (failed) return self->gone();
      self->request_ = {};
      self->opened();
      self->read();
    });
  }

 private:
  [[nodiscard]] std::shared_ptr<WebSocketSession> shared() {
    return std::static_pointer_cast<WebSocketSession>(this->shared_from_this());
  }

  http::OutgoingFrame encode(const fanout::Delivery& delivery) const override {
    return {fanout::json_head(delivery, this->context().log_id), delivery.event};
  }
  http::OutgoingFrame encode(const v1::Frame& frame) const override {
    return {fanout::json_frame(frame, this->context().log_id), nullptr};
  }
  std::size_t gather_max() const override { return batch_ ? kBatchMax : 1; }

  void write() override {
    buffers_.clear();
    for (const http::OutgoingFrame& frame : this->writing()) {
      if (batch_) buffers_.push_back(buffer_of(buffers_.empty() ? "[" : ","));
      buffers_.push_back(buffer_of(frame.head));
      if (frame.event) buffers_.push_back(buffer_of(frame.body()));
    }
    if (batch_) buffers_.push_back(buffer_of("]"));
    stream_->async_write(buffers_,
                         [self = shared()](error_code failed, std::size_t) { self->on_written(failed); });
  }

  void say_goodbye(v1::GoodbyeReason reason) override {
    closing_ = true;
    const CloseCode code = close_code_of(reason);
    const std::string_view text = close_text(code);
    beast::websocket::close_reason close(static_cast<std::uint16_t>(code));
    close.reason.assign(text.data(), text.size());
    stream_->async_close(close, [self = shared()](error_code) { self->gone(); });
  }

  void read() {
    stream_->async_read(buffer_,
                        [self = shared()](error_code failed, std::size_t) { self->on_read(failed); });
  }

  void on_read(error_code failed) {
    if (this->is_gone()) return;
    if (failed) {
      if (!closing_) this->gone();  // else the close handshake is under way and ends the session
      return;
    }
    if (!this->finishing() && !broken_) take();
    buffer_.consume(buffer_.size());
    read();
  }

  void take() {
    const auto data = buffer_.cdata();
    auto messages = parse_client_message({static_cast<const char*>(data.data()), data.size()});
    if (!messages || !stream_->got_text()) {
      broken_ = true;
      this->handle()->protocol_error();
      return;
    }
    for (ClientMessage& message : *messages) {
      if (auto* received = std::get_if<v1::Received>(&message)) {
        this->handle()->received(std::move(*received));
      } else {
        this->handle()->acknowledged(std::move(std::get<v1::Acknowledged>(message)));
      }
    }
  }

  void cut() override {
    if (stream_) beast::get_lowest_layer(*stream_).close();
  }

  std::optional<beast::websocket::stream<Stream>> stream_;
  http::WireRequest request_;
  beast::flat_buffer buffer_;
  std::vector<asio::const_buffer> buffers_;
  const bool batch_;
  const std::string answer_;
  bool closing_ = false;
  bool broken_ = false;
};

}  // namespace

template <typename Stream>
std::shared_ptr<http::StreamSession<Stream>> make_websocket_session(
    std::shared_ptr<http::EdgeContext> context, std::size_t shard, const Offer& offer) {
  return std::make_shared<WebSocketSession<Stream>>(std::move(context), shard, offer);
}

template std::shared_ptr<http::StreamSession<http::PlainStream>> make_websocket_session(
    std::shared_ptr<http::EdgeContext>, std::size_t, const Offer&);
template std::shared_ptr<http::StreamSession<http::TlsStream>> make_websocket_session(
    std::shared_ptr<http::EdgeContext>, std::size_t, const Offer&);

}  // namespace gjallar::edges::websocket
