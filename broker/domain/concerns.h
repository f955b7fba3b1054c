#pragma once

#include <string>

#include "broker/domain/directory.h"
#include "broker/domain/match_keys.h"
#include "broker/domain/service_set.h"
#include "gjallar/v1/event.pb.h"

namespace gjallar::domain {

/// What of an event decides whom it concerns.
struct EventReach {
  MatchKeys before;  ///< the subject before the event
  MatchKeys after;   ///< the subject after the event
};

/// The one answer to "who is concerned": every service that the alert concerned before the event, or concerns
/// after it, or that the event names, or that any earlier event of the alert concerned (`already_targeted`),
/// whatever has changed in the directory since. Push, catch-up, views, feeds, ledger and access control all
/// rest on it. Pure.
[[nodiscard]] ServiceSet targets_of(const EventReach& reach, const ServiceSet& already_targeted,
                                    const Directory& directory);

/// Whether an event of this type concerns nobody but those it names: a notice, an escalation, its outcome.
/// The services that the alert was told to before don't hear of it; those that it names are told of what
/// comes after.
[[nodiscard]] bool names_only(gjallar::v1::EventType type) noexcept;
/// The answer for one event, by its type as well. What folds use.
[[nodiscard]] ServiceSet targets_of(gjallar::v1::EventType type, const EventReach& reach,
                                    const ServiceSet& already_targeted, const Directory& directory);

/// A viewer session's filter; an empty field doesn't filter.
struct ViewFilter {
  std::string area;
  std::string role;
  friend bool operator==(const ViewFilter&, const ViewFilter&) = default;
};
/// Whether keys meet a filter: one group has an area that meets it and the role. Named services meet no
/// filter but the empty one.
[[nodiscard]] bool concerns(const MatchKeys& keys, const ViewFilter& filter);
/// Whether an event concerns a viewer with this filter: before it or after it.
[[nodiscard]] bool concerns(const EventReach& reach, const ViewFilter& filter);

}  // namespace gjallar::domain
