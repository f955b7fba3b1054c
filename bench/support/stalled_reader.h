#pragma once

#include <string>

namespace gjallar::bench {

/// A subscriber that reads until it is subscribed, and then no more. Its network is an Ethernet's and its
/// window small, so that the server's kernel takes little for it too (loopback's large segments would have it
/// take megabytes).
class StalledReader {
 public:
  StalledReader(int port, const std::string& greeting, const std::string& subscribed);
  ~StalledReader();
  StalledReader(const StalledReader&) = delete;
  StalledReader& operator=(const StalledReader&) = delete;
  /// Bytes that are on their way to it, in its own kernel's buffer and in the server's; the rest of what the
  /// server sent the others it keeps itself, or has dropped. -1: the server has closed the connection.
  [[nodiscard]] long waiting() const;

 private:
  int socket_;
  int port_;
};

}  // namespace gjallar::bench
