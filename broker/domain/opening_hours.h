#pragma once

#include <optional>
#include <string>

#include "broker/core/clock.h"
#include "gjallar/v1/directory.pb.h"

namespace gjallar::domain {

/// Whether the system's time zone database (tzdata) has this IANA name ("Europe/Stockholm"). "localtime"
/// isn't one: it means another zone on each machine. Any thread; reads a file the first time a zone is asked
/// for.
[[nodiscard]] bool is_time_zone(const std::string& name);

/// When a service that is closed at `now` opens again; empty if it is open. Without opening hours it always
/// is, and so is one whose zone the system no longer knows: better called in vain than forgotten. Spans are
/// half-open, and count by the local clock: where summer time skips the minute of opening or closing, the
/// moment of the change stands for it; of a minute that comes twice, a service opens at the first and closes
/// at the second. Any thread.
[[nodiscard]] std::optional<core::WallTime> closed_until(const gjallar::v1::Service& service,
                                                         core::WallTime now);

}  // namespace gjallar::domain
