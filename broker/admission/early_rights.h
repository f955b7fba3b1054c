#pragma once

#include "broker/core/result.h"
#include "broker/domain/principal.h"
#include "gjallar/v1/command.pb.h"

namespace gjallar::admission {

/// PERMISSION_DENIED if the principal's policy can't allow the command whatever it is about, so that who
/// lacks the right learns nothing of the log. What depends on the alert is for domain::decide. Pure.
[[nodiscard]] core::Result<void> check_early_rights(const domain::Principal& principal,
                                                    const gjallar::v1::Command& command);

}  // namespace gjallar::admission
