#include "broker/operations/escalation_timer.h"

#include <algorithm>
#include <optional>

namespace gjallar::operations {
namespace {

/// A wall clock that is set is noticed after this at the latest.
constexpr core::Micros kChaseWaitMax = std::chrono::seconds(1);
/// At most so often, however much is published.
constexpr core::Micros kChaseWaitMin = std::chrono::milliseconds(20);

}  // namespace

EscalationTimer::~EscalationTimer() {
  stop();
}

void EscalationTimer::start() {
  thread_ = std::thread([this] { run(); });
}

void EscalationTimer::wake() {
  {
    const std::lock_guard lock(mutex_);
    wake_ = true;
  }
  woken_.notify_one();
}

void EscalationTimer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  woken_.notify_one();
  if (thread_.joinable()) thread_.join();
}

bool EscalationTimer::stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void EscalationTimer::run() {
  while (!stopping()) {
    chaser_.run_once([this] { return stopping(); });
    core::Micros wait = kChaseWaitMax;
    if (const auto next = chaser_.next()) {
      wait = std::clamp<core::Micros>(*next - clock_.wall(), kChaseWaitMin, kChaseWaitMax);
    }
    std::unique_lock lock(mutex_);
    woken_.wait_for(lock, kChaseWaitMin, [this] { return stopping_; });
    if (wait > kChaseWaitMin) {
      woken_.wait_for(lock, wait - kChaseWaitMin, [this] { return stopping_ || wake_; });
    }
    wake_ = false;
  }
}

}  // namespace gjallar::operations
