#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bench/support/child.h"

namespace gjallar::bench {

/// The floor: a bare program. It takes connections on `port`; every line that comes on one of them is a mark:
/// a frame of `bytes` that ends in it is written to `file` and synced, then sent to all other connections by
/// a loop of non-blocking sends from one thread, which waits only where a socket takes no more. Runs until it
/// is killed.
[[noreturn]] void run_floor(int port, const char* file, std::size_t bytes);

/// The floor in a process of its own, and the connection that publishes through it.
class FloorProcess {
 public:
  /// `bytes`: what one message is on the wire.
  FloorProcess(const std::filesystem::path& folder, std::size_t bytes);
  ~FloorProcess();
  FloorProcess(const FloorProcess&) = delete;
  FloorProcess& operator=(const FloorProcess&) = delete;
  [[nodiscard]] int port() const noexcept { return port_; }
  [[nodiscard]] pid_t id() const noexcept { return child_.id(); }
  void publish(const std::vector<std::string>& marks);

 private:
  int port_;
  Child child_;
  int control_ = -1;
};

}  // namespace gjallar::bench
