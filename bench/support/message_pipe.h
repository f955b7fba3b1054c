#pragma once

#include <string>

namespace gjallar::bench {

/// A pair of connected stream sockets, of which the second outlives exec. Returns the second.
int open_helper_pair(int (&sockets)[2]);

/// One end of a stream socket to a helper process, with messages of any length. One thread.
class MessagePipe {
 public:
  explicit MessagePipe(int socket) : socket_(socket) {}
  /// Throws if the other end is gone.
  void send(const std::string& message);
  [[nodiscard]] std::string receive();

 private:
  int socket_;
};

}  // namespace gjallar::bench
