// A session's logic by itself: what it asks of its surroundings is recorded as words.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "broker/fanout/session_state.h"

namespace gjallar::fanout {

inline constexpr core::ServiceNumber kService = 5;
inline const core::LogId kLog("0123456789ABCDEF");

/// Records what the session asks for as words.
class RecordingPort final : public SessionPort {
 public:
  Sent send(const Delivery& delivery, bool more) override {
    const std::string seq = std::to_string(delivery.event->seq);
    words.push_back(delivery.overtaking ? "overtaking " + seq
                                        : "event " + seq + " after " + std::to_string(delivery.prev_seq));
    return became(more);
  }
  Sent send(const v1::Frame& frame, bool more) override {
    last = frame;
    if (frame.has_hello()) hello = frame.hello();
    if (frame.has_hello()) words.push_back("hello");
    if (frame.has_state()) words.push_back("state " + std::to_string(frame.state().seq()));
    if (frame.has_gap()) words.push_back("gap");
    if (frame.has_caughtup()) words.push_back("caughtup " + frame.caughtup().cursor().substr(17));
    if (frame.has_heartbeat()) words.push_back("heartbeat " + frame.heartbeat().cursor().substr(17));
    return became(more);
  }
  Flushed flush(std::size_t returnable) override {
    const std::size_t given = std::exchange(held, 0);
    if (!at_once || given == 0) return {};
    const std::size_t taken = std::min(given, room);
    words.push_back("flush " + std::to_string(taken) + " of " + std::to_string(given));
    // One stays, so that being ready again is news.
    const std::size_t returned = taken == given ? 0 : std::min(returnable, given - taken - 1);
    return {taken, returned, taken < given};
  }
  void wrote(core::Seq seq) override { written.push_back(seq); }
  void finish(const v1::Goodbye& goodbye) override {
    words.push_back(v1::GoodbyeReason_Name(goodbye.reason()) + (goodbye.reconnect() ? ", reconnect" : ""));
  }
  void want_start(const StartPlan&) override { words.push_back("start?"); }
  void want_slice(core::Seq after) override { words.push_back("slice after " + std::to_string(after) + "?"); }
  void want_restated(const SharedEvent& event) override {
    words.push_back("state since " + std::to_string(event->seq) + "?");
  }

  std::vector<std::string> take() { return std::exchange(words, {}); }

  /// As a socket does if `at_once`, and takes what it is given; else as gRPC does.
  Sent became(bool more) {
    if (!at_once) return Sent::kQueued;
    if (blocked || more) {
      if (!blocked) ++held;
      return Sent::kQueued;
    }
    return Sent::kWritten;
  }

  std::vector<std::string> words;
  std::vector<core::Seq> written;
  v1::Frame last;
  v1::Hello hello;
  bool at_once = false;
  bool blocked = false;
  std::size_t room = 1'000;  ///< frames that a flush writes
  std::size_t held = 0;
};

using Words = std::vector<std::string>;

struct Scene {
  explicit Scene(core::Seq head = 0, std::size_t ring_frames = 200, std::optional<core::Seq> position = 0,
                 core::Seq received_seq = 0, std::size_t window = core::limits::kSessionInFlightMax)
      : ring(ring_frames, 1 << 20) {
    ring.reset(head);
    StartPlan plan;
    plan.position = position;
    Interest interest;
    interest.service = kService;
    interest.service_id = "clinic";
    session.emplace(interest, plan, kLog, received_seq, ring, port, window);
  }

  static SharedEvent event(core::Seq seq, bool concerned = true, bool urgent = false,
                           v1::EventType type = v1::EVENT_TYPE_ALERT_ISSUED) {
    auto event = std::make_shared<EncodedEvent>();
    event->seq = seq;
    event->urgent = urgent;
    event->type = type;
    event->subject = type >= v1::EVENT_TYPE_SERVICE_REGISTERED ? "clinic" : "alert";
    if (concerned) event->targets.add(kService);
    return event;
  }

  /// As a shard does with the next event.
  void publish(bool concerned = true, bool urgent = false, v1::EventType type = v1::EVENT_TYPE_ALERT_ISSUED) {
    const SharedEvent next = event(ring.last_seq() + 1, concerned, urgent, type);
    ring.push(next);
    if (concerned) session->on_event(next);
  }
  void publish_many(int count) {
    for (int n = 0; n < count; ++n)
      publish();
  }

  /// Opens and starts at a seq, with everything written.
  void start(core::Seq cursor, std::vector<core::Seq> recent = {}) {
    session->open(v1::Hello());
    Prepared prepared;
    prepared.cursor = cursor;
    prepared.recent = std::move(recent);
    session->take_start(std::move(prepared));
    session->written(2);
    port.take();
  }
  Slice slice(core::Seq from, core::Seq up_to) {
    Slice out;
    for (core::Seq seq = from; seq <= up_to; ++seq)
      out.events.push_back(event(seq));
    out.up_to = up_to;
    return out;
  }

  Ring ring;
  RecordingPort port;
  std::optional<SessionState> session;
};

}  // namespace gjallar::fanout
