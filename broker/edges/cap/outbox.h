#pragma once

#include <string>
#include <string_view>

#include "broker/domain/principal.h"
#include "broker/edges/cap/settings.h"
#include "broker/log/event_log.h"

/// CAP messages as a principal may see them. They read the disk: on a BulkReader.
namespace gjallar::edges::cap {

/// A message as it is sent.
struct Sent {
  std::string identifier;
  std::string document;  ///< XML in UTF-8, signed if a key is configured
};

/// What every message of this log has as its sender.
[[nodiscard]] std::string sender_of(const Settings& settings, const core::LogId& log_id);

/// The message with this identifier. NOT_FOUND if there is none or its event isn't for the principal: who may
/// see the whole alert sees all of its messages, a service those that concerned it, and the last.
[[nodiscard]] core::Result<Sent> message_of(const log::LogSnapshot& snapshot, const core::LogId& log_id,
                                            const Settings& settings, const domain::Principal& principal,
                                            std::string_view identifier);
/// An alert's last message, by its id or reference.
[[nodiscard]] core::Result<Sent> last_message_of(const log::LogSnapshot& snapshot, const core::LogId& log_id,
                                                 const Settings& settings, const domain::Principal& principal,
                                                 std::string_view alert);

}  // namespace gjallar::edges::cap
