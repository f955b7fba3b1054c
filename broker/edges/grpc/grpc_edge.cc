#include "broker/edges/grpc/grpc_edge.h"

#include <fmt/format.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include "broker/core/limits.h"
#include "broker/edges/grpc/accept_gate.h"
#include "broker/edges/grpc/cap_service.h"
#include "broker/edges/grpc/directory_service.h"
#include "broker/edges/grpc/operator_service.h"
#include "broker/edges/grpc/publisher_service.h"
#include "broker/edges/grpc/subscriber_service.h"
#include "broker/edges/grpc/view_service.h"
#include "broker/security/tls.h"

namespace gjallar::edges {
namespace {

/// Certificates are read again this often, so that a renewed one needs no restart.
constexpr unsigned kCertificatePollSeconds = 10;
constexpr int kServerPingMs = 30'000;
constexpr int kServerPingTimeoutMs = 20'000;
/// Clients may ping this often; clients' own interval must be longer.
constexpr int kClientPingMinMs = 10'000;
constexpr int kHandshakeTimeoutMs =
    static_cast<int>(std::chrono::milliseconds(core::limits::kHandshakeTimeout).count());
/// Calls on one connection.
constexpr int kStreamsMax = static_cast<int>(core::limits::kSessionsPerPrincipalMax);
/// Room for what a request adds to its command.
constexpr int kRequestBytesMax = static_cast<int>(core::limits::kCommandBytesMax) + 4096;

std::shared_ptr<grpc::ServerCredentials> make_credentials(const GrpcEdgeOptions& options,
                                                          const security::Authenticator& authenticator) {
  namespace tls = grpc::experimental;
  tls::TlsServerCredentialsOptions tls_options(std::make_shared<tls::FileWatcherCertificateProvider>(
      options.key_file, options.certificate_file, options.client_ca_file, kCertificatePollSeconds));
  tls_options.watch_root_certs();
  tls_options.watch_identity_key_cert_pairs();
  tls_options.set_cert_request_type(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  auto credentials = tls::TlsServerCredentials(tls_options);
  credentials->SetAuthMetadataProcessor(std::make_shared<AnonymousDoor>(authenticator));
  return credentials;
}

class Edge final : public GrpcEdge {
 public:
  Edge(Parts parts, std::size_t sessions_per_address)
      : services_(std::move(parts), sessions_per_address),
        publisher_(services_),
        subscriber_(services_),
        view_(services_),
        directory_(services_),
        operator_(services_),
        cap_(services_) {}
  ~Edge() override { shutdown(std::chrono::milliseconds(0)); }

  core::Result<void> listen(const GrpcEdgeOptions& options) {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    auto gate = AcceptGate::listen(options.address, options.connections_per_address, services_.parts.clock);
    if (!gate) return gate.error();
    gate_ = std::move(*gate);
    grpc::ServerBuilder builder;
    acceptor_ = builder.experimental().AddExternalConnectionAcceptor(
        grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
        make_credentials(options, services_.parts.authenticator));
    builder.RegisterService(&publisher_);
    builder.RegisterService(&subscriber_);
    builder.RegisterService(&view_);
    builder.RegisterService(&directory_);
    builder.RegisterService(&operator_);
    builder.RegisterService(&cap_);
    builder.SetMaxReceiveMessageSize(kRequestBytesMax);
    builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeTimeoutMs);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreamsMax);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kServerPingMs);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kServerPingTimeoutMs);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kClientPingMinMs);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
    server_ = builder.BuildAndStart();
    if (!server_) {
      return core::make_error(v1::ERROR_CODE_UNAVAILABLE, "grpc.address",
                              fmt::format("gRPC doesn't start on {}.", options.address),
                              "Look at what gRPC has written to stderr.");
    }
    gate_->start([this](int descriptor) {
      grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
      connection.fd = descriptor;
      acceptor_->HandleNewConnection(&connection);
    });
    return {};
  }

  [[nodiscard]] int port() const noexcept override { return gate_->port(); }

  void set_draining() override {
    services_.draining.store(true);
    if (server_) server_->GetHealthCheckService()->SetServingStatus(false);
  }

  void shutdown(std::chrono::milliseconds time) override {
    if (stopped_) return;
    stopped_ = true;
    set_draining();
    services_.calls.end_all();
    if (gate_) gate_->stop();
    if (server_) server_->Shutdown(std::chrono::system_clock::now() + time);
    services_.reader.stop();
    services_.maintenance.stop();
    services_.answers.stop();
  }

 private:
  Services services_;
  PublisherService publisher_;
  SubscriberService subscriber_;
  ViewService view_;
  DirectoryService directory_;
  OperatorService operator_;
  CapService cap_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<AcceptGate> gate_;
  bool stopped_ = false;
};

}  // namespace

core::Result<std::unique_ptr<GrpcEdge>> GrpcEdge::start(Parts parts, GrpcEdgeOptions options) {
  // gRPC would only log what is wrong with these and then refuse every connection.
  GJALLAR_TRY(security::check_key_pair(options.certificate_file, options.key_file));
  GJALLAR_TRY(security::alternative_names(options.client_ca_file));
  auto edge = std::make_unique<Edge>(std::move(parts), options.connections_per_address);
  GJALLAR_TRY(edge->listen(options));
  return std::unique_ptr<GrpcEdge>(std::move(edge));
}

}  // namespace gjallar::edges
