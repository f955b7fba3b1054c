#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "broker/core/clock.h"
#include "broker/core/result.h"
#include "broker/domain/directory.h"
#include "gjallar/v1/command.pb.h"
#include "gjallar/v1/event.pb.h"

namespace gjallar::domain {

/// Whether `timestamp` is later than `time`; for any value of its fields.
[[nodiscard]] bool is_later(const google::protobuf::Timestamp& timestamp, core::WallTime time);
/// Accepts an expiry after `now` and at most kAlertLifeMax after it; else INVALID_ARGUMENT, naming `field`.
[[nodiscard]] core::Result<void> check_expiry(const google::protobuf::Timestamp& expires, core::WallTime now,
                                              std::string_view field);

/// How far a sender's clock may be ahead of the broker's.
inline constexpr std::chrono::minutes kClockDifferenceMax{5};
/// Adds "seen here too" to the alert's counts, which are sorted by area.
void add_observation(v1::Alert& alert, const v1::Observation& observation);

/// The content that a revision asks for: the fields of its mask (all of them if it is empty) from its own
/// content, the others from `held`. An absent status, kind, grade or expiry is the one held. Errors:
/// INVALID_ARGUMENT for an unknown path or another status.
[[nodiscard]] core::Result<v1::AlertContent> revised_content(const v1::AlertContent& held,
                                                             const v1::ReviseAlert& revise);
/// Names of the top-level fields in which the two differ, in the order of their numbers.
[[nodiscard]] std::vector<std::string> changed_fields(const v1::AlertContent& before,
                                                      const v1::AlertContent& after);

/// Accepts an audience that reaches somebody by its form and names registered services only. `held` (may be
/// nullptr) is the audience that the alert has: a service named there may have been disabled since. Errors:
/// EMPTY_AUDIENCE, UNKNOWN_SERVICE, SERVICE_DISABLED, under `path`.
[[nodiscard]] core::Result<void> check_audience(const v1::Audience& audience, const v1::Audience* held,
                                                const Directory& directory, std::string_view path);
/// `held` with what is new of `more`; the same as `held` if nothing is. Groups are the same if their areas,
/// roles and minimum grade are, in whatever order. TOO_LARGE, under `path`, if it outgrows what an audience
/// may hold.
[[nodiscard]] core::Result<v1::Audience> widened_audience(const v1::Audience& held, const v1::Audience& more,
                                                          std::string_view path);

}  // namespace gjallar::domain
