#include "broker/edges/websocket/websocket_session.h"

#include <algorithm>
#include <utility>

#include "broker/core/limits.h"
#include "broker/edges/websocket/client_message.h"
#include "broker/edges/websocket/close_codes.h"
#include "broker/edges/websocket/framing.h"

namespace gjallar::edges::websocket {
namespace {

using http::OutgoingFrame;

/// Frames of one array.
constexpr std::size_t kBatchMax = 64;
/// Answers to pings that may wait: a client that pings and doesn't read gets no more.
constexpr std::size_t kPongsWaitingMax = 256;

class WebSocketSession final : public http::PushSession {
 public:
  WebSocketSession(http::EdgeContext& context, std::size_t shard, Framing framing)
      : http::PushSession(context, shard), framing_(framing), last_heard_(now()) {}

 private:
  OutgoingFrame encode(const fanout::Delivery& delivery) const override {
    const bool alone = framing_ == Framing::kCloudEvents;
    using Form = http::SharedHeads::Form;
    const auto make = [&] {
      std::string head = fanout::json_head(delivery, context().log_id);
      if (alone)
        head.insert(0, FrameHead(Opcode::kText, head.size() + delivery.event->json_body.size()).view());
      return head;
    };
    return {heads().get(delivery, alone ? Form::kWebSocket : Form::kWebSocketBatch, make), delivery.event,
            true};
  }

  OutgoingFrame encode(const v1::Frame& frame) const override {
    std::string text = fanout::json_frame(frame, context().log_id);
    if (framing_ == Framing::kCloudEvents) text.insert(0, FrameHead(Opcode::kText, text.size()).view());
    return {std::make_shared<const std::string>(std::move(text)), nullptr, true};
  }

  void lay_out(const OutgoingFrame* frames, std::size_t count, std::size_t pinned,
               http::Layout& layout) const override {
    if (framing_ == Framing::kCloudEvents) return http::PushSession::lay_out(frames, count, 0, layout);
    // One message a write, so that what joins the queue later doesn't change one that is on its way.
    if (!frames[0].counted) return http::PushSession::lay_out(frames, 1, 0, layout);
    std::size_t end = 0;
    const std::size_t most = std::min(count, pinned > 0 ? pinned : kBatchMax);
    while (end < most && frames[end].counted)
      ++end;
    lay_out_array(frames, end, layout);
  }

  static void lay_out_array(const OutgoingFrame* frames, std::size_t count, http::Layout& layout) {
    std::size_t size = 1 + count;  // brackets and commas
    for (std::size_t i = 0; i < count; ++i)
      size += frames[i].head->size() + frames[i].body().size();
    layout.add_own(FrameHead(Opcode::kText, size).view());
    for (std::size_t i = 0; i < count; ++i) {
      layout.add(i == 0 ? "[" : ",");
      layout.add(*frames[i].head);
      layout.add(frames[i].body());
    }
    layout.add("]");
    for (std::size_t i = 0; i < count; ++i)
      layout.end_frame();
  }

  void say_goodbye(v1::GoodbyeReason reason) override {
    const CloseCode code = close_code_of(reason);
    close(static_cast<std::uint16_t>(code), close_text(code));
  }

  /// Sends the close frame, once. The client's own, its end, or the close timer ends the session.
  void close(std::uint16_t code, std::string_view reason) {
    if (close_sent_) return;
    close_sent_ = true;
    raw(close_frame(code, reason));
  }

  bool take(std::string_view bytes) override {
    heard_ = true;
    last_heard_ = now();
    std::vector<ClientFrame> frames;
    const auto broken = reader_.take(bytes, frames);
    for (ClientFrame& frame : frames) {
      if (!take_frame(frame)) return false;
    }
    if (!broken) return true;
    close(*broken, "");
    linger();
    return false;
  }

  bool take_frame(const ClientFrame& frame) {
    switch (frame.opcode) {
      case Opcode::kPing:
        if (waiting() < kPongsWaitingMax && !close_sent_) raw(control_frame(Opcode::kPong, frame.payload));
        return !is_gone();
      case Opcode::kClose:
        close(frame.close_code == kCloseNoStatus ? kCloseNormal : frame.close_code, "");
        gone();
        return false;
      case Opcode::kText:
      case Opcode::kBinary:
        return finishing() || take_message(frame);
      default:
        return true;
    }
  }

  bool take_message(const ClientFrame& frame) {
    auto messages = parse_client_message(frame.payload);
    if (!messages || frame.opcode != Opcode::kText) {
      handle()->protocol_error();
      return false;
    }
    for (ClientMessage& message : *messages) {
      if (auto* received = std::get_if<v1::Received>(&message)) {
        handle()->received(std::move(*received));
      } else {
        handle()->acknowledged(std::move(std::get<v1::Acknowledged>(message)));
      }
    }
    return true;
  }

  void before_heartbeat() override {
    if (std::chrono::milliseconds(now() - last_heard_) >= core::limits::kPeerSilenceMax) return gone();
    if (!heard_) raw(control_frame(Opcode::kPing, ""));
    heard_ = false;
  }

  /// Milliseconds of the steady clock, the lower half: goes around after 49 days, and silence is counted in
  /// seconds.
  [[nodiscard]] std::uint32_t now() const {
    return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                          context().parts.clock.steady().time_since_epoch())
                                          .count());
  }

  const Framing framing_;
  bool heard_ : 1 = true;
  bool close_sent_ : 1 = false;
  [[no_unique_address]] FrameReader reader_{core::limits::kSubscriberMessageBytesMax};
  std::uint32_t last_heard_;
};

static_assert(sizeof(WebSocketSession) <= 104, "there are very many of them");

}  // namespace

core::Owned<http::PushSession> make_websocket_session(http::EdgeContext& context, std::size_t shard,
                                                      Framing framing) {
  return core::make_owned<WebSocketSession>(context, shard, framing);
}

}  // namespace gjallar::edges::websocket
