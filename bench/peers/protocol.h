#pragma once

#include <memory>
#include <string>

#include "bench/support/answers.h"

namespace gjallar::bench {

/// How one kind of server is spoken to: what a subscriber sends, and a publisher's connection.
class Protocol {
 public:
  virtual ~Protocol() = default;
  /// What a subscriber sends first.
  [[nodiscard]] virtual std::string greeting() const = 0;
  /// What the server says before that, and answers to it.
  [[nodiscard]] virtual Answers answers() const = 0;
  /// Connects the publisher.
  virtual void open(int port) = 0;
  /// Publishes one message to all subscribers; may return before they have it.
  virtual void publish(const std::string& message) = 0;
};

/// redis, redis-synced (into a stream first), nats, mqtt, nchan, ws. Throws for any other.
[[nodiscard]] std::unique_ptr<Protocol> make_protocol(const std::string& name);

}  // namespace gjallar::bench
