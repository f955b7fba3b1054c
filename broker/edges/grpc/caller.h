#pragma once

#include <grpcpp/security/auth_context.h>
#include <grpcpp/security/auth_metadata_processor.h>
#include <grpcpp/support/string_ref.h>

#include <map>

#include "broker/core/result.h"
#include "broker/domain/principal.h"
#include "broker/security/authenticator.h"

namespace gjallar::edges {

using Metadata = std::multimap<grpc::string_ref, grpc::string_ref>;

/// Who calls: by the verified client certificate if there is one, else by the metadata `authorization`.
/// UNAUTHENTICATED. Any thread.
[[nodiscard]] core::Result<domain::Principal> caller_of(const grpc::AuthContext* connection,
                                                        const Metadata& metadata,
                                                        const security::Authenticator& authenticator);

/// Lets anonymous calls reach nothing but the health service. The five services prove their callers
/// themselves, so that a refusal carries its gjallar.v1.Error; this door is for what gRPC itself serves
/// (reflection). Runs on gRPC's threads.
class AnonymousDoor final : public grpc::AuthMetadataProcessor {
 public:
  /// Must outlive the server.
  explicit AnonymousDoor(const security::Authenticator& authenticator) : authenticator_(authenticator) {}
  [[nodiscard]] bool IsBlocking() const override { return false; }
  grpc::Status Process(const InputMetadata& metadata, grpc::AuthContext* connection, OutputMetadata* consumed,
                       OutputMetadata* response) override;

 private:
  const security::Authenticator& authenticator_;
};

}  // namespace gjallar::edges
