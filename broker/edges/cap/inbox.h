#pragma once

#include <functional>
#include <string>

#include "broker/edges/parts.h"

namespace gjallar::edges::cap {

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
/// the door, else on the appender's thread. Errors about the message name line and element. Reads the disk:
/// on a BulkReader.
void publish(const Parts& parts, const domain::Principal& principal, std::string_view document,
             std::string idempotency_key, bool validate_only, PublishedDone done);

}  // namespace gjallar::edges::cap
