#pragma once

#include <optional>
#include <string>

#include "broker/domain/concerns.h"
#include "broker/fanout/frame.h"

namespace gjallar::fanout {

/// What a session wants to hear of. A receiving session: everything that concerns its service. A viewer
/// session: what meets its filter, and if its principal sees only its own, of that what concerns its service.
struct Interest {
  std::optional<core::ServiceNumber> service;
  std::string service_id;  ///< of `service`
  std::optional<domain::ViewFilter> filter;

  [[nodiscard]] bool receiving() const noexcept { return service.has_value() && !filter.has_value(); }
};

/// The one test of every path (live, ring, catch-up): the stored targets, and the filter on the event's
/// reach.
[[nodiscard]] bool concerns(const domain::ServiceSet& targets, const domain::EventReach& reach,
                            const Interest& interest);
[[nodiscard]] bool concerns(const EncodedEvent& event, const Interest& interest);

/// Whether a directory event changes what concerns a receiving session: its own service was registered or
/// changed.
[[nodiscard]] bool changes_interest(gjallar::v1::EventType type, const std::string& subject,
                                    const Interest& interest);

}  // namespace gjallar::fanout
