#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "broker/core/result.h"

namespace gjallar::client {

/// How to reach a broker and who calls. Files are PEM.
struct ConnectionOptions {
  std::string endpoint;   ///< HOST:PORT of the broker's gRPC listener
  std::string token;      ///< `id.secret`; empty: none
  std::string ca_file;    ///< the authority that signed the broker's certificate
  std::string cert_file;  ///< the caller's certificate; empty: none
  std::string key_file;   ///< its key
};

/// A channel to one broker for one caller: TLS, the token as metadata on every call, fast reconnects. Any
/// thread.
class Connection {
 public:
  /// INVALID_ARGUMENT if the options don't fit together or a file can't be read; the network isn't touched.
  [[nodiscard]] static core::Result<std::shared_ptr<Connection>> open(const ConnectionOptions& options);

  [[nodiscard]] const std::shared_ptr<grpc::Channel>& channel() const noexcept { return channel_; }
  /// Adds the token to a call.
  void authorize(grpc::ClientContext& context) const;

 private:
  Connection(std::shared_ptr<grpc::Channel> channel, std::string token);
  std::shared_ptr<grpc::Channel> channel_;
  std::string token_;
};

/// The broker's own error out of a failed call's status details; one made of the status if there are none.
[[nodiscard]] core::Error error_of(const grpc::Status& status);

/// Reads a whole file. INVALID_ARGUMENT names `field` if it can't.
[[nodiscard]] core::Result<std::string> read_file(const std::string& path, const std::string& field);

}  // namespace gjallar::client
