#include "subscribers/client/connection.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <fstream>
#include <sstream>
#include <utility>

namespace gjallar::client {
namespace {

namespace v1 = gjallar::v1;

/// Calls `visit(bytes)` for each length-delimited field `number` of a serialised message.
template <typename Visit>
void for_each_field(const std::string& message, int number, Visit&& visit) {
  using google::protobuf::internal::WireFormatLite;
  google::protobuf::io::CodedInputStream input(reinterpret_cast<const std::uint8_t*>(message.data()),
                                               static_cast<int>(message.size()));
  while (const std::uint32_t tag = input.ReadTag()) {
    if (WireFormatLite::GetTagFieldNumber(tag) == number &&
        WireFormatLite::GetTagWireType(tag) == WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      std::uint32_t length = 0;
      std::string bytes;
      if (!input.ReadVarint32(&length) || !input.ReadString(&bytes, static_cast<int>(length))) return;
      visit(bytes);
    } else if (!WireFormatLite::SkipField(&input, tag)) {
      return;
    }
  }
}

/// google.rpc.Status.details (field 3) holds google.protobuf.Any (type_url 1, value 2).
bool error_in_details(const std::string& details, v1::Error& error) {
  bool found = false;
  for_each_field(details, 3, [&](const std::string& any) {
    std::string type;
    for_each_field(any, 1, [&](const std::string& url) { type = url; });
    if (type != "type.googleapis.com/gjallar.v1.Error") return;
    for_each_field(any, 2, [&](const std::string& value) { found = error.ParseFromString(value); });
  });
  return found;
}

}  // namespace

core::Error error_of(const grpc::Status& status) {
  v1::Error error;
  if (error_in_details(status.error_details(), error)) return core::from_proto(error);
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      return core::make_error(v1::ERROR_CODE_UNAVAILABLE, "",
                              "The broker can't be reached: " + status.error_message() + ".",
                              "Check the endpoint, the CA file and that the broker runs; then try again.");
    case grpc::StatusCode::UNAUTHENTICATED:
      return core::make_error(v1::ERROR_CODE_UNAUTHENTICATED, "", "The broker doesn't know who calls.",
                              "Give --cert and --key, or --token.");
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return core::make_error(v1::ERROR_CODE_OUTCOME_UNKNOWN, "", "The broker didn't answer in time.",
                              "Repeat the call with the same idempotency key.");
    case grpc::StatusCode::UNIMPLEMENTED:
      return core::make_error(v1::ERROR_CODE_UNSUPPORTED, "", "The broker doesn't offer this call.",
                              "Use a newer broker.");
    default:
      return core::make_error(v1::ERROR_CODE_INTERNAL, "", "The call failed: " + status.error_message() + ".",
                              "");
  }
}

core::Result<std::string> read_file(const std::string& path, const std::string& field) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  if (!file || !(content << file.rdbuf())) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, field, "The file can't be read.",
                            "Give the path of a readable file.");
  }
  return content.str();
}

Connection::Connection(std::shared_ptr<grpc::Channel> channel, std::string token)
    : channel_(std::move(channel)), token_(std::move(token)) {}

core::Result<std::shared_ptr<Connection>> Connection::open(const ConnectionOptions& options) {
  if (options.endpoint.empty()) {
    return core::make_error(v1::ERROR_CODE_MISSING_FIELD, "endpoint", "No broker was named.",
                            "Give --endpoint HOST:PORT or set GJALLAR_ENDPOINT.");
  }
  if (options.cert_file.empty() != options.key_file.empty()) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, options.cert_file.empty() ? "cert" : "key",
                            "A certificate and its key belong together.",
                            "Give both --cert and --key, or neither.");
  }
  grpc::SslCredentialsOptions tls;
  const auto load = [](const std::string& path, const char* field, std::string& out) -> core::Result<void> {
    if (path.empty()) return {};
    auto content = read_file(path, field);
    if (!content) return content.error();
    out = std::move(*content);
    return {};
  };
  GJALLAR_TRY(load(options.ca_file, "ca", tls.pem_root_certs));
  GJALLAR_TRY(load(options.cert_file, "cert", tls.pem_cert_chain));
  GJALLAR_TRY(load(options.key_file, "key", tls.pem_private_key));

  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  // gRPC takes this as the time that one attempt, its TLS handshake included, may last.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5'000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 20'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  // Callers in one process must not share a connection: it carries a certificate.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return std::shared_ptr<Connection>(new Connection(
      grpc::CreateCustomChannel(options.endpoint, grpc::SslCredentials(tls), arguments), options.token));
}

void Connection::authorize(grpc::ClientContext& context) const {
  if (!token_.empty()) context.AddMetadata("authorization", "Bearer " + token_);
}

}  // namespace gjallar::client
