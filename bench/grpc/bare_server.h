#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bench/support/child.h"

namespace gjallar::bench {

/// What the broker's gRPC is measured against, in a process of its own: a bare gRPC server that for each mark
/// writes and syncs a message that ends in it, then loops StartWrite of one shared buffer over all streams
/// (raw callback API). TLS as the broker's; it asks nobody who he is.
class BareGrpcServer {
 public:
  /// `keys`: the folder of server.pem and server.key. `bytes`: of one message.
  BareGrpcServer(const std::filesystem::path& folder, const std::filesystem::path& keys, std::size_t bytes);
  ~BareGrpcServer();
  BareGrpcServer(const BareGrpcServer&) = delete;
  BareGrpcServer& operator=(const BareGrpcServer&) = delete;
  [[nodiscard]] int port() const noexcept { return port_; }
  [[nodiscard]] pid_t id() const noexcept { return child_.id(); }
  void publish(const std::vector<std::string>& marks);

 private:
  int port_;
  int control_port_;
  Child child_;
  int control_ = -1;
};

/// The helper process's side; runs until it is killed. PORT CONTROL-PORT FILE BYTES KEYS.
int run_bare_grpc_server(const std::vector<std::string>& words);

}  // namespace gjallar::bench
