#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace gjallar::bench {

/// What some threads have done, by the kernel's count.
struct ThreadWork {
  double instructions = 0;       ///< user and kernel
  double user_instructions = 0;  ///< of them in the program itself
  double processor_us = 0;       ///< user and system
};

/// Counts what some threads of this process do from now on (perf_event_open; hardware counters). Where the
/// machine or its settings give no counters, the instructions stay 0 and the processor time counts alone.
class ThreadCounters {
 public:
  explicit ThreadCounters(std::vector<pid_t> threads);
  ~ThreadCounters();
  ThreadCounters(const ThreadCounters&) = delete;
  ThreadCounters& operator=(const ThreadCounters&) = delete;
  /// Since the beginning. Throws if a thread has ended.
  [[nodiscard]] ThreadWork read() const;
  /// Whether instructions are counted, those of the kernel too.
  [[nodiscard]] bool counts_all() const noexcept { return all_.size() == threads_.size(); }
  [[nodiscard]] bool counts_user() const noexcept { return user_.size() == threads_.size(); }

 private:
  const std::vector<pid_t> threads_;
  std::vector<int> all_, user_;
};

/// The threads of this process.
[[nodiscard]] std::vector<pid_t> threads_of_this_process();
/// Those that weren't there before.
[[nodiscard]] std::vector<pid_t> threads_since(const std::vector<pid_t>& before);

}  // namespace gjallar::bench
