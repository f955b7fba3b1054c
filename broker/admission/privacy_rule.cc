#include "broker/admission/privacy_rule.h"

namespace gjallar::admission {

std::string_view name_of(PrivacyRule rule) noexcept {
  switch (rule) {
    case PrivacyRule::kSwedishNumber:
      return "swedish-number";
    case PrivacyRule::kNorwegianNumber:
      return "norwegian-number";
    case PrivacyRule::kDanishNumber:
      return "danish-number";
    case PrivacyRule::kFinnishCode:
      return "finnish-code";
    case PrivacyRule::kTelephone:
      return "telephone-number";
    case PrivacyRule::kEmail:
      return "e-mail-address";
    case PrivacyRule::kUndelimitedDanish:
      return "undelimited-danish-number";
    case PrivacyRule::kQuasiIdentifier:
      break;
  }
  return "age-or-sex-with-two-more";
}

std::string_view words_of(PrivacyRule rule) noexcept {
  switch (rule) {
    case PrivacyRule::kSwedishNumber:
      return "a Swedish personal or coordination number";
    case PrivacyRule::kNorwegianNumber:
      return "a Norwegian birth, D- or H-number";
    case PrivacyRule::kDanishNumber:
      return "a Danish personal number";
    case PrivacyRule::kFinnishCode:
      return "a Finnish personal identity code";
    case PrivacyRule::kTelephone:
      return "a telephone number";
    case PrivacyRule::kEmail:
      return "an e-mail address";
    case PrivacyRule::kUndelimitedDanish:
      return "ten digits that may be a Danish personal number";
    case PrivacyRule::kQuasiIdentifier:
      break;
  }
  return "an age or a sex together with two of place, date, institution and relation";
}

}  // namespace gjallar::admission
