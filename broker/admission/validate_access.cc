#include "broker/admission/validate_access.h"

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <set>
#include <string>

#include "broker/admission/checks.h"
#include "broker/core/digest.h"
#include "broker/core/limits.h"
#include "broker/domain/token.h"

namespace gjallar::admission {
namespace {

constexpr std::size_t kTokenIdLength = 16;
constexpr std::size_t kTelephoneDigitsMin = 7;
constexpr std::size_t kTelephoneDigitsMax = 15;
constexpr std::size_t kTelephoneLengthMax = 32;
/// RFC 5321, 4.5.3.1.
constexpr std::size_t kMailLocalMax = 64;
constexpr std::size_t kMailLengthMax = 254;

bool is_contact_digit(char c) {
  return c >= '0' && c <= '9';
}

core::Result<void> check_secret(const std::string& sha256) {
  if (sha256.size() == core::Digest().size()) return {};
  return invalid(FieldPath("secret_sha256"), "That is no SHA-256.",
                 "Leave it to the broker: IssueToken and RotateToken make the secret themselves.");
}

bool is_telephone(std::string_view value) {
  if (value.size() < 2 || value.size() > kTelephoneLengthMax || value[0] != '+' ||
      !is_contact_digit(value.back()))
    return false;
  std::size_t digits = 0;
  for (std::size_t i = 1; i < value.size(); ++i) {
    if (is_contact_digit(value[i])) {
      ++digits;
    } else if ((value[i] != ' ' && value[i] != '-') || !is_contact_digit(value[i - 1])) {
      return false;
    }
  }
  // No country's code begins with 0.
  return value[1] != '0' && digits >= kTelephoneDigitsMin && digits <= kTelephoneDigitsMax;
}

bool is_mail_domain(std::string_view domain) {
  if (domain.find('.') == std::string_view::npos) return false;
  while (!domain.empty()) {
    const std::string_view label = domain.substr(0, domain.find('.'));
    const bool fits =
        !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
        std::all_of(label.begin(), label.end(), [](char c) {
          return is_contact_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
        });
    if (!fits || label.size() + 1 == domain.size()) return false;
    domain.remove_prefix(std::min(label.size() + 1, domain.size()));
  }
  return true;
}

/// An address as most people have it: no quoted local part, no address literal.
bool is_mail(std::string_view value) {
  const std::size_t at = value.rfind('@');
  if (at == std::string_view::npos || at == 0 || at > kMailLocalMax || value.size() > kMailLengthMax)
    return false;
  const std::string_view local = value.substr(0, at);
  const auto allowed = [](char c) {
    return is_contact_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+/=?^_`{|}~.-").find(c) != std::string_view::npos;
  };
  return local.front() != '.' && local.back() != '.' && local.find("..") == std::string_view::npos &&
         std::all_of(local.begin(), local.end(), allowed) && is_mail_domain(value.substr(at + 1));
}

core::Result<void> check_contact(const FieldPath& path, const v1::Contact& contact) {
  if (contact.way() != "telephone" && contact.way() != "mail") {
    return invalid(FieldPath(path, "way"), "This is no way to reach somebody.", "Use telephone or mail.");
  }
  if (contact.value().empty()) return missing(FieldPath(path, "value"), "Give the number or the address.");
  if (contact.way() == "telephone" && !is_telephone(contact.value())) {
    return invalid(FieldPath(path, "value"), "This is no telephone number in international form.",
                   "Write a plus sign, the country's code and the number, as in +46 8 123 45 67.");
  }
  if (contact.way() == "mail" && !is_mail(contact.value())) {
    return invalid(FieldPath(path, "value"), "This is no mail address.", "Write it as name@example.org.");
  }
  return {};
}

}  // namespace

core::Result<void> check_token_id(const std::string& token_id) {
  const FieldPath path("token_id");
  if (token_id.empty()) return missing(path, "Name the token by the part before its point.");
  const bool fits = token_id.size() == kTokenIdLength &&
                    std::all_of(token_id.begin(), token_id.end(),
                                [](char c) { return is_contact_digit(c) || (c >= 'a' && c <= 'f'); });
  if (fits) return {};
  return invalid(path, "This is no token's id.",
                 "Send the 16 letters and digits before the token's point, never the secret behind it.");
}

core::Result<void> check_issue_token(const v1::IssueToken& issue) {
  GJALLAR_TRY(check_token_id(issue.token_id()));
  if (issue.principal().empty()) return missing(FieldPath("principal"), "Say whom the token shall prove.");
  GJALLAR_TRY(check_free_text(FieldPath("principal"), issue.principal(), core::limits::kServiceIdLengthMax,
                              Presence::kRequired, Lines::kOne));
  return check_secret(issue.secret_sha256());
}

core::Result<void> check_rotate_token(const v1::RotateToken& rotate) {
  GJALLAR_TRY(check_token_id(rotate.token_id()));
  if (rotate.has_overlap()) {
    const auto seconds = rotate.overlap().seconds();
    const auto seconds_max = std::chrono::seconds(domain::kTokenOverlapMax).count();
    const bool too_long = seconds == seconds_max && rotate.overlap().nanos() > 0;
    if (seconds < 0 || rotate.overlap().nanos() < 0 || seconds > seconds_max || too_long ||
        rotate.overlap().nanos() > 999'999'999) {
      return invalid(FieldPath("overlap"), "The overlap is not between nothing and 30 days.",
                     "Choose the time that the token's users need to change over.");
    }
  }
  return check_secret(rotate.secret_sha256());
}

core::Result<void> check_revoke_token(const v1::RevokeToken& revoke) {
  GJALLAR_TRY(check_token_id(revoke.token_id()));
  return check_free_text(FieldPath("reason"), revoke.reason(), core::limits::kReasonLengthMax,
                         Presence::kOptional, Lines::kMany);
}

core::Result<void> check_note_contacts(const v1::NoteContacts& note) {
  return check_service_id(FieldPath("service_id"), note.service_id());
}

core::Result<void> check_contacts(const Contacts& contacts) {
  GJALLAR_TRY(check_count(FieldPath("contacts"), contacts.size(), kContactsMax));
  std::set<std::string> seen;
  for (int i = 0; i < contacts.size(); ++i) {
    const std::string name = fmt::format("contacts[{}]", i);
    const FieldPath path(name);
    GJALLAR_TRY(check_contact(path, contacts[i]));
    if (!seen.insert(plain_contact(contacts[i])).second)
      return invalid(FieldPath(path, "value"), "This contact stands here twice.", "Leave one of them out.");
  }
  return {};
}

std::string plain_contact(const v1::Contact& contact) {
  std::string value = contact.value();
  if (contact.way() != "telephone") return value;
  value.erase(std::remove_if(value.begin(), value.end(), [](char c) { return c == ' ' || c == '-'; }),
              value.end());
  return value;
}

}  // namespace gjallar::admission
