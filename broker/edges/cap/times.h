#pragma once

#include <google/protobuf/timestamp.pb.h>

#include <optional>
#include <string>
#include <string_view>

/// Times as CAP 1.2 writes them. Pure.
namespace gjallar::edges::cap {

/// Whole seconds with a numeric offset, never Z: "2026-06-05T19:40:00-00:00". Fractions are cut.
[[nodiscard]] std::string to_cap_time(const google::protobuf::Timestamp& time);
/// With fractions: "2026-06-05T19:40:00.250000000Z".
[[nodiscard]] std::string to_exact_time(const google::protobuf::Timestamp& time);

/// A date and time with an offset or Z, with or without fractions; what CAP asks for and what others send.
/// Nothing for a date that doesn't exist, an offset beyond 14 hours, or no offset at all.
[[nodiscard]] std::optional<google::protobuf::Timestamp> parse_cap_time(std::string_view text) noexcept;

}  // namespace gjallar::edges::cap
