#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "broker/core/clock.h"
#include "broker/core/ids.h"
#include "broker/core/result.h"
#include "gjallar/v1/event.pb.h"

/// Keys and small values of the columns `view` and `directory`. On disk: never reuse a first letter. Numbers
/// are big-endian.
namespace gjallar::projections::keys {

// --- column view ---
/// "r" reference → alert id.
[[nodiscard]] std::string reference(std::string_view reference);
/// "h" alert id, seq → History.
[[nodiscard]] std::string history(std::string_view alert_id, core::Seq seq);
/// "a" area 0 alert id → empty; live alerts by the areas of their audience.
[[nodiscard]] std::string live_in_area(std::string_view area, std::string_view alert_id);
/// "o" role 0 alert id → empty; live alerts by the roles of their audience, kEveryRole where a group has
/// every role.
[[nodiscard]] std::string live_for_role(std::string_view role, std::string_view alert_id);
inline constexpr std::string_view kEveryRole = "*";
/// "l" alert id → empty; live alerts.
[[nodiscard]] std::string live(std::string_view alert_id);
/// "e" microseconds u64, alert id → empty; live alerts by expiry.
[[nodiscard]] std::string expiry(core::WallTime expires, std::string_view alert_id);
/// The time and the alert id of an expiry key; empty if it isn't one.
struct Expiry {
  core::WallTime expires{};
  std::string alert_id;
};
[[nodiscard]] std::optional<Expiry> parse_expiry(std::string_view key);

/// Value of a history row: u16 type, u64 version, u8 whether the event made the version.
struct History {
  core::Seq seq = 0;  ///< from the key
  gjallar::v1::EventType type = gjallar::v1::EVENT_TYPE_UNSPECIFIED;
  core::Version version = 0;
  bool made_version = false;
};
[[nodiscard]] std::string encode_history(const History& history);
/// DATA_CORRUPT if key or value have another form.
[[nodiscard]] core::Result<History> decode_history(std::string_view key, std::string_view value);

// --- column directory ---
/// "c" service id → ServiceRow.
[[nodiscard]] std::string service(std::string_view service_id);
/// "h" number u32, seq u64 → empty.
[[nodiscard]] std::string service_history(core::ServiceNumber number, core::Seq seq);
struct ServiceEvent {
  core::ServiceNumber number = 0;
  core::Seq seq = 0;
};
[[nodiscard]] std::optional<ServiceEvent> parse_service_history(std::string_view key);

}  // namespace gjallar::projections::keys
