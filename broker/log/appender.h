#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>

#include "broker/core/bounded_queue.h"
#include "broker/log/group_writer.h"

namespace gjallar::log {

/// The one thread that writes: takes what waits, has it written as one group, tells the listener and then the
/// publishers. Lock order: pause(), then what is inside.
class Appender {
 public:
  using Listener = std::function<void(const CommittedGroup& group, const Head& head)>;

  /// Starts the thread. `writer` must outlive this and is used by the appender alone, except under pause().
  Appender(GroupWriter& writer, const core::Digest& secret);
  ~Appender();

  /// See EventLog. Any thread.
  void append(AppendRequest request, std::function<void(AppendOutcome)> done);
  void on_prepared(std::function<void(const CommittedGroup&)> listener);
  void on_committed(Listener listener);
  [[nodiscard]] Head head() const;
  [[nodiscard]] std::size_t waiting() const { return queue_.size(); }
  [[nodiscard]] std::string finding() const;
  void close();

  /// No group is being written while this is held.
  [[nodiscard]] std::unique_lock<std::mutex> pause() { return std::unique_lock(writing_); }

 private:
  void run();
  void work(std::vector<Pending>& group);
  [[nodiscard]] core::Error not_taken() const;

  GroupWriter& writer_;
  const core::Digest secret_;
  core::BoundedQueue<Pending> queue_;
  std::mutex writing_;
  mutable std::mutex state_;  ///< guards what follows
  Head head_;
  std::string finding_;
  Listener listener_;
  bool closed_ = false;
  std::once_flag joined_;
  std::thread thread_;
};

}  // namespace gjallar::log
