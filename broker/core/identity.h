#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "broker/core/clock.h"
#include "broker/core/ids.h"
#include "broker/core/random.h"

namespace gjallar::core {

/// A new alert id: UUIDv7 (RFC 9562) of this moment.
[[nodiscard]] AlertId new_alert_id(WallTime now, Random& random);
/// True for a UUID in lower case with hyphens.
[[nodiscard]] bool is_uuid(std::string_view text) noexcept;

/// A new log id: 16 characters of Crockford base32 (80 random bits).
[[nodiscard]] LogId new_log_id(Random& random);

/// The reference that people quote for an alert, a function of its id alone: "GJ-" and three groups of four
/// characters of Crockford base32, each group beginning with a letter so that no digit run can be taken for a
/// number of a person, the last character a check over the others: "GJ-K7Q2-M3ZT-B81X".
[[nodiscard]] std::string reference_of(const AlertId& alert_id);
/// Brings a typed reference to its canonical form (lower case, O for 0, I and L for 1); nothing if its form
/// or its check character is wrong.
[[nodiscard]] std::optional<std::string> canonical_reference(std::string_view typed);

/// Where a session resumes: "LOG.SEQ".
struct Cursor {
  LogId log_id;
  Seq seq = 0;
  friend bool operator==(const Cursor&, const Cursor&) = default;
};
[[nodiscard]] std::string to_text(const Cursor& cursor);
[[nodiscard]] std::optional<Cursor> parse_cursor(std::string_view text);

}  // namespace gjallar::core
