#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "broker/core/limits.h"
#include "broker/core/result.h"
#include "broker/edges/parts.h"

namespace gjallar::edges {

/// Where and how to listen. Certificates are PEM files, re-read by polling; client certificates are asked for
/// and verified against `client_ca_file` but not required (a bearer token will do).
struct GrpcEdgeOptions {
  std::string address;  ///< "127.0.0.1:7443"; port 0: any
  std::string certificate_file;
  std::string key_file;
  std::string client_ca_file;
  /// Connections, and apart from them sessions, of one remote address; 0: no limit.
  std::size_t connections_per_address = core::limits::kConnectionsPerAddress;
};

/// The five services of gjallar.v1, health and reflection.
class GrpcEdge {
 public:
  [[nodiscard]] static core::Result<std::unique_ptr<GrpcEdge>> start(Parts parts, GrpcEdgeOptions options);
  virtual ~GrpcEdge() = default;
  [[nodiscard]] virtual int port() const noexcept = 0;
  /// Health says NOT_SERVING, no new calls.
  virtual void set_draining() = 0;
  /// Ends every call within `time` and stops.
  virtual void shutdown(std::chrono::milliseconds time) = 0;
};

}  // namespace gjallar::edges
