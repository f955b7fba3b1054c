#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace gjallar::admission {

/// The rules of the privacy gate. Their names are labels of metrics and words of the log: never change one.
enum class PrivacyRule : std::uint8_t {
  kSwedishNumber,
  kNorwegianNumber,
  kDanishNumber,
  kFinnishCode,
  kTelephone,
  kEmail,
  kUndelimitedDanish,  ///< asks: ten digits that begin with a date
  kQuasiIdentifier,    ///< asks: age or sex with two of place, date, institution, relation
};
inline constexpr std::array<PrivacyRule, 8> kPrivacyRules{
    PrivacyRule::kSwedishNumber,     PrivacyRule::kNorwegianNumber, PrivacyRule::kDanishNumber,
    PrivacyRule::kFinnishCode,       PrivacyRule::kTelephone,       PrivacyRule::kEmail,
    PrivacyRule::kUndelimitedDanish, PrivacyRule::kQuasiIdentifier};

/// "swedish-number"
[[nodiscard]] std::string_view name_of(PrivacyRule rule) noexcept;
/// What a text holds that meets the rule: "a Swedish personal or coordination number".
[[nodiscard]] std::string_view words_of(PrivacyRule rule) noexcept;
/// Whether the rule asks the sender; the others refuse.
[[nodiscard]] constexpr bool asks(PrivacyRule rule) noexcept {
  return rule == PrivacyRule::kUndelimitedDanish || rule == PrivacyRule::kQuasiIdentifier;
}

}  // namespace gjallar::admission
