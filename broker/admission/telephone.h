#pragma once

#include "broker/admission/privacy_rules.h"
#include "broker/admission/reading.h"

namespace gjallar::admission {

/// Whether a text holds a telephone number that isn't public: international ones ("+46 70 …", "0046 …",
/// other countries with "+"), national ones with the 0 of Sweden and Finland ("08-…", "(031) …", "040 …"),
/// the eight digits of Norway and Denmark in pairs or as 3-2-3, and any number after a word such as "tlf" or
/// "ring". Eight digits in one run without such a word are no telephone number: lots and dates look the same.
/// Pure.
[[nodiscard]] bool has_telephone(const Reading& reading, const PrivacyRules& rules);

}  // namespace gjallar::admission
