#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>

#include "broker/admission/cas_number.h"
#include "broker/admission/checks.h"
#include "broker/admission/validate_cap.h"
#include "broker/core/limits.h"
#include "broker/domain/area.h"
#include "broker/domain/short_text.h"

namespace gjallar::admission {
namespace {

namespace limits = core::limits;

/// Longest descriptions of attachments and product names, in code points.
constexpr std::size_t kAttachmentDescriptionMax = 200;
constexpr std::size_t kProductMax = 200;
constexpr std::size_t kMediaTypeMax = 100;
constexpr std::size_t kCapReferenceMax = 300;
constexpr int kDangerCriteriaMax = 4;
constexpr std::size_t kLanguageSizeMax = 35;

/// A BCP 47 tag by its form: a language of two or three letters, then script, region and variants in letters,
/// or a region's three digits. Variants in digits are left out: none is used here, and digits may be a
/// number.
bool is_language(std::string_view tag) {
  const auto all = [](std::string_view text, int (*is)(int)) {
    return std::all_of(text.begin(), text.end(), [is](unsigned char c) { return is(c) != 0; });
  };
  bool primary = true;
  for (std::size_t begin = 0; begin <= tag.size(); primary = false) {
    const std::size_t end = std::min(tag.find('-', begin), tag.size());
    const std::string_view part = tag.substr(begin, end - begin);
    const std::size_t size = part.size();
    begin = end + 1;
    if (primary) {
      if (size < 2 || size > 3 || !all(part, std::isalpha)) return false;
      continue;
    }
    const bool script_or_region = (size == 4 || size == 2) && all(part, std::isalpha);
    const bool area = size == 3 && all(part, std::isdigit);
    const bool variant = size >= 5 && size <= 8 && all(part, std::isalpha);
    if (!script_or_region && !area && !variant) return false;
  }
  return tag.size() <= kLanguageSizeMax;
}

core::Result<void> check_text_block(const FieldPath& path, const v1::TextBlock& text,
                                    const domain::RoleCatalogue& roles) {
  const auto one = [&path](std::string_view name, const std::string& value, std::size_t max,
                           Presence presence) {
    return check_free_text(FieldPath(path, name), value, max, presence, Lines::kOne);
  };
  const auto many = [&path](std::string_view name, const std::string& value, std::size_t max) {
    return check_free_text(FieldPath(path, name), value, max, Presence::kOptional, Lines::kMany);
  };
  if (text.language().empty())
    return missing(FieldPath(path, "language"), "Say which language it is: sv, nb, en.");
  if (!is_language(text.language())) {
    return invalid(FieldPath(path, "language"), "This is no BCP 47 language tag.",
                   "Use sv, nb, nn, en or another tag.");
  }
  GJALLAR_TRY(one("headline", text.headline(), limits::kHeadlineLengthMax, Presence::kRequired));
  GJALLAR_TRY(many("description", text.description(), limits::kDescriptionLengthMax));
  GJALLAR_TRY(many("instruction", text.instruction(), limits::kInstructionLengthMax));
  GJALLAR_TRY(one("sms", text.sms(), limits::kSmsLengthMax, Presence::kOptional));
  GJALLAR_TRY(many("summary", text.summary(), limits::kSummaryLengthMax));
  GJALLAR_TRY(check_count(FieldPath(path, "role_instructions"), text.role_instructions_size(),
                          limits::kRoleInstructionsMax));
  for (int i = 0; i < text.role_instructions_size(); ++i) {
    const FieldPath item(path, "role_instructions", i);
    GJALLAR_TRY(roles.check(text.role_instructions(i).role(), FieldPath(item, "role").text()));
    GJALLAR_TRY(check_free_text(FieldPath(item, "instruction"), text.role_instructions(i).instruction(),
                                limits::kRoleInstructionLengthMax, Presence::kRequired, Lines::kMany));
  }
  return {};
}

/// An SMS is one message, with the mark that an exercise or a test gets before it.
core::Result<void> check_sms(const FieldPath& path, v1::Status status, const v1::TextBlock& text) {
  if (text.sms().empty()) return {};
  const std::string sent = domain::marked(status, text.language(), text.sms());
  const domain::SmsSize size = domain::sms_size(sent);
  if (size.fits()) return {};
  return too_large(
      path,
      fmt::format("The text takes {} of the {} {} of one message{}.", size.units, size.units_max,
                  size.gsm ? "characters" : "code units", sent == text.sms() ? "" : ", with its mark"),
      size.gsm
          ? "Shorten it, or leave it out: it is derived from the headline then."
          : "Shorten it, or leave out characters that the GSM alphabet lacks: a message of those holds 160.");
}

core::Result<void> check_texts(const FieldPath& path, const v1::AlertContent& content,
                               const ContentNeeds& needs, const domain::RoleCatalogue& roles) {
  GJALLAR_TRY(check_count(FieldPath(path, "texts"), content.texts_size(), limits::kTextBlocksMax));
  if (needs.texts && content.texts().empty())
    return missing(FieldPath(path, "texts"), "Write it in at least one language.");
  std::set<std::string> languages;
  for (int i = 0; i < content.texts_size(); ++i) {
    const FieldPath text(path, "texts", i);
    GJALLAR_TRY(check_text_block(text, content.texts(i), roles));
    GJALLAR_TRY(check_sms(FieldPath(text, "sms"), content.status(), content.texts(i)));
    if (!languages.insert(content.texts(i).language()).second) {
      return invalid(FieldPath(text, "language"), "There are two texts in this language.",
                     "Send one text a language.");
    }
  }
  return {};
}

core::Result<void> check_substance(const FieldPath& path, const v1::Substance& substance) {
  const auto text = [&path](std::string_view name, const std::string& value, std::size_t max,
                            Presence presence = Presence::kOptional) {
    return check_free_text(FieldPath(path, name), value, max, presence, Lines::kOne);
  };
  GJALLAR_TRY(text("name", substance.name(), limits::kNameLengthMax, Presence::kRequired));
  if (!substance.cas_number().empty() && !is_cas_number(substance.cas_number())) {
    return invalid(FieldPath(path, "cas_number"),
                   "This is no CAS registry number: its form or check digit is wrong.",
                   "Check it, or leave it out.");
  }
  GJALLAR_TRY(check_form(FieldPath(path, "form"), substance.form()));
  if (substance.has_concentration()) {
    GJALLAR_TRY(check_quantity(FieldPath(path, "concentration"), substance.concentration()));
  }
  GJALLAR_TRY(text("method", substance.method(), limits::kShortFieldLengthMax));
  if (!v1::Identification_IsValid(substance.identification())) {
    return invalid(FieldPath(path, "identification"), "This is no certainty of identification.",
                   "Use declared, presumptive or confirmed.");
  }
  GJALLAR_TRY(check_mark(FieldPath(path, "marking"), substance.marking(), limits::kShortFieldLengthMax));
  GJALLAR_TRY(check_mark(FieldPath(path, "lot"), substance.lot(), limits::kShortFieldLengthMax));
  return text("sold_as", substance.sold_as(), limits::kNameLengthMax);
}

core::Result<void> check_finding(const FieldPath& path, const v1::Finding& finding) {
  if (finding.has_found_at()) GJALLAR_TRY(check_time(FieldPath(path, "found_at"), finding.found_at()));
  if (!finding.area().empty())
    GJALLAR_TRY(domain::check_area(finding.area(), FieldPath(path, "area").text()));
  GJALLAR_TRY(check_count(FieldPath(path, "quantities"), finding.quantities_size(), limits::kQuantitiesMax));
  for (int i = 0; i < finding.quantities_size(); ++i) {
    GJALLAR_TRY(check_quantity(FieldPath(path, "quantities", i), finding.quantities(i)));
  }
  return check_free_text(FieldPath(path, "setting"), finding.setting(), limits::kShortFieldLengthMax,
                         Presence::kOptional, Lines::kOne);
}

core::Result<void> check_reference(const FieldPath& path, const v1::AlertReference& reference) {
  if (reference.alert_id().empty() && reference.cap_reference().empty()) {
    return missing(path, "Name the alert by its id, or by its CAP identifier triple.");
  }
  if (!reference.alert_id().empty())
    GJALLAR_TRY(check_alert_id(FieldPath(path, "alert_id"), reference.alert_id()));
  if (reference.cap_reference().empty()) return {};
  return check_cap_reference(FieldPath(path, "cap_reference"), reference.cap_reference());
}

template <typename References>
core::Result<void> check_references(const FieldPath& path, std::string_view name,
                                    const References& references) {
  GJALLAR_TRY(check_count(FieldPath(path, name), references.size(), limits::kReferencesMax));
  for (int i = 0; i < references.size(); ++i)
    GJALLAR_TRY(check_reference(FieldPath(path, name, i), references[i]));
  return {};
}

core::Result<void> check_attachment(const FieldPath& path, const v1::Attachment& attachment) {
  if (attachment.digest().size() != 32) {
    return invalid(FieldPath(path, "digest"), "The digest isn't 32 bytes long.",
                   "Send the SHA-256 of the file.");
  }
  const std::string& type = attachment.media_type();
  const auto fits = [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("!#$&-^_.+/").find(static_cast<char>(c)) != std::string_view::npos;
  };
  const std::size_t slash = type.find('/');
  if (type.size() > kMediaTypeMax || slash == std::string::npos || slash == 0 || slash + 1 == type.size() ||
      type.find('/', slash + 1) != std::string::npos || !std::all_of(type.begin(), type.end(), fits)) {
    return invalid(FieldPath(path, "media_type"), "This is no media type.", "Send it as in image/jpeg.");
  }
  return check_free_text(FieldPath(path, "description"), attachment.description(), kAttachmentDescriptionMax,
                         Presence::kOptional, Lines::kOne);
}

core::Result<void> check_shortage(const FieldPath& path, const v1::SupplyShortage& shortage) {
  GJALLAR_TRY(check_free_text(FieldPath(path, "product"), shortage.product(), kProductMax,
                              Presence::kRequired, Lines::kOne));
  if (shortage.has_from()) GJALLAR_TRY(check_time(FieldPath(path, "from"), shortage.from()));
  if (shortage.has_expected_until()) {
    GJALLAR_TRY(check_time(FieldPath(path, "expected_until"), shortage.expected_until()));
    if (shortage.has_from() && shortage.expected_until().seconds() < shortage.from().seconds()) {
      return invalid(FieldPath(path, "expected_until"), "The shortage would end before it began.",
                     "Check both times.");
    }
  }
  return check_free_text(FieldPath(path, "alternatives"), shortage.alternatives(), limits::kSummaryLengthMax,
                         Presence::kOptional, Lines::kMany);
}

core::Result<void> check_kind_and_status(const FieldPath& path, const v1::AlertContent& content,
                                         const ContentNeeds& needs) {
  if (needs.issue && content.status() == v1::STATUS_UNSPECIFIED) {
    return missing(FieldPath(path, "status"), "Say whether it is actual, an exercise, a test.");
  }
  if (!v1::Status_IsValid(content.status())) {
    return invalid(FieldPath(path, "status"), "This is no status.", "Use one of the values of CAP 1.2.");
  }
  if (needs.issue && content.kind() == v1::ALERT_KIND_UNSPECIFIED) {
    return missing(FieldPath(path, "kind"), "Say what kind of alert it is.");
  }
  if (!v1::AlertKind_IsValid(content.kind())) {
    return invalid(FieldPath(path, "kind"), "This is no kind of alert.",
                   "Use general if no other kind fits.");
  }
  if (needs.issue && !content.has_grade())
    return missing(FieldPath(path, "grade"), "Grade it: urgency, severity, certainty.");
  if (content.has_grade()) return check_grade(FieldPath(path, "grade"), content.grade());
  return {};
}

core::Result<void> check_times(const FieldPath& path, const v1::AlertContent& content) {
  if (content.has_onset()) GJALLAR_TRY(check_time(FieldPath(path, "onset"), content.onset()));
  if (content.has_expires()) GJALLAR_TRY(check_time(FieldPath(path, "expires"), content.expires()));
  if (content.has_review_at()) GJALLAR_TRY(check_time(FieldPath(path, "review_at"), content.review_at()));
  if (content.has_onset() && content.has_expires() &&
      content.expires().seconds() < content.onset().seconds()) {
    return invalid(FieldPath(path, "expires"), "The alert would end before its onset.", "Check both times.");
  }
  return {};
}

/// A report goes to the coordinators and to nobody else.
core::Result<void> check_report(const FieldPath& path, const v1::AlertContent& content) {
  if (!content.report()) return {};
  for (int i = 0; i < content.audience().groups_size(); ++i) {
    const auto& roles = content.audience().groups(i).roles();
    if (roles.size() == 1 && roles[0] == domain::kCoordinatorRole) continue;
    return invalid(FieldPath(FieldPath(FieldPath(path, "audience"), "groups", i), "roles"),
                   "A report's audience is the coordinators alone.",
                   "Address the role coordinator, or send it as no report.");
  }
  return {};
}

}  // namespace

core::Result<void> check_criteria(const FieldPath& path, const v1::AlertContent& content) {
  GJALLAR_TRY(
      check_count(FieldPath(path, "danger_criteria"), content.danger_criteria_size(), kDangerCriteriaMax));
  std::set<int> seen;
  for (int i = 0; i < content.danger_criteria_size(); ++i) {
    const int criterion = content.danger_criteria(i);
    if (criterion == v1::DANGER_CRITERION_UNSPECIFIED || !v1::DangerCriterion_IsValid(criterion)) {
      return invalid(FieldPath(path, "danger_criteria", i), "This is no criterion.",
                     "Use one of the four, or leave it out.");
    }
    if (!seen.insert(criterion).second) {
      return invalid(FieldPath(path, "danger_criteria", i), "The criterion is there twice.", "Send it once.");
    }
  }
  return {};
}

core::Result<void> check_cap_reference(const FieldPath& path, std::string_view reference) {
  const auto bad = [](unsigned char c) { return c <= 0x20 || c >= 0x7f || c == '<' || c == '&'; };
  // The name of a record in another system, with a time in it: not a text, and not scanned as one.
  if (reference.size() > kCapReferenceMax || std::count(reference.begin(), reference.end(), ',') != 2 ||
      std::any_of(reference.begin(), reference.end(), bad)) {
    return invalid(path, "This is no CAP reference.",
                   "Send sender,identifier,sent without spaces, commas within them, < or &.");
  }
  return {};
}

core::Result<void> check_content(const FieldPath& path, const v1::AlertContent& content,
                                 const ContentNeeds& needs, const domain::RoleCatalogue& roles) {
  GJALLAR_TRY(check_kind_and_status(path, content, needs));
  GJALLAR_TRY(check_texts(path, content, needs, roles));
  GJALLAR_TRY(check_count(FieldPath(path, "substances"), content.substances_size(), limits::kSubstancesMax));
  for (int i = 0; i < content.substances_size(); ++i) {
    GJALLAR_TRY(check_substance(FieldPath(path, "substances", i), content.substances(i)));
  }
  GJALLAR_TRY(check_count(FieldPath(path, "findings"), content.findings_size(), limits::kFindingsMax));
  for (int i = 0; i < content.findings_size(); ++i) {
    GJALLAR_TRY(check_finding(FieldPath(path, "findings", i), content.findings(i)));
  }
  if (needs.audience || content.has_audience()) {
    GJALLAR_TRY(check_audience(FieldPath(path, "audience"), content.audience(), roles));
  }
  GJALLAR_TRY(check_times(path, content));
  GJALLAR_TRY(check_references(path, "references", content.references()));
  GJALLAR_TRY(check_references(path, "possible_duplicate_of", content.possible_duplicate_of()));
  GJALLAR_TRY(
      check_count(FieldPath(path, "attachments"), content.attachments_size(), limits::kAttachmentsMax));
  for (int i = 0; i < content.attachments_size(); ++i) {
    GJALLAR_TRY(check_attachment(FieldPath(path, "attachments", i), content.attachments(i)));
  }
  GJALLAR_TRY(check_criteria(path, content));
  if (content.has_shortage()) GJALLAR_TRY(check_shortage(FieldPath(path, "shortage"), content.shortage()));
  if (needs.issue && content.kind() == v1::ALERT_KIND_SUPPLY_SHORTAGE && !content.has_shortage()) {
    return missing(FieldPath(FieldPath(path, "shortage"), "product"), "Say which product runs short.");
  }
  if (content.has_cap()) GJALLAR_TRY(check_cap(FieldPath(path, "cap"), content.cap()));
  return check_report(path, content);
}

}  // namespace gjallar::admission
