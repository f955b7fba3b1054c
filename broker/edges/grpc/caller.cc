#include "broker/edges/grpc/caller.h"

#include <grpc/grpc_security_constants.h>

#include <string>
#include <string_view>
#include <vector>

namespace gjallar::edges {
namespace {

std::string_view find(const Metadata& metadata, const char* key) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) return {};
  return {found->second.data(), found->second.size()};
}

bool begins_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

}  // namespace

core::Result<domain::Principal> caller_of(const grpc::AuthContext* connection, const Metadata& metadata,
                                          const security::Authenticator& authenticator) {
  std::vector<std::string> names;
  if (connection != nullptr) {
    for (const grpc::string_ref& name : connection->FindPropertyValues(GRPC_X509_SAN_PROPERTY_NAME)) {
      names.emplace_back(name.data(), name.size());
    }
  }
  if (!names.empty()) return authenticator.by_certificate(names);
  return authenticator.by_bearer(find(metadata, "authorization"));
}

grpc::Status AnonymousDoor::Process(const InputMetadata& metadata, grpc::AuthContext* connection,
                                    OutputMetadata* /*consumed*/, OutputMetadata* /*response*/) {
  const std::string_view path = find(metadata, ":path");
  if (begins_with(path, "/grpc.health.v1.Health/") || begins_with(path, "/gjallar.v1."))
    return grpc::Status::OK;
  const auto caller = caller_of(connection, metadata, authenticator_);
  if (caller) return grpc::Status::OK;
  return {grpc::StatusCode::UNAUTHENTICATED, core::to_text(caller.error())};
}

}  // namespace gjallar::edges
