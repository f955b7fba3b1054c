#pragma once

#include <optional>

#include "broker/admission/privacy_rule.h"
#include "broker/admission/reading.h"

namespace gjallar::admission {

/// How much of the rules a text is looked at by.
enum class NumberRules : std::uint8_t {
  kAll,
  kChecked,  ///< those with a check digit: for lots and markings, which are numbers by nature
};

/// The first number of a person in a text, by the layouts people write them in: whole, with a hyphen, a
/// space, a dot or a slash before the last group, the date in pairs, digit by digit. Only what stands by
/// itself: a part of a longer run of letters, digits and hyphens is none. A rule that refuses goes before
/// one that asks. Pure.
[[nodiscard]] std::optional<PrivacyRule> find_number(const Reading& reading, NumberRules rules);

}  // namespace gjallar::admission
