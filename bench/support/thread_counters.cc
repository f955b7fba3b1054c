#include "bench/support/thread_counters.h"

#include <fmt/format.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>

namespace gjallar::bench {
namespace {

/// -1 if there is no such counter here.
int open_counter(pid_t thread, bool kernel_too) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = PERF_TYPE_HARDWARE;
  attributes.config = PERF_COUNT_HW_INSTRUCTIONS;
  attributes.exclude_kernel = kernel_too ? 0 : 1;
  attributes.exclude_hv = 1;
  attributes.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  return static_cast<int>(::syscall(SYS_perf_event_open, &attributes, thread, -1, -1, PERF_FLAG_FD_CLOEXEC));
}

/// Scaled by how long it really counted, should there be more counters than the processor has.
double value_of(int counter) {
  struct {
    std::uint64_t value, enabled, running;
  } count{};
  if (::read(counter, &count, sizeof count) != sizeof count)
    throw std::runtime_error("a counter can't be read");
  if (count.running == 0) return 0;
  return static_cast<double>(count.value) * static_cast<double>(count.enabled) /
         static_cast<double>(count.running);
}

/// Nanoseconds on a processor.
double processor_ns(pid_t thread) {
  std::ifstream file(fmt::format("/proc/self/task/{}/schedstat", thread));
  double ns = 0;
  if (!(file >> ns)) throw std::runtime_error("a thread has ended");
  return ns;
}

void close_all(std::vector<int>& counters) {
  for (const int counter : counters)
    ::close(counter);
  counters.clear();
}

}  // namespace

ThreadCounters::ThreadCounters(std::vector<pid_t> threads) : threads_(std::move(threads)) {
  for (const bool kernel_too : {true, false}) {
    std::vector<int>& counters = kernel_too ? all_ : user_;
    for (const pid_t thread : threads_) {
      const int counter = open_counter(thread, kernel_too);
      if (counter < 0) {
        close_all(counters);
        break;
      }
      counters.push_back(counter);
    }
  }
}

ThreadCounters::~ThreadCounters() {
  close_all(all_);
  close_all(user_);
}

ThreadWork ThreadCounters::read() const {
  ThreadWork work;
  for (const int counter : all_)
    work.instructions += value_of(counter);
  for (const int counter : user_)
    work.user_instructions += value_of(counter);
  for (const pid_t thread : threads_)
    work.processor_us += processor_ns(thread) * 1e-3;
  return work;
}

std::vector<pid_t> threads_of_this_process() {
  std::vector<pid_t> threads;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task"))
    threads.push_back(std::stoi(entry.path().filename().string()));
  std::sort(threads.begin(), threads.end());
  return threads;
}

std::vector<pid_t> threads_since(const std::vector<pid_t>& before) {
  const std::vector<pid_t> now = threads_of_this_process();
  std::vector<pid_t> added;
  std::set_difference(now.begin(), now.end(), before.begin(), before.end(), std::back_inserter(added));
  return added;
}

}  // namespace gjallar::bench
