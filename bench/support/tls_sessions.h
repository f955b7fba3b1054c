#pragma once

#include <string>
#include <vector>

#include "bench/support/answers.h"
#include "bench/support/readers.h"

namespace gjallar::bench {

/// Idle sessions over TLS, in this process: connected, subscribed, then neither read nor written.
class TlsSessions {
 public:
  TlsSessions() = default;
  ~TlsSessions();
  TlsSessions(const TlsSessions&) = delete;
  TlsSessions& operator=(const TlsSessions&) = delete;
  /// `count` more; each waits until it is subscribed. The server's certificate isn't checked.
  void connect(int port, int count, const Readers::Greeting& greeting, const Answers& answers);

 private:
  std::vector<int> sockets_;
};

}  // namespace gjallar::bench
