#include "broker/edges/grpc/status.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/wire_format_lite.h>

#include <string>

#include "broker/core/jitter.h"

namespace gjallar::edges {
namespace {

using google::protobuf::internal::WireFormatLite;

// Field numbers of google.rpc.Status, whose .proto Debian doesn't package.
constexpr int kCodeField = 1;
constexpr int kMessageField = 2;
constexpr int kDetailsField = 3;

/// Before a caller of a stopping broker should come back; three times as much at most.
constexpr std::chrono::milliseconds kStoppingRetryAfter{1'000};

std::string encode_details(grpc::StatusCode code, const std::string& message, const core::Error& error) {
  google::protobuf::Any any;
  any.PackFrom(core::to_proto(error));
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream out(&stream);
    WireFormatLite::WriteInt32(kCodeField, code, &out);
    WireFormatLite::WriteString(kMessageField, message, &out);
    WireFormatLite::WriteBytes(kDetailsField, any.SerializeAsString(), &out);
  }
  return bytes;
}

}  // namespace

grpc::StatusCode status_code_of(core::Code code) noexcept {
  using grpc::StatusCode;
  switch (code) {
    case v1::ERROR_CODE_INVALID_ARGUMENT:
    case v1::ERROR_CODE_MISSING_FIELD:
    case v1::ERROR_CODE_TOO_LARGE:
    case v1::ERROR_CODE_UNKNOWN_AREA:
    case v1::ERROR_CODE_UNKNOWN_ROLE:
    case v1::ERROR_CODE_EMPTY_AUDIENCE:
    case v1::ERROR_CODE_UNKNOWN_SERVICE:
    case v1::ERROR_CODE_PERSONAL_IDENTIFIER:
    case v1::ERROR_CODE_INVALID_CURSOR:
      return StatusCode::INVALID_ARGUMENT;
    case v1::ERROR_CODE_UNAUTHENTICATED:
      return StatusCode::UNAUTHENTICATED;
    case v1::ERROR_CODE_PERMISSION_DENIED:
      return StatusCode::PERMISSION_DENIED;
    case v1::ERROR_CODE_NOT_FOUND:
      return StatusCode::NOT_FOUND;
    case v1::ERROR_CODE_ALREADY_EXISTS:
      return StatusCode::ALREADY_EXISTS;
    case v1::ERROR_CODE_STALE_VERSION:
      return StatusCode::ABORTED;
    case v1::ERROR_CODE_ALERT_RETRACTED:
    case v1::ERROR_CODE_ALERT_EXPIRED:
    case v1::ERROR_CODE_IDEMPOTENCY_KEY_REUSED:
    case v1::ERROR_CODE_NOTHING_TO_CHANGE:
    case v1::ERROR_CODE_SERVICE_DISABLED:
    case v1::ERROR_CODE_GRADE_ASSESSED:
    case v1::ERROR_CODE_CONFIRM_REQUIRED:
    case v1::ERROR_CODE_POSSIBLE_DUPLICATE:
      return StatusCode::FAILED_PRECONDITION;
    case v1::ERROR_CODE_OVERLOADED:
      return StatusCode::RESOURCE_EXHAUSTED;
    case v1::ERROR_CODE_UNAVAILABLE:
      return StatusCode::UNAVAILABLE;
    case v1::ERROR_CODE_OUTCOME_UNKNOWN:
      return StatusCode::DEADLINE_EXCEEDED;
    case v1::ERROR_CODE_DATA_CORRUPT:
      return StatusCode::DATA_LOSS;
    case v1::ERROR_CODE_UNSUPPORTED:
      return StatusCode::UNIMPLEMENTED;
    default:
      return StatusCode::INTERNAL;
  }
}

grpc::Status to_status(const core::Error& error) {
  const grpc::StatusCode code = status_code_of(error.code);
  const std::string message = core::to_text(error);
  return {code, message, encode_details(code, message, error)};
}

core::Error draining_error() {
  auto error = core::make_error(v1::ERROR_CODE_UNAVAILABLE, "", "The broker is stopping.",
                                "Reconnect after retry_after.");
  error.retry_after = core::jittered(kStoppingRetryAfter);
  return error;
}

}  // namespace gjallar::edges
