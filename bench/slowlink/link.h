#pragma once

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

namespace gjallar::bench {

/// What the slow link carries.
inline constexpr int kLinkBytesPerSecond = 1'000'000;

/// Takes this process, and all that it starts, into a network namespace of its own, with a loopback interface
/// of 1,500 bytes a packet whose traffic can be shaped. The namespace goes with the last process in it, so
/// there is nothing to clean up. False if that isn't allowed here, or the kernel or `tc` can't shape. Before
/// the first thread.
[[nodiscard]] bool enter_shaped_network();

/// From now on what comes from this port of 127.0.0.1 passes one token bucket filter (tbf) of the link's rate
/// with a queue of 100 ms, as all ports do that were named before; the way to the port is free. After
/// enter_shaped_network. Throws if `tc` refuses.
void shape_port(int port);

/// In the place of tbf: takes connections on a port of its own and passes bytes on to 127.0.0.1:target at
/// once, and back at the link's rate, with little in its buffers. Threads of its own.
class PacingProxy {
 public:
  explicit PacingProxy(int target);
  ~PacingProxy();
  PacingProxy(const PacingProxy&) = delete;
  PacingProxy& operator=(const PacingProxy&) = delete;
  [[nodiscard]] int port() const noexcept { return port_; }

 private:
  void accept_all();
  /// Until one of the two is closed; `paced`: at the link's rate.
  void pass(int from, int to, bool paced);

  const int target_;
  int listener_ = -1;
  int port_ = 0;
  std::mutex mutex_;
  bool closing_ = false;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace gjallar::bench
