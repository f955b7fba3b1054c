#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace gjallar::core {

/// A value with a tag, so that an alert id can't be passed where a service id is wanted.
template <typename Value, typename Tag>
class Tagged {
 public:
  Tagged() = default;
  explicit Tagged(Value value) : value_(std::move(value)) {}
  [[nodiscard]] const Value& value() const noexcept { return value_; }
  friend bool operator==(const Tagged&, const Tagged&) = default;
  friend auto operator<=>(const Tagged&, const Tagged&) = default;

 private:
  Value value_{};
};

/// Number of an event in the log, from 1 without gaps; 0: before the first.
using Seq = std::uint64_t;
/// Count of events that changed a subject, from 1.
using Version = std::uint64_t;
/// Dense number of a service in one log, from 0; never reused. What sets of services are made of.
using ServiceNumber = std::uint32_t;

/// UUIDv7 in lower case with hyphens.
using AlertId = Tagged<std::string, struct AlertIdTag>;
/// A registered service: "syringe-exchange-stockholm".
using ServiceId = Tagged<std::string, struct ServiceIdTag>;
/// Who calls: "police".
using PrincipalName = Tagged<std::string, struct PrincipalNameTag>;
/// Identity of a log; changes when it is restored. 16 characters of Crockford base32.
using LogId = Tagged<std::string, struct LogIdTag>;

}  // namespace gjallar::core

template <typename Value, typename Tag>
struct std::hash<gjallar::core::Tagged<Value, Tag>> {
  std::size_t operator()(const gjallar::core::Tagged<Value, Tag>& tagged) const noexcept {
    return std::hash<Value>{}(tagged.value());
  }
};
