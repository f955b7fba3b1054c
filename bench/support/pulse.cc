#include "bench/support/pulse.h"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace gjallar::bench {

void Pulse::begin(int count) {
  thread_ = std::thread([this, count] { run(count); });
}

std::map<int, std::int64_t> Pulse::end() {
  stop();
  if (!failure_.empty()) throw std::runtime_error(std::exchange(failure_, ""));
  return std::exchange(due_ns_, {});
}

void Pulse::stop() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  ended_.notify_all();
  if (thread_.joinable()) thread_.join();
  ending_ = false;
}

void Pulse::run(int count) {
  auto due = std::chrono::steady_clock::now();
  try {
    for (int i = 0; i < count; ++i, due += interval_) {
      std::unique_lock lock(mutex_);
      if (i > 0 && ended_.wait_until(lock, due, [this] { return ending_; })) return;
      lock.unlock();
      due_ns_[last_mark_ + 1] = std::chrono::nanoseconds(due.time_since_epoch()).count();
      publish_next();
    }
  } catch (const std::exception& error) {
    failure_ = error.what();
  }
}

void Pulse::publish_next() {
  publish_(fmt::format("mark-{:06}", ++last_mark_));
}

}  // namespace gjallar::bench
