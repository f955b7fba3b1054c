#include "broker/fanout/encoder.h"

#include <algorithm>
#include <atomic>
#include <utility>

namespace gjallar::fanout {

struct Encoder::Job {
  explicit Job(log::CommittedGroup events) : group(std::move(events)), encoded(group.size()) {}

  const log::CommittedGroup group;
  std::vector<SharedEvent> encoded;   ///< nullptr: can't be, or isn't yet
  std::atomic<std::size_t> next{0};   ///< the first that nobody has begun
  std::atomic<std::size_t> ready{0};  ///< how many are done
};

Encoder::Encoder(core::LogId log_id) : log_id_(std::move(log_id)), thread_([this] { run(); }) {}

Encoder::~Encoder() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Encoder::begin(const log::CommittedGroup& group) {
  auto job = std::make_shared<Job>(group);
  {
    const std::lock_guard lock(mutex_);
    job_ = std::move(job);
    fresh_ = true;
  }
  changed_.notify_all();
}

std::vector<SharedEvent> Encoder::take(const log::CommittedGroup& group) {
  std::shared_ptr<Job> job;
  {
    const std::lock_guard lock(mutex_);
    job = std::exchange(job_, nullptr);
    fresh_ = false;
  }
  if (!job || job->group != group) job = std::make_shared<Job>(group);
  work(*job);
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&job] { return job->ready.load() == job->group.size(); });
  }
  std::vector<SharedEvent> encoded = std::move(job->encoded);
  encoded.erase(std::remove(encoded.begin(), encoded.end(), nullptr), encoded.end());
  return encoded;
}

void Encoder::work(Job& job) {
  const std::size_t count = job.group.size();
  for (std::size_t i = job.next.fetch_add(1); i < count; i = job.next.fetch_add(1)) {
    auto one = encode_event(*job.group[i], log_id_);
    if (one) job.encoded[i] = std::move(one.value());
    if (job.ready.fetch_add(1) + 1 < count) continue;
    const std::lock_guard lock(mutex_);  // nobody is between looking and waiting
    changed_.notify_all();
  }
}

void Encoder::run() {
  for (;;) {
    std::shared_ptr<Job> job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return fresh_ || stopping_; });
      if (stopping_) return;
      job = job_;
      fresh_ = false;
    }
    work(*job);
  }
}

}  // namespace gjallar::fanout
