#pragma once

#include <sys/types.h>

#include <atomic>
#include <thread>
#include <vector>

namespace gjallar::bench {

/// Processor time, user and system, that these processes have used: the kernel's own clock of each process,
/// threads that have ended included. Seconds; throws if one is gone.
[[nodiscard]] double processor_seconds(const std::vector<pid_t>& processes);

/// Waits until these processes use no processor time worth counting (at most two seconds).
void wait_until_quiet(const std::vector<pid_t>& processes);

/// What a process has in memory, bytes (VmRSS).
[[nodiscard]] double resident_bytes(pid_t process);
/// What of it is its own and written to, bytes (Private_Dirty of smaps_rollup).
[[nodiscard]] double private_bytes(pid_t process);

/// Looks at a process's resident memory every few milliseconds, on a thread of its own.
class ResidentWatch {
 public:
  explicit ResidentWatch(pid_t process);
  ~ResidentWatch();
  ResidentWatch(const ResidentWatch&) = delete;
  ResidentWatch& operator=(const ResidentWatch&) = delete;
  /// Starts anew; the highest from now on is compared with what is resident now.
  void reset();
  /// How far it grew beyond what it had at the last reset, bytes.
  [[nodiscard]] double growth() const;

 private:
  pid_t process_;
  std::atomic<double> start_{0}, highest_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace gjallar::bench
