#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/admission/privacy_rule.h"
#include "broker/admission/privacy_rules.h"
#include "broker/admission/text_fields.h"
#include "broker/core/result.h"
#include "gjallar/v1/command.pb.h"

/// The privacy gate: no text that identifies a person is ever stored. Names of persons can't be detected.
/// Pure; any thread.
namespace gjallar::admission {

/// What a text met.
struct Hit {
  PrivacyRule rule = PrivacyRule::kQuasiIdentifier;
  std::string words;  ///< "a telephone number", "age or sex with a place and a date"
};
/// The first rule that a text meets, those that refuse before those that ask; nothing if it may pass.
/// INVALID_ARGUMENT, naming no field, if it isn't UTF-8.
[[nodiscard]] core::Result<std::optional<Hit>> look_through(std::string_view text, TextKind kind,
                                                            const PrivacyRules& rules);

/// A text of a command that may point at a person.
struct Doubt {
  Where where;
  Hit hit;
};
/// What the gate says of a command.
struct Screening {
  std::optional<core::Error> refusal;  ///< PERSONAL_IDENTIFIER: field and rule, never the value
  std::optional<PrivacyRule> refused_by;
  std::vector<Doubt> doubts;  ///< if nothing is refused
};
/// Looks through every string of a command.
[[nodiscard]] Screening screen(const gjallar::v1::Command& command, const PrivacyRules& rules);

/// PERSONAL_IDENTIFIER, naming field and rule, never the value.
[[nodiscard]] core::Error personal_identifier(std::string field, const Hit& hit);
/// CONFIRM_REQUIRED, naming field and rule, never the value.
[[nodiscard]] core::Error confirm_required(const Doubt& doubt);

/// For one text by itself: refuses what a rule that refuses meets.
[[nodiscard]] core::Result<void> check_text(std::string_view field, std::string_view text,
                                            const PrivacyRules& rules = PrivacyRules());

}  // namespace gjallar::admission
