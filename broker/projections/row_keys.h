#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "broker/core/clock.h"
#include "broker/core/ids.h"
#include "broker/core/result.h"
#include "broker/domain/status_class.h"
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

/// "q" microseconds u64, alert id → empty; live alerts by when their sender's service is asked about the
/// expiry.
[[nodiscard]] std::string expiry_question(core::WallTime at, std::string_view alert_id);
[[nodiscard]] std::optional<Expiry> parse_expiry_question(std::string_view key);

/// What live alerts about a substance are compared by: "s", class of the status, "a" for alerts or "r" for
/// reports, key of the substance, 0, area, 0, when it was issued as microseconds u64, alert id → empty. An
/// area is a county or a country: a municipality stands under its county.
struct SubstanceRow {
  domain::StatusClass status = domain::StatusClass::kReal;
  bool report = false;
  std::string_view substance;
  std::string_view area;
};
/// What all rows of one substance begin with, before the area.
[[nodiscard]] std::string live_with_substance(const SubstanceRow& row);
/// The same up to and with the area.
[[nodiscard]] std::string live_with_substance_in(const SubstanceRow& row);
[[nodiscard]] std::string live_with_substance(const SubstanceRow& row, core::WallTime sent,
                                              std::string_view alert_id);
/// Time and alert id at the end of such a key; empty if it isn't one.
struct Sent {
  core::WallTime sent{};
  std::string alert_id;
};
[[nodiscard]] std::optional<Sent> parse_live_with_substance(std::string_view key);

/// "x" alert id, service number u32, step u8, way u8, version u64 → EscalationRow. Folders of format 1 lack
/// the version in the key and hold the step for the latest one alone.
struct EscalationKey {
  core::ServiceNumber service = 0;
  gjallar::v1::EscalationStep step = gjallar::v1::ESCALATION_STEP_UNSPECIFIED;
  gjallar::v1::EscalationWay way = gjallar::v1::ESCALATION_WAY_UNSPECIFIED;
  core::Version version = 0;  ///< 0: a key of format 1
};
[[nodiscard]] std::string escalation(std::string_view alert_id, const EscalationKey& key);
/// What all of an alert's begin with.
[[nodiscard]] std::string escalations(std::string_view alert_id);
/// What all begin with.
inline constexpr std::string_view kEscalations = "x";
/// The alert id of such a key; empty if it isn't one.
[[nodiscard]] std::string_view alert_of_escalation(std::string_view key) noexcept;
/// Empty if it isn't one.
[[nodiscard]] std::optional<EscalationKey> parse_escalation(std::string_view key);

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

// --- column directory; "n" and "t" are those of tokens.h ---
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
