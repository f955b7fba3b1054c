#include "broker/edges/bulk_reader.h"

#include <utility>
#include <vector>

#include "broker/core/jitter.h"
#include "broker/core/limits.h"

namespace gjallar::edges {

BulkReader::BulkReader(std::size_t waiting_max) : jobs_(waiting_max), thread_([this] { work(); }) {}

BulkReader::~BulkReader() {
  stop();
}

core::Result<void> BulkReader::run(Job job) {
  if (jobs_.try_push(job)) return {};
  if (stopped_.load()) {
    return core::make_error(v1::ERROR_CODE_UNAVAILABLE, "", "The broker is stopping.",
                            "Ask another broker, or later.");
  }
  core::Error error = core::make_error(v1::ERROR_CODE_OVERLOADED, "", "Too many reads wait already.",
                                       "Try again after retry_after.");
  error.retry_after = core::jittered(core::limits::kOverloadedRetryAfter);
  return error;
}

core::Result<void> BulkReader::run_in_slices(std::function<bool()> slice) {
  return run([this, slice = std::move(slice)] {
    while (slice()) {
      if (run_in_slices(slice)) return;  // else the queue is full or closed, and it goes on here
    }
  });
}

void BulkReader::stop() {
  if (stopped_.exchange(true)) return;
  jobs_.close();
  thread_.join();
}

void BulkReader::work() {
  std::vector<Job> group;
  while (jobs_.pop_group(group, 1)) {
    for (Job& job : group)
      job();
    group.clear();
  }
}

}  // namespace gjallar::edges
