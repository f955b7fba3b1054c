// Commands about tokens for tests: valid as they are.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "broker/core/digest.h"
#include "gjallar/v1/command.pb.h"

namespace gjallar::testing {

inline constexpr const char* kSampleTokenId = "0123456789abcdef";

[[nodiscard]] std::string sha256_text(const std::string& secret);
[[nodiscard]] v1::Command issue_token_command(const std::string& secret = "first",
                                              const std::string& token_id = kSampleTokenId,
                                              const std::string& principal = "police");
[[nodiscard]] v1::Command rotate_token_command(const std::string& secret = "second",
                                               std::optional<std::chrono::seconds> overlap = std::nullopt,
                                               const std::string& token_id = kSampleTokenId);
[[nodiscard]] v1::Command revoke_token_command(const std::string& token_id = kSampleTokenId,
                                               const std::string& reason = {});
[[nodiscard]] v1::Command note_contacts_command(const std::string& service_id, bool has_on_call);

}  // namespace gjallar::testing
