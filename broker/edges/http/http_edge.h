#pragma once

#include <memory>
#include <string>

#include "broker/core/limits.h"
#include "broker/core/result.h"
#include "broker/edges/parts.h"

namespace gjallar::edges {

/// Where and how to listen. Without a certificate it is plain HTTP, which operations allows on loopback only.
struct HttpEdgeOptions {
  std::string address;  ///< "127.0.0.1:8080"; port 0: any
  std::string certificate_file;
  std::string key_file;
  std::size_t connections_per_address = core::limits::kConnectionsPerAddress;  ///< 0: no limit
};

/// JSON over HTTP, Server-Sent Events, and the upgrade to WebSocket; each connection lives on a shard of the
/// hub.
class HttpEdge {
 public:
  [[nodiscard]] static core::Result<std::unique_ptr<HttpEdge>> start(Parts parts, HttpEdgeOptions options);
  virtual ~HttpEdge() = default;
  [[nodiscard]] virtual int port() const noexcept = 0;
  /// Stops accepting; readiness says no.
  virtual void set_draining() = 0;
  /// Closes what is left. Before Hub::stop.
  virtual void shutdown() = 0;
};

}  // namespace gjallar::edges
