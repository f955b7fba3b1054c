#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gjallar/v1/error.pb.h"

namespace gjallar::core {

/// The stable codes of the public contract.
using Code = gjallar::v1::ErrorCode;

/// An alert that may be about the same.
struct PossibleDuplicate {
  std::string alert_id;
  std::string reference;
  std::string headline;
};

/// Why something was refused or failed. A value: safe to copy between threads.
/// No part of it may repeat what a caller sent as free text.
struct Error {
  Code code = gjallar::v1::ERROR_CODE_INTERNAL;
  /// Path of the field at fault in the request, e.g. "content.audience.groups[0].areas[1]"; empty if none is.
  std::string field;
  /// What is wrong, one sentence.
  std::string message;
  /// What to do now, one sentence.
  std::string advice;
  /// When to try again; absent if the same call will never succeed.
  std::optional<std::chrono::milliseconds> retry_after;
  /// The alert's present version where an expected one was stale, else 0.
  std::uint64_t current_version = 0;
  /// With POSSIBLE_DUPLICATE: alerts that the caller may see. Never part of a log line.
  std::vector<PossibleDuplicate> possible_duplicates;
};

/// Makes an error without retry advice.
[[nodiscard]] Error make_error(Code code, std::string field, std::string message, std::string advice);

/// The code's name as it is written for people and in JSON: "stale_version".
[[nodiscard]] std::string_view code_name(Code code) noexcept;

/// Translates to and from the public message.
[[nodiscard]] gjallar::v1::Error to_proto(const Error& error);
[[nodiscard]] Error from_proto(const gjallar::v1::Error& error);
[[nodiscard]] gjallar::v1::PossibleDuplicate to_proto(const PossibleDuplicate& duplicate);

/// One line for people: "field: message advice".
[[nodiscard]] std::string to_text(const Error& error);

}  // namespace gjallar::core
