#pragma once

#include <grpcpp/grpcpp.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bench/support/answers.h"
#include "bench/support/child.h"
#include "bench/support/readers.h"
#include "gjallar/v1/publisher_service.grpc.pb.h"
#include "subscribers/client/connection.h"
#include "subscribers/client/publisher.h"

namespace gjallar::bench {

/// A real gjallard on loopback.
class BrokerProcess {
 public:
  /// Started with --dev on a fresh folder; the services that subscribe here are registered.
  explicit BrokerProcess(const std::filesystem::path& folder);
  /// Started with --config and a certificate for HTTP, on the folder of one that was started with --dev and
  /// has ended.
  static std::unique_ptr<BrokerProcess> over_tls(const std::filesystem::path& folder);

  [[nodiscard]] int http_port() const noexcept { return http_port_; }
  [[nodiscard]] int grpc_port() const noexcept { return grpc_port_; }
  [[nodiscard]] pid_t id() const noexcept { return child_->id(); }
  /// How a principal's client library reaches it: gRPC with the principal's certificate, or else HTTP with
  /// its token.
  [[nodiscard]] client::ConnectionOptions connection_options(const std::string& principal, bool grpc) const;
  /// The gRPC connection of a principal, with its certificate.
  [[nodiscard]] std::shared_ptr<client::Connection> connection(const std::string& principal) const;
  /// What WebSocket subscriber `index` sends first; `query` is put behind the request's own ("&after=7").
  /// The subscribers are spread over eight services, of whose principals each may have 2,000 sessions.
  [[nodiscard]] Readers::Greeting upgrade_requests(const std::string& query = "") const;
  /// The tokens of those services, in turn for the subscribers.
  [[nodiscard]] std::vector<std::string> service_tokens() const;
  /// What the broker's answer holds once a subscriber is live.
  static constexpr const char* kSubscribed = "gjallar.v1.caughtup";
  [[nodiscard]] static Answers answers() { return {kSubscribed, "HTTP/1.1 101", ""}; }

  /// Where --dev puts certificates and keys.
  [[nodiscard]] std::filesystem::path dev_dir() const { return folder_ / "data/dev"; }

 private:
  BrokerProcess(std::filesystem::path folder, bool dev);
  [[nodiscard]] std::vector<std::string> words(bool dev) const;
  void write_configuration() const;
  void register_services() const;
  [[nodiscard]] std::string token_of(const std::string& principal) const;
  std::filesystem::path folder_;
  int http_port_, grpc_port_, operations_port_;
  std::unique_ptr<Child> child_;
};

/// The value, or throws its error.
void must(const core::Result<v1::CommandOutcome>& outcome);

/// One stream of PublisherService.Feed, with as many requests under way as the stream takes. One thread.
class FeedStream {
 public:
  explicit FeedStream(std::shared_ptr<client::Connection> connection);
  /// On a channel whose server asks nobody who he is.
  explicit FeedStream(std::shared_ptr<grpc::Channel> channel);
  ~FeedStream();
  FeedStream(const FeedStream&) = delete;
  FeedStream& operator=(const FeedStream&) = delete;
  /// Sends all and waits for all answers; throws if one was refused.
  void publish(const std::vector<v1::FeedRequest>& requests);

 private:
  std::shared_ptr<client::Connection> connection_;
  std::unique_ptr<v1::PublisherService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::FeedRequest, v1::FeedResponse>> stream_;
};

}  // namespace gjallar::bench
