#pragma once

#include <vector>

#include "broker/admission/privacy_gate.h"
#include "broker/domain/decide.h"

/// What is urgent isn't held up by a question: it goes out without the doubtful text, the sender and the
/// coordinators are told, and a revision releases the text. Pure.
namespace gjallar::admission {

/// Whether a command is urgent: by the grade it brings, or because its alert is urgent. `alert`: as it
/// stands; nullptr if there is none.
[[nodiscard]] bool is_urgent_command(const gjallar::v1::Command& command, const gjallar::v1::Alert* alert);

/// A command without its doubtful texts. A headline becomes a plain one, the reason of a retraction and the
/// subject of a report a plain word, so that what is required is there.
struct Withheld {
  gjallar::v1::Command command;
  std::vector<gjallar::v1::WithheldText> texts;
};
[[nodiscard]] Withheld withhold(const gjallar::v1::Command& command, const std::vector<Doubt>& doubts,
                                const gjallar::v1::Alert* alert);

/// Writes into the events of a command which texts its alert waits for: `texts` come to those it waited for
/// before, and those that the command has filled go. If there are `texts`, a notice follows that tells the
/// sender's service, the caller's own, and the coordinators.
void note_withheld(std::vector<domain::NewEvent>& events, const domain::Principal& principal,
                   const gjallar::v1::Alert* before, const std::vector<gjallar::v1::WithheldText>& texts);

}  // namespace gjallar::admission
