#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace gjallar::bench {

/// Messages at a steady pace, each at the time it is due or as soon after it as the one before is published.
class Pulse {
 public:
  /// Publishes the message that holds the mark ("mark-000001"); on any thread, one at a time.
  using Publish = std::function<void(const std::string& mark)>;

  Pulse(Publish publish, std::chrono::milliseconds interval)
      : publish_(std::move(publish)), interval_(interval) {}
  ~Pulse() { stop(); }
  Pulse(const Pulse&) = delete;
  Pulse& operator=(const Pulse&) = delete;

  /// One, at once.
  void beat() { publish_next(); }
  /// `count` of them, or until `end`; one at least.
  void begin(int count);
  /// Waits for those that were begun to be over.
  void join() { thread_.join(); }
  /// No more after the one at hand. When each was due (steady clock), by its mark; throws what went wrong.
  [[nodiscard]] std::map<int, std::int64_t> end();
  [[nodiscard]] int last_mark() const noexcept { return last_mark_; }

 private:
  void stop();
  void run(int count);
  void publish_next();

  const Publish publish_;
  const std::chrono::milliseconds interval_;
  std::map<int, std::int64_t> due_ns_;
  int last_mark_ = 0;
  std::string failure_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace gjallar::bench
