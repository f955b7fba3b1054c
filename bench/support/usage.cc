#include "bench/support/usage.h"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <stdexcept>
#include <string>

#include "bench/support/measure.h"

namespace gjallar::bench {
namespace {

constexpr auto kQuietInterval = std::chrono::milliseconds(10);
constexpr double kQuietShare = 0.01;  // of one core
constexpr double kQuietWaitS = 2;
constexpr auto kWatchInterval = std::chrono::milliseconds(3);

/// A line "NAME:   123 kB" of a file under /proc, in bytes.
double kilobytes_line(const std::string& file, const std::string& name) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(name + ":", 0) == 0) return std::stod(line.substr(name.size() + 1)) * 1024;
  }
  throw std::runtime_error("no " + name + " in " + file);
}

}  // namespace

double processor_seconds(const std::vector<pid_t>& processes) {
  double seconds = 0;
  for (const pid_t process : processes) {
    clockid_t clock{};
    timespec time{};
    if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &time) != 0)
      throw std::runtime_error("a server has ended");
    seconds += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  }
  return seconds;
}

void wait_until_quiet(const std::vector<pid_t>& processes) {
  const auto start = Clock::now();
  double before = processor_seconds(processes);
  for (;;) {
    const auto interval_start = Clock::now();
    std::this_thread::sleep_for(kQuietInterval);
    const double now = processor_seconds(processes);
    if (now - before < seconds_since(interval_start) * kQuietShare || seconds_since(start) > kQuietWaitS)
      return;
    before = now;
  }
}

double resident_bytes(pid_t process) {
  return kilobytes_line("/proc/" + std::to_string(process) + "/status", "VmRSS");
}

double private_bytes(pid_t process) {
  return kilobytes_line("/proc/" + std::to_string(process) + "/smaps_rollup", "Private_Dirty");
}

ResidentWatch::ResidentWatch(pid_t process) : process_(process) {
  reset();
  thread_ = std::thread([this] {
    while (!stopping_) {
      std::ifstream file("/proc/" + std::to_string(process_) + "/statm");
      double pages = 0;
      if (double all = 0; file >> all >> pages) {
        highest_ = std::max(highest_.load(), pages * static_cast<double>(::sysconf(_SC_PAGESIZE)));
      }
      std::this_thread::sleep_for(kWatchInterval);
    }
  });
}

ResidentWatch::~ResidentWatch() {
  stopping_ = true;
  thread_.join();
}

void ResidentWatch::reset() {
  const double now = resident_bytes(process_);
  start_ = now;
  highest_ = now;
}

double ResidentWatch::growth() const {
  return highest_ - start_;
}

}  // namespace gjallar::bench
