#include "broker/edges/http/sse_session.h"

#include <fmt/format.h>

#include <utility>

namespace gjallar::edges::http {
namespace {

constexpr std::string_view kFrameEnd = "\n\n";
constexpr std::string_view kChunkedFrameEnd = "\n\n\r\n";
constexpr std::string_view kLastChunk = "0\r\n\r\n";

class SseSession final : public PushSession {
 public:
  SseSession(EdgeContext& context, std::size_t shard, bool chunked)
      : PushSession(context, shard), chunked_(chunked) {}

 private:
  OutgoingFrame encode(const fanout::Delivery& delivery) const override {
    const auto make = [&] {
      return framed(sse_head(delivery, context().log_id), delivery.event->json_body.size());
    };
    const auto form = chunked_ ? SharedHeads::Form::kSseChunked : SharedHeads::Form::kSse;
    return {heads().get(delivery, form, make), delivery.event, true};
  }
  OutgoingFrame encode(const v1::Frame& frame) const override {
    return {std::make_shared<const std::string>(framed(sse_frame(frame, context().log_id), 0)), nullptr,
            true};
  }

  /// Each frame is a chunk of its own. `body`: bytes that follow the head.
  [[nodiscard]] std::string framed(std::string head, std::size_t body) const {
    if (chunked_) head.insert(0, fmt::format("{:x}\r\n", head.size() + body + kFrameEnd.size()));
    return head;
  }

  void lay_out(const OutgoingFrame* frames, std::size_t count, std::size_t, Layout& layout) const override {
    for (std::size_t i = 0; i < count; ++i) {
      layout.add(*frames[i].head);
      layout.add(frames[i].body());
      if (frames[i].counted) layout.add(chunked_ ? kChunkedFrameEnd : kFrameEnd);
      layout.end_frame();
    }
  }

  void say_goodbye(v1::GoodbyeReason) override {
    if (chunked_) raw(std::string(kLastChunk));
    linger();
  }

  /// A client has nothing to say here; its end is what matters.
  bool take(std::string_view) override { return true; }

  const bool chunked_;
};

}  // namespace

core::Owned<PushSession> make_sse_session(EdgeContext& context, std::size_t shard, bool chunked) {
  return core::make_owned<SseSession>(context, shard, chunked);
}

std::string sse_opening(bool chunked) {
  return fmt::format(
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
      "X-Content-Type-Options: nosniff\r\nX-Accel-Buffering: no\r\n{}\r\n",
      chunked ? "Transfer-Encoding: chunked\r\n" : "Connection: close\r\n");
}

}  // namespace gjallar::edges::http
