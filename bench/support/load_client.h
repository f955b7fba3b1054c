#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bench/support/measure.h"

namespace gjallar::bench {

/// Many plain sockets read by one thread: what a message to all of them costs is then the sender's, not the
/// readers'.
class LoadClient {
 public:
  LoadClient() = default;
  ~LoadClient();
  LoadClient(const LoadClient&) = delete;
  LoadClient& operator=(const LoadClient&) = delete;

  /// Connects `count` sockets to 127.0.0.1:port; each sends `greeting(i)` (may be empty) and waits for bytes
  /// that hold `until` (may be empty).
  void connect(int port, int count, const std::function<std::string(int)>& greeting,
               const std::string& until);

  /// Calls `publish` on a thread of its own and waits until every socket has got bytes that hold `mark`.
  /// Returns the seconds from the start of `publish` to each socket's receipt.
  std::vector<double> receipts(const std::string& mark, const std::function<void()>& publish);

 private:
  void drain();

  int epoll_ = -1;
  std::vector<int> sockets_;
};

}  // namespace gjallar::bench
