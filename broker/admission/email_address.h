#pragma once

#include "broker/admission/privacy_rules.h"
#include "broker/admission/reading.h"

namespace gjallar::admission {

/// Whether a text holds an e-mail address that isn't public, as it is written or spelled out: "a@b.se",
/// "a (at) b.se", "a [at] b [dot] se", "a at b dot se". Pure.
[[nodiscard]] bool has_email(const Reading& reading, const PrivacyRules& rules);

}  // namespace gjallar::admission
