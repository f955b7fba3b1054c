#pragma once

#include <grpcpp/support/status.h>

#include "broker/core/error.h"

namespace gjallar::edges {

/// The canonical gRPC code for an error's code.
[[nodiscard]] grpc::StatusCode status_code_of(core::Code code) noexcept;
/// The error as a status whose details ("grpc-status-details-bin") are a google.rpc.Status that holds the
/// gjallar.v1.Error.
[[nodiscard]] grpc::Status to_status(const core::Error& error);

/// The broker is stopping: reconnect.
[[nodiscard]] core::Error draining_error();

}  // namespace gjallar::edges
