#include "broker/edges/grpc/status.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/io/coded_stream.h>

#include <catch2/catch.hpp>
#include <set>
#include <string>

namespace gjallar::edges {
namespace {

/// What google.rpc.Status holds, read by its field numbers.
struct Details {
  std::uint32_t code = 0;
  std::string message;
  google::protobuf::Any any;
};

Details read(const std::string& bytes) {
  Details details;
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                            static_cast<int>(bytes.size()));
  while (const std::uint32_t tag = in.ReadTag()) {
    std::uint32_t size = 0;
    std::string text;
    if (tag == (1 << 3)) {
      REQUIRE(in.ReadVarint32(&details.code));
      continue;
    }
    REQUIRE(in.ReadVarint32(&size));
    REQUIRE(in.ReadString(&text, static_cast<int>(size)));
    if (tag == ((2 << 3) | 2)) details.message = text;
    if (tag == ((3 << 3) | 2)) REQUIRE(details.any.ParseFromString(text));
  }
  return details;
}

}  // namespace

TEST_CASE("every error code has a gRPC code, and the status details hold the whole error") {
  for (int number = v1::ErrorCode_MIN; number <= v1::ErrorCode_MAX; ++number) {
    if (!v1::ErrorCode_IsValid(number)) continue;
    core::Error error =
        core::make_error(static_cast<core::Code>(number), "content.texts[0]", "Wrong.", "Mend it.");
    error.retry_after = std::chrono::milliseconds(250);
    error.current_version = 7;
    const grpc::Status status = to_status(error);
    CHECK(status.error_code() != grpc::StatusCode::OK);
    CHECK(status.error_code() != grpc::StatusCode::UNKNOWN);
    const Details details = read(status.error_details());
    CHECK(static_cast<int>(details.code) == status.error_code());
    CHECK(details.message == status.error_message());
    v1::Error carried;
    REQUIRE(details.any.UnpackTo(&carried));
    CHECK(carried.SerializeAsString() == core::to_proto(error).SerializeAsString());
  }
}

TEST_CASE("callers of a stopping broker are told to come back, each at another time") {
  std::set<std::int64_t> waits;
  for (int n = 0; n < 20; ++n) {
    const core::Error error = draining_error();
    CHECK(error.code == v1::ERROR_CODE_UNAVAILABLE);
    REQUIRE(error.retry_after.has_value());
    CHECK(error.retry_after->count() >= 1'000);
    CHECK(error.retry_after->count() <= 3'000);
    waits.insert(error.retry_after->count());
  }
  CHECK(waits.size() > 5);
}

TEST_CASE("errors that pass by themselves have codes that clients retry") {
  CHECK(status_code_of(v1::ERROR_CODE_OVERLOADED) == grpc::StatusCode::RESOURCE_EXHAUSTED);
  CHECK(status_code_of(v1::ERROR_CODE_UNAVAILABLE) == grpc::StatusCode::UNAVAILABLE);
  CHECK(status_code_of(v1::ERROR_CODE_OUTCOME_UNKNOWN) == grpc::StatusCode::DEADLINE_EXCEEDED);
  CHECK(status_code_of(v1::ERROR_CODE_STALE_VERSION) == grpc::StatusCode::ABORTED);
  CHECK(status_code_of(v1::ERROR_CODE_INTERNAL) == grpc::StatusCode::INTERNAL);
}

}  // namespace gjallar::edges
