#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "broker/core/clock.h"
#include "broker/operations/chaser.h"

namespace gjallar::operations {

/// Runs the chaser on a thread of its own: when something is due, when an alert changed, and at least once a
/// second. A thread of its own, because an alert of a whole country may take a second to look at, and health
/// must answer meanwhile.
class EscalationTimer {
 public:
  /// Both must outlive it.
  EscalationTimer(Chaser& chaser, const core::Clock& clock) : chaser_(chaser), clock_(clock) {}
  ~EscalationTimer();
  EscalationTimer(const EscalationTimer&) = delete;
  EscalationTimer& operator=(const EscalationTimer&) = delete;

  void start();
  /// An alert changed: look soon. Any thread.
  void wake();
  /// Returns when the thread has ended. The log must still be open. Once; any thread.
  void stop();

 private:
  void run();
  [[nodiscard]] bool stopping();

  Chaser& chaser_;
  const core::Clock& clock_;
  std::mutex mutex_;  ///< guards what follows; a leaf
  std::condition_variable woken_;
  bool wake_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace gjallar::operations
