#pragma once

#include <memory>

#include "broker/core/result.h"
#include "broker/operations/configuration.h"
#include "gjallar/v1/operator_service.pb.h"

namespace gjallar::operations {

/// A whole broker: its parts are built in the order in which data flows and torn down in reverse.
class Broker {
 public:
  /// Waits for the data folder as configured, opens it and starts to listen; nullptr if it was asked to stop
  /// while it waited. The configuration has passed check(). Errors: DATA_CORRUPT
  /// with the engine's words and the file, UNAVAILABLE (folder in use, address taken), INVALID_ARGUMENT
  /// (policy, tokens, certificates).
  [[nodiscard]] static core::Result<std::unique_ptr<Broker>> start(const Configuration& configuration);
  /// As stop().
  ~Broker();
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  /// Not ready at once, no new calls, goodbyes to the sessions, what waits is committed, receipts are synced.
  /// Calling thread; within a few times limits::kDrainTime.
  void stop();

  [[nodiscard]] int http_port() const noexcept;
  [[nodiscard]] int grpc_port() const noexcept;
  [[nodiscard]] int operations_port() const noexcept;
  /// How the broker does. Any thread, while it runs.
  [[nodiscard]] gjallar::v1::GetStatusResponse status() const;

 private:
  struct Parts;
  explicit Broker(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace gjallar::operations
