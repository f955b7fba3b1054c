#pragma once

#include <memory>
#include <string>
#include <vector>

namespace gjallar::bench {

/// Publishers of a nats-server with JetStream, each on a connection of its own, into one stream kept in a
/// file: the peer of the feed.
class JetStream {
 public:
  /// Creates the stream.
  JetStream(int port, int publishers);
  ~JetStream();
  JetStream(const JetStream&) = delete;
  JetStream& operator=(const JetStream&) = delete;
  /// `count` messages of so many bytes by all publishers together, each with as many under way as a feed may
  /// have, until the server has said of each that it is stored; messages a second.
  double publish(int count, std::size_t bytes);

 private:
  class Publisher;
  std::vector<std::unique_ptr<Publisher>> publishers_;
};

}  // namespace gjallar::bench
