#pragma once

#include "broker/core/result.h"
#include "gjallar/v1/command.pb.h"

namespace gjallar::admission {

/// Which CAP messages a content came from, and what became of their signature, is for the CAP inbox to say:
/// from anybody else INVALID_ARGUMENT, naming content.cap.messages or .signature, or cap_signature, unless
/// the alert holds the same already or the command leaves it out. `held` is the alert that the command names;
/// nullptr if none. Pure.
[[nodiscard]] core::Result<void> check_provenance(const gjallar::v1::Command& command,
                                                  const gjallar::v1::Alert* held);

}  // namespace gjallar::admission
