#pragma once

#include <functional>
#include <memory>
#include <string>

#include "broker/core/clock.h"
#include "broker/core/result.h"

namespace gjallar::edges {

/// Listens for the gRPC edge and gives it what it may have: gRPC's own listeners have no hook for a limit of
/// connections an address, none for how fast TLS handshakes begin, and no setting for what a socket takes
/// before it is on the wire. A connection counts until it ends, whoever ends it; for that each has a second
/// descriptor here while there is a limit. A thread of its own.
class AcceptGate {
 public:
  /// Owns the descriptor that it is given.
  using Take = std::function<void(int descriptor)>;

  /// Listens on `address`, a numeric host and a port (0: any); on both families if the host is all of one.
  /// Connections wait in the kernel until `start`. `connections_per_address`: 0: no limit. `clock`: of the
  /// handshakes' rate; must outlive it. INVALID_ARGUMENT, UNAVAILABLE: grpc.address.
  [[nodiscard]] static core::Result<std::unique_ptr<AcceptGate>> listen(const std::string& address,
                                                                        std::size_t connections_per_address,
                                                                        const core::Clock& clock);
  /// As stop().
  ~AcceptGate();
  AcceptGate(const AcceptGate&) = delete;
  AcceptGate& operator=(const AcceptGate&) = delete;

  [[nodiscard]] int port() const noexcept;
  /// Begins to accept; `take` is called on the gate's thread. Once.
  void start(Take take);
  /// Closes the listener; what was taken lives on, and isn't counted any more. Not on the gate's thread.
  void stop();
  /// Connections that count for an address. Any thread.
  [[nodiscard]] std::size_t count(const std::string& address) const;

 private:
  struct Impl;
  explicit AcceptGate(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gjallar::edges
