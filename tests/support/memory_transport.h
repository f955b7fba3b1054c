// A subscriber's end of a session without a socket: what the session sent waits here until the test takes it,
// and counts as written when it is taken.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "broker/core/limits.h"
#include "broker/fanout/session.h"

namespace gjallar::testing {

/// Any thread; `take` and `wait_for` on the test's.
class MemoryTransport final : public fanout::Transport {
 public:
  /// `window`: how many event frames wait in it before others, of a session that is live, have to.
  explicit MemoryTransport(std::size_t window = core::limits::kSessionInFlightMax) noexcept
      : window_(window) {}

  /// One thing that was sent: exactly one of the three is set.
  struct Sent {
    std::optional<fanout::Delivery> event;
    std::optional<v1::Frame> frame;
    std::optional<v1::Goodbye> goodbye;
    /// "hello", "event 12", "overtaking 12", "state", "caughtup", "gap", "heartbeat", "goodbye".
    [[nodiscard]] std::string text() const;
  };

  fanout::Sent send(const fanout::Delivery& delivery, bool more) override;
  fanout::Sent send(const v1::Frame& frame, bool more) override;
  [[nodiscard]] fanout::Flushed flush(std::size_t) override { return {}; }
  [[nodiscard]] std::size_t window() const noexcept override { return window_; }
  void finish(const v1::Goodbye& goodbye) override;

  /// The session's handle; before anything is taken.
  void attach(core::Owned<fanout::SessionHandle> handle) { handle_ = std::move(handle); }
  [[nodiscard]] fanout::SessionHandle& handle() { return *handle_; }

  /// Waits until something is there and takes it, oldest first; fails the test after a minute.
  [[nodiscard]] Sent take();
  /// Takes what is there now, at most `max`.
  [[nodiscard]] std::vector<Sent> take_some(std::size_t max);
  /// Takes until one satisfies `last`; returns all of them.
  [[nodiscard]] std::vector<Sent> take_until(const std::function<bool(const Sent&)>& last);
  /// Takes up to and including a frame of this text ("caughtup", "goodbye", "event 7").
  [[nodiscard]] std::vector<Sent> take_until(const std::string& text);
  /// Waits until so many are there, without taking them.
  void wait_for(std::size_t count);
  [[nodiscard]] std::size_t waiting() const;

  /// The connection is cut: nothing is taken any more.
  void cut();

 private:
  void put(Sent sent);

  const std::size_t window_;
  mutable std::mutex mutex_;
  std::condition_variable came_;
  std::deque<Sent> sent_;
  core::Owned<fanout::SessionHandle> handle_;
};

/// Texts of what was sent, heartbeats left out.
[[nodiscard]] std::vector<std::string> texts_of(const std::vector<MemoryTransport::Sent>& sent);

}  // namespace gjallar::testing
