#pragma once

#include <functional>
#include <optional>
#include <string>

#include "broker/edges/parts.h"

namespace gjallar::edges::cap {

/// How a message is to be taken, besides what it says.
struct Terms {
  std::string idempotency_key;  ///< empty: one is made of the message
  bool validate_only = false;
  std::optional<gjallar::v1::Confirmation> confirmation;  ///< its sender's answers to questions
};

/// What came of a message.
struct Published {
  gjallar::v1::CommandOutcome outcome;  ///< seq 0 if it asked for nothing
  std::string action;  ///< "issue", "revise", "grade", "retract", "observe", "conclude", "none"
};
using PublishedDone = std::function<void(core::Result<Published>)>;

/// Carries out what a CAP message says: reads it, finds the one live alert that its references name, and
/// hands the command to Admission. References name an alert by an identifier of this log, by a message that
/// its content came from, or by an earlier message of the same principal. None or several: refused, with the
/// list. A repeat is answered as the first time. `done` is called exactly once: at once if it is refused at
/// the door, else on the appender's thread. Errors about the message name line and element, those about the
/// answers "confirmation" and "confirmation.reason". Reads the disk: on a BulkReader.
void publish(const Parts& parts, const domain::Principal& principal, std::string_view document, Terms terms,
             PublishedDone done);

}  // namespace gjallar::edges::cap
