#pragma once

#include <string>
#include <string_view>

#include "broker/core/result.h"
#include "broker/domain/principal.h"
#include "broker/edges/cap/reader.h"
#include "gjallar/v1/command.pb.h"

/// From what a message says to what it commands. Pure.
namespace gjallar::edges::cap {

/// A command; not set if the message asks for nothing.
struct Planned {
  gjallar::v1::Command command;
  std::string action = "none";
};

/// The command of a message. `held` is the alert that its references name: needed for Update and Cancel, else
/// nullptr. PERMISSION_DENIED if it sets an assessed grade and the principal may not assess.
[[nodiscard]] core::Result<Planned> plan(const Incoming& message, const gjallar::v1::Alert* held,
                                         const domain::Principal& principal);

/// What makes a repeat of the message harmless if its sender gives no key of its own.
[[nodiscard]] std::string idempotency_key_of(const Triple& triple);

}  // namespace gjallar::edges::cap
