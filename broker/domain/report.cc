#include "broker/domain/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "broker/core/clock.h"
#include "broker/domain/role.h"
#include "broker/domain/substances.h"
#include "broker/domain/wording.h"

namespace gjallar::domain {
namespace {

v1::Urgency urgency_of(v1::Certainty certainty) {
  switch (certainty) {
    case v1::CERTAINTY_OBSERVED:
      return v1::URGENCY_IMMEDIATE;
    case v1::CERTAINTY_LIKELY:
      return v1::URGENCY_EXPECTED;
    case v1::CERTAINTY_POSSIBLE:
    case v1::CERTAINTY_UNLIKELY:
      return v1::URGENCY_FUTURE;
    default:
      return v1::URGENCY_UNKNOWN;
  }
}

/// Whether the subject of a report of this kind is a substance although the table doesn't know it.
bool is_about_a_substance(v1::AlertKind kind) {
  return kind == v1::ALERT_KIND_SEIZURE || kind == v1::ALERT_KIND_NEW_SUBSTANCE ||
         kind == v1::ALERT_KIND_ADULTERATION || kind == v1::ALERT_KIND_HIGH_POTENCY;
}

/// The criteria and the certainty in words. When and where it was are fields of their own.
std::string description_of(const v1::ReportAlert& report, Language language) {
  std::string out;
  for (const int criterion : report.danger_criteria()) {
    const auto words = words_of(static_cast<v1::DangerCriterion>(criterion), language);
    if (!words.empty()) out.append(words).append(". ");
  }
  out.append(words_of(report.certainty(), language));
  return out;
}

void fill_text(const v1::ReportAlert& report, v1::TextBlock& text) {
  const Language language = language_of(text.language());
  // A text in a language that the broker doesn't know gets English words, and says so.
  if (text.language().empty() || (text.headline().empty() && language == Language::kEnglish)) {
    text.set_language(std::string(tag_of(language)));
  }
  if (text.headline().empty())
    text.set_headline(derived_headline(report.kind(), report.subject(), report.area(), language));
  if (text.description().empty()) text.set_description(description_of(report, language));
}

}  // namespace

v1::Grade report_grade(const v1::ReportAlert& report) {
  const auto& criteria = report.danger_criteria();
  const bool acute =
      std::find(criteria.begin(), criteria.end(), v1::DANGER_CRITERION_ACUTE_HARM) != criteria.end();
  v1::Grade grade;
  grade.set_urgency(urgency_of(report.certainty()));
  grade.set_severity(acute || criteria.size() > 1 ? v1::SEVERITY_SEVERE : v1::SEVERITY_MODERATE);
  if (report.certainty() == v1::CERTAINTY_UNLIKELY) grade.set_severity(v1::SEVERITY_MINOR);
  grade.set_certainty(report.certainty());
  return grade;
}

v1::AlertContent report_content(const v1::ReportAlert& report) {
  v1::AlertContent content = report.details();
  content.set_report(true);
  content.set_kind(report.kind());
  if (content.status() == v1::STATUS_UNSPECIFIED) content.set_status(v1::STATUS_ACTUAL);
  if (content.danger_criteria().empty()) *content.mutable_danger_criteria() = report.danger_criteria();

  content.clear_audience();
  v1::AudienceGroup* const group = content.mutable_audience()->add_groups();
  group->add_areas(report.area());
  group->add_roles(std::string(kCoordinatorRole));

  const bool known = find_substance(report.subject()) != nullptr;
  if (content.substances().empty() && (known || is_about_a_substance(report.kind()))) {
    content.add_substances()->set_name(report.subject());
  }
  if (content.findings().empty()) {
    v1::Finding* const finding = content.add_findings();
    *finding->mutable_found_at() = report.seen_at();
    finding->set_area(report.area());
  }
  if (report.kind() == v1::ALERT_KIND_SUPPLY_SHORTAGE && !content.has_shortage()) {
    content.mutable_shortage()->set_product(report.subject());
    *content.mutable_shortage()->mutable_from() = report.seen_at();
  }
  if (!content.has_grade()) *content.mutable_grade() = report_grade(report);
  if (content.texts().empty()) content.add_texts();
  for (v1::TextBlock& text : *content.mutable_texts())
    fill_text(report, text);
  return content;
}

core::Result<void> check_report_audience(const v1::Audience& audience, std::string_view path) {
  const auto refused = [path](std::string_view field) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, fmt::format("{}.{}", path, field),
                            "A report's audience is the coordinators alone.",
                            "Address the role coordinator, or send it as no report.");
  };
  for (int i = 0; i < audience.groups_size(); ++i) {
    const auto& roles = audience.groups(i).roles();
    if (roles.size() != 1 || roles[0] != kCoordinatorRole) return refused(fmt::format("groups[{}].roles", i));
  }
  if (!audience.services().empty()) return refused("services[0]");
  return {};
}

}  // namespace gjallar::domain
