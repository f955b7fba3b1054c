#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <thread>

#include "broker/core/bounded_queue.h"
#include "broker/core/limits.h"
#include "broker/core/result.h"

namespace gjallar::edges {

/// One worker thread with a bounded queue for reads that may wait for the disk, so that neither shards nor
/// gRPC's own threads do. Jobs run one after another in the order they came. Any thread.
class BulkReader {
 public:
  using Job = std::function<void()>;

  /// Starts the thread. `waiting_max`: jobs that may wait.
  explicit BulkReader(std::size_t waiting_max = core::limits::kBulkReadQueueMax);
  /// As stop().
  ~BulkReader();
  BulkReader(const BulkReader&) = delete;
  BulkReader& operator=(const BulkReader&) = delete;

  /// Hands a job over; it must not throw. OVERLOADED with retry_after if too many wait, UNAVAILABLE once
  /// stopped: the job is then not run.
  [[nodiscard]] core::Result<void> run(Job job);
  /// Runs `slice` again and again until it says that nothing is left (false); goes to the end of the queue
  /// after each, so that others get their turn. As run().
  [[nodiscard]] core::Result<void> run_in_slices(std::function<bool()> slice);
  /// Takes no more jobs, runs those that wait, and joins the thread. Not from a job.
  void stop();
  [[nodiscard]] std::size_t waiting() const { return jobs_.size(); }

 private:
  void work();

  core::BoundedQueue<Job> jobs_;
  std::atomic<bool> stopped_{false};
  std::thread thread_;
};

}  // namespace gjallar::edges
