#pragma once

#include "broker/edges/grpc/services.h"
#include "gjallar/v1/operator_service.grpc.pb.h"

namespace gjallar::edges {

/// Every method but Replay by gRPC's callbacks.
using OperatorCallbacks =
    v1::OperatorService::WithCallbackMethod_Verify<v1::OperatorService::WithCallbackMethod_Rebuild<
        v1::OperatorService::WithCallbackMethod_GetStatus<v1::OperatorService::WithCallbackMethod_IssueToken<
            v1::OperatorService::WithCallbackMethod_RotateToken<
                v1::OperatorService::WithCallbackMethod_RevokeToken<
                    v1::OperatorService::WithCallbackMethod_ListTokens<v1::OperatorService::Service>>>>>>>;

/// For operators: look back, check, mend. Verify and rebuild have a thread of their own, so that views don't
/// wait for them. Replay works on raw bytes, so that stored payloads are passed on as they are.
class OperatorService final
    : public ServiceOf<v1::OperatorService::WithRawCallbackMethod_Replay<OperatorCallbacks>> {
 public:
  using ServiceOf::ServiceOf;

  grpc::ServerWriteReactor<grpc::ByteBuffer>* Replay(grpc::CallbackServerContext* context,
                                                     const grpc::ByteBuffer* request) override;
  grpc::ServerUnaryReactor* Verify(grpc::CallbackServerContext* context, const v1::VerifyRequest* request,
                                   v1::VerifyResponse* response) override;
  grpc::ServerUnaryReactor* Rebuild(grpc::CallbackServerContext* context, const v1::RebuildRequest* request,
                                    v1::RebuildResponse* response) override;
  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                      const v1::GetStatusRequest* request,
                                      v1::GetStatusResponse* response) override;
  grpc::ServerUnaryReactor* IssueToken(grpc::CallbackServerContext* context,
                                       const v1::IssueTokenRequest* request,
                                       v1::IssueTokenResponse* response) override;
  grpc::ServerUnaryReactor* RotateToken(grpc::CallbackServerContext* context,
                                        const v1::RotateTokenRequest* request,
                                        v1::RotateTokenResponse* response) override;
  grpc::ServerUnaryReactor* RevokeToken(grpc::CallbackServerContext* context,
                                        const v1::RevokeTokenRequest* request,
                                        v1::RevokeTokenResponse* response) override;
  grpc::ServerUnaryReactor* ListTokens(grpc::CallbackServerContext* context,
                                       const v1::ListTokensRequest* request,
                                       v1::ListTokensResponse* response) override;
};

}  // namespace gjallar::edges
