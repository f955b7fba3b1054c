#pragma once

#include <sys/uio.h>

#include <cstddef>

#include "broker/edges/address_limits.h"
#include "broker/edges/http/tls_stream.h"

namespace gjallar::edges::http {

/// A session's socket, plain or with TLS, without any wait of its own: it takes and gives what it can at
/// once. Owns the descriptor. Not synchronised.
class SessionSocket {
 public:
  SessionSocket() = default;
  /// `tls` may be nullptr.
  SessionSocket(int descriptor, TlsPtr tls, AddressLimits::Place place) noexcept
      : tls_(std::move(tls)), place_(std::move(place)), descriptor_(descriptor) {}
  ~SessionSocket() { close(); }
  SessionSocket(SessionSocket&& other) noexcept;
  SessionSocket& operator=(SessionSocket&& other) noexcept;

  /// Small frames leave at once; little waits in the kernel, so that urgent news can overtake; a peer that
  /// doesn't answer is given up in time. Failures don't matter.
  void tune() noexcept;

  struct Taken {
    std::size_t bytes = 0;
    bool gone = false;  ///< the connection has failed or ended
  };
  /// Writes as much of the pieces, in order, as the socket takes now. With TLS, what was not taken must come
  /// first again, unchanged.
  [[nodiscard]] Taken write(const iovec* pieces, std::size_t count) noexcept;
  /// Reads what is there; 0 bytes: nothing now.
  [[nodiscard]] Taken read(char* into, std::size_t size) noexcept;
  /// Says that nothing more comes.
  void shutdown_send() noexcept;
  void close() noexcept;

  /// Whether it may hold on to bytes that it didn't say it took.
  [[nodiscard]] bool keeps() const noexcept { return tls_ != nullptr; }
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  [[nodiscard]] bool open() const noexcept { return descriptor_ >= 0; }

 private:
  [[nodiscard]] Taken write_tls(const iovec* pieces, std::size_t count) noexcept;

  TlsPtr tls_;
  AddressLimits::Place place_;  ///< among the connections of its remote address, until it is closed
  int descriptor_ = -1;
};

}  // namespace gjallar::edges::http
