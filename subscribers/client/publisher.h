#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "broker/core/result.h"
#include "gjallar/v1/directory_service.grpc.pb.h"
#include "gjallar/v1/publisher_service.grpc.pb.h"
#include "subscribers/client/connection.h"

namespace gjallar::client {

/// Sends commands and stands by them: with an idempotency key it repeats a call that met a broken connection,
/// an overloaded or a restarting broker, until it is answered or `patience` is over. Any thread; calls block.
class Publisher {
 public:
  explicit Publisher(std::shared_ptr<Connection> connection,
                     std::chrono::milliseconds patience = std::chrono::seconds(30));

  /// Any command but expire. An empty key: one is made, so that a repeat within this call is safe.
  [[nodiscard]] core::Result<gjallar::v1::CommandOutcome> send(const gjallar::v1::Command& command,
                                                               std::string idempotency_key);
  /// What issuing would do; nothing is stored.
  [[nodiscard]] core::Result<gjallar::v1::CommandOutcome> preview(const gjallar::v1::IssueAlert& issue);

 private:
  [[nodiscard]] grpc::Status call(const gjallar::v1::Command& command, const std::string& key,
                                  bool wait_for_broker, gjallar::v1::CommandOutcome& outcome);

  std::shared_ptr<Connection> connection_;
  std::chrono::milliseconds patience_;
  std::unique_ptr<gjallar::v1::PublisherService::Stub> publisher_;
  std::unique_ptr<gjallar::v1::DirectoryService::Stub> directory_;
};

}  // namespace gjallar::client
