#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <google/protobuf/timestamp.pb.h>

#include "broker/core/result.h"

namespace gjallar::edges::http {

/// Replaces %XX (RFC 3986); nothing if an escape is broken or yields a control character.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

/// A decimal number without sign that fits 64 bits.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text) noexcept;

/// RFC 3339, any offset. A space before the offset counts as the plus that form decoding took away.
[[nodiscard]] std::optional<google::protobuf::Timestamp> parse_time(std::string text);

/// The parameters of a URL's query. Errors name the parameter and never repeat its value.
class Query {
 public:
  /// "a=1&b=x%20y". INVALID_ARGUMENT for a broken escape or a parameter given twice.
  [[nodiscard]] static core::Result<Query> parse(std::string_view text);

  /// INVALID_ARGUMENT if there is any other parameter, so that a mistyped filter doesn't silently answer
  /// everything.
  [[nodiscard]] core::Result<void> allow_only(std::initializer_list<std::string_view> names) const;
  [[nodiscard]] bool has(std::string_view name) const noexcept { return values_.find(name) != values_.end(); }
  /// Empty if absent.
  [[nodiscard]] const std::string& text(std::string_view name) const noexcept;
  /// 0 if absent or empty. INVALID_ARGUMENT.
  [[nodiscard]] core::Result<std::uint64_t> number(std::string_view name) const;
  /// "1" or "true", "0" or "false"; false if absent. INVALID_ARGUMENT.
  [[nodiscard]] core::Result<bool> flag(std::string_view name) const;
  /// Nothing if absent. INVALID_ARGUMENT.
  [[nodiscard]] core::Result<std::optional<google::protobuf::Timestamp>> time(std::string_view name) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace gjallar::edges::http
