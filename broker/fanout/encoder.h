#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "broker/core/identity.h"
#include "broker/fanout/frame.h"
#include "broker/log/event_log.h"

namespace gjallar::fanout {

/// Encodes a group's events while the log syncs it, on a thread of its own: once they are on disk they are
/// ready to be sent. What isn't done by then the caller shares in.
class Encoder {
 public:
  explicit Encoder(core::LogId log_id);
  ~Encoder();
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  /// Begins with a group that is about to be synced. What was begun and not taken is dropped. Appender's
  /// thread; doesn't block.
  void begin(const log::CommittedGroup& group);
  /// The group's events in their order, but for those that can't be encoded, which are never delivered in
  /// part. A group that wasn't begun is encoded here. Appender's thread.
  [[nodiscard]] std::vector<SharedEvent> take(const log::CommittedGroup& group);

 private:
  struct Job;
  void run();
  /// Encodes what nobody has begun yet.
  void work(Job& job);

  const core::LogId log_id_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<Job> job_;  ///< the group begun
  bool fresh_ = false;        ///< the thread hasn't seen it
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace gjallar::fanout
