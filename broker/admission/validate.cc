#include "broker/admission/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "broker/admission/checks.h"
#include "broker/admission/validate_access.h"
#include "broker/admission/validate_cap.h"
#include "broker/core/identity.h"
#include "broker/core/limits.h"
#include "broker/domain/area.h"
#include "broker/domain/confirmation.h"
#include "broker/domain/report.h"

namespace gjallar::admission {
namespace {

namespace limits = core::limits;

/// Observations one report may bring; more is a typing error.
constexpr std::uint64_t kObservationsMax = 1'000'000;

core::Result<void> check_reason(const FieldPath& path, const std::string& reason,
                                Presence presence = Presence::kOptional) {
  return check_free_text(FieldPath(path, "reason"), reason, limits::kReasonLengthMax, presence, Lines::kMany);
}

/// A confirmation says something, and why.
core::Result<void> check_confirmation(std::string_view command, const v1::Confirmation& confirmation) {
  const FieldPath path(command);
  return check_reason(FieldPath(path, "confirmation"), confirmation.reason(), Presence::kRequired);
}

core::Result<void> check_issue(const v1::IssueAlert& issue, const domain::RoleCatalogue& roles) {
  const FieldPath path("issue");
  const FieldPath content(path, "content");
  if (!issue.has_content()) return missing(content, "Say what the alert is about.");
  return check_content(content, issue.content(), ContentNeeds{true, true, true}, roles);
}

core::Result<void> check_revise(const v1::ReviseAlert& revise, const domain::RoleCatalogue& roles) {
  const FieldPath path("revise");
  GJALLAR_TRY(check_alert_id(FieldPath(path, "alert_id"), revise.alert_id()));
  const FieldPath content(path, "content");
  if (!revise.has_content()) return missing(content, "Say what the alert is to say.");
  const auto& mask = revise.update_mask().paths();
  for (int i = 0; i < mask.size(); ++i) {
    if (v1::AlertContent::descriptor()->FindFieldByName(mask[i]) != nullptr) continue;
    return invalid(FieldPath(FieldPath(path, "update_mask"), "paths", i), "The content has no such field.",
                   "Name top-level fields of the content: texts, substances, audience.");
  }
  const auto takes = [&mask](std::string_view name) {
    return mask.empty() || std::find(mask.begin(), mask.end(), name) != mask.end();
  };
  GJALLAR_TRY(check_content(content, revise.content(), ContentNeeds{false, takes("texts"), takes("audience")},
                            roles));
  return check_reason(path, revise.reason());
}

core::Result<void> check_regrade(const v1::GradeAlert& grade) {
  const FieldPath path("grade");
  GJALLAR_TRY(check_alert_id(FieldPath(path, "alert_id"), grade.alert_id()));
  GJALLAR_TRY(check_grade(FieldPath(path, "grade"), grade.grade()));
  GJALLAR_TRY(check_cap_signature(FieldPath(path, "cap_signature"), grade.cap_signature()));
  return check_reason(path, grade.reason());
}

core::Result<void> check_widen(const v1::WidenAlert& widen, const domain::RoleCatalogue& roles) {
  const FieldPath path("widen");
  GJALLAR_TRY(check_alert_id(FieldPath(path, "alert_id"), widen.alert_id()));
  GJALLAR_TRY(check_audience(FieldPath(path, "audience"), widen.audience(), roles));
  return check_reason(path, widen.reason());
}

core::Result<void> check_retract(const v1::RetractAlert& retract) {
  const FieldPath path("retract");
  GJALLAR_TRY(check_alert_id(FieldPath(path, "alert_id"), retract.alert_id()));
  GJALLAR_TRY(check_cap_signature(FieldPath(path, "cap_signature"), retract.cap_signature()));
  return check_reason(path, retract.reason(), Presence::kRequired);
}

core::Result<void> check_observe(const v1::ObserveAlert& observe) {
  const FieldPath path("observe");
  GJALLAR_TRY(check_alert_id(FieldPath(path, "alert_id"), observe.alert_id()));
  if (observe.area().empty()) return missing(FieldPath(path, "area"), "Say where it was seen.");
  GJALLAR_TRY(domain::check_area(observe.area(), FieldPath(path, "area").text()));
  if (observe.count() == 0) return missing(FieldPath(path, "count"), "Say how many times: at least 1.");
  if (observe.count() > kObservationsMax) {
    return invalid(FieldPath(path, "count"), "This is more than anyone can have seen.",
                   fmt::format("Send at most {}.", kObservationsMax));
  }
  GJALLAR_TRY(check_form(FieldPath(path, "form"), observe.form()));
  GJALLAR_TRY(check_cap_signature(FieldPath(path, "cap_signature"), observe.cap_signature()));
  if (observe.has_seen_at()) return check_time(FieldPath(path, "seen_at"), observe.seen_at());
  return {};
}

/// What the broker derives is not for the reporter to set.
core::Result<void> check_details(const FieldPath& path, const v1::AlertContent& details) {
  const std::string advice = "Leave it out: a report goes to the coordinators of its area.";
  if (details.has_audience())
    return invalid(FieldPath(path, "audience"), "A report has no audience.", advice);
  if (details.kind() != v1::ALERT_KIND_UNSPECIFIED)
    return invalid(FieldPath(path, "kind"), "The kind stands in report.kind.", "Leave it out here.");
  if (details.report())
    return invalid(FieldPath(path, "report"), "That it is a report is known.", "Leave it out.");
  if (!details.danger_criteria().empty()) {
    return invalid(FieldPath(path, "danger_criteria"), "The criteria stand in report.danger_criteria.",
                   "Leave them out here.");
  }
  return {};
}

core::Result<void> check_report(const v1::ReportAlert& report, const domain::RoleCatalogue& roles) {
  const FieldPath path("report");
  if (report.kind() == v1::ALERT_KIND_UNSPECIFIED) {
    return missing(FieldPath(path, "kind"), "Say what it is about: a seizure, a new substance, …");
  }
  if (!v1::AlertKind_IsValid(report.kind())) {
    return invalid(FieldPath(path, "kind"), "This is no kind of alert.",
                   "Use general if no other kind fits.");
  }
  GJALLAR_TRY(check_free_text(FieldPath(path, "subject"), report.subject(), limits::kNameLengthMax,
                              Presence::kRequired, Lines::kOne));
  if (report.danger_criteria().empty()) {
    return missing(FieldPath(path, "danger_criteria"), "Say why it is dangerous: at least one criterion.");
  }
  v1::AlertContent criteria;
  *criteria.mutable_danger_criteria() = report.danger_criteria();
  GJALLAR_TRY(check_criteria(path, criteria));
  if (report.area().empty()) return missing(FieldPath(path, "area"), "Say where: an official area code.");
  GJALLAR_TRY(domain::check_area(report.area(), FieldPath(path, "area").text()));
  if (!report.has_seen_at()) return missing(FieldPath(path, "seen_at"), "Say when it was seen.");
  GJALLAR_TRY(check_time(FieldPath(path, "seen_at"), report.seen_at()));
  if (report.certainty() == v1::CERTAINTY_UNSPECIFIED) {
    return missing(FieldPath(path, "certainty"), "Say how sure you are: observed, likely, possible, …");
  }
  if (!v1::Certainty_IsValid(report.certainty())) {
    return invalid(FieldPath(path, "certainty"), "This is no certainty.",
                   "Use one of the values of CAP 1.2.");
  }
  const FieldPath details(path, "details");
  GJALLAR_TRY(check_details(details, report.details()));
  // What is derived is made of what was checked above: it is right, so any error is in the details.
  return check_content(details, domain::report_content(report), ContentNeeds{true, true, true}, roles);
}

core::Result<void> check_conclude(const v1::ConcludeReport& conclude) {
  const FieldPath path("conclude");
  GJALLAR_TRY(check_alert_id(FieldPath(path, "alert_id"), conclude.alert_id()));
  GJALLAR_TRY(check_cap_signature(FieldPath(path, "cap_signature"), conclude.cap_signature()));
  const v1::ReportOutcome outcome = conclude.outcome();
  if (outcome == v1::REPORT_OUTCOME_UNSPECIFIED) {
    return missing(FieldPath(path, "outcome"),
                   "Say what became of it: no action, shared for information, alert.");
  }
  if (!v1::ReportOutcome_IsValid(outcome)) {
    return invalid(FieldPath(path, "outcome"), "This is no outcome.",
                   "Use no action, shared for information, or alert.");
  }
  const FieldPath successor(path, "superseded_by");
  if (outcome == v1::REPORT_OUTCOME_ALERT) {
    if (conclude.superseded_by().empty()) return missing(successor, "Name the alert that came of it.");
    GJALLAR_TRY(check_alert_id(successor, conclude.superseded_by()));
  } else if (!conclude.superseded_by().empty()) {
    return invalid(successor, "Only the outcome alert names one.", "Leave it out, or set the outcome alert.");
  }
  // Who reported and hears that nothing is done must hear why.
  const bool no_action = outcome == v1::REPORT_OUTCOME_NO_ACTION;
  return check_reason(path, conclude.reason(), no_action ? Presence::kRequired : Presence::kOptional);
}

core::Result<void> check_disable(const v1::DisableService& disable) {
  const FieldPath path("disable_service");
  GJALLAR_TRY(check_service_id(FieldPath(path, "service_id"), disable.service_id()));
  return check_reason(path, disable.reason());
}

core::Result<void> validate_form(const v1::Command& command, const domain::RoleCatalogue& roles) {
  const std::size_t size = command.ByteSizeLong();
  if (size > limits::kCommandBytesMax) {
    return too_large(FieldPath("command"), fmt::format("The command has {} bytes.", size),
                     fmt::format("Shorten it to at most {} bytes.", limits::kCommandBytesMax));
  }
  switch (command.command_case()) {
    case v1::Command::kIssue:
      return check_issue(command.issue(), roles);
    case v1::Command::kRevise:
      return check_revise(command.revise(), roles);
    case v1::Command::kGrade:
      return check_regrade(command.grade());
    case v1::Command::kWiden:
      return check_widen(command.widen(), roles);
    case v1::Command::kRetract:
      return check_retract(command.retract());
    case v1::Command::kExpire:
      return check_alert_id(FieldPath(FieldPath("expire"), "alert_id"), command.expire().alert_id());
    case v1::Command::kObserve:
      return check_observe(command.observe());
    case v1::Command::kRegisterService: {
      const FieldPath path("register_service");
      GJALLAR_TRY(check_service(FieldPath(path, "service"), command.register_service().service(), roles));
      return check_not_reserved(FieldPath(path, "service"), command.register_service().service());
    }
    case v1::Command::kChangeService: {
      const FieldPath path("change_service");
      return check_service(FieldPath(path, "service"), command.change_service().service(), roles);
    }
    case v1::Command::kDisableService:
      return check_disable(command.disable_service());
    case v1::Command::kCountOverdoses:
      return check_overdoses(FieldPath("count_overdoses"), command.count_overdoses());
    case v1::Command::kReport:
      return check_report(command.report(), roles);
    case v1::Command::kConclude:
      return check_conclude(command.conclude());
    case v1::Command::kAskExpiry:
      return check_alert_id(FieldPath(FieldPath("ask_expiry"), "alert_id"), command.ask_expiry().alert_id());
    case v1::Command::kNoteContacts:
      return check_note_contacts(command.note_contacts());
    case v1::Command::kIssueToken:
      return check_issue_token(command.issue_token());
    case v1::Command::kRotateToken:
      return check_rotate_token(command.rotate_token());
    case v1::Command::kRevokeToken:
      return check_revoke_token(command.revoke_token());
    case v1::Command::kEscalate:
      return check_escalate(command.escalate());
    case v1::Command::kReportEscalation:
      return check_report_escalation(command.report_escalation());
    case v1::Command::COMMAND_NOT_SET:
      break;
  }
  return missing(FieldPath("command"), "Set exactly one command.");
}

}  // namespace

core::Result<void> validate(const v1::Command& command, const domain::RoleCatalogue& roles) {
  GJALLAR_TRY(validate_form(command, roles));
  const v1::Confirmation* const confirmation = domain::confirmation_of(command);
  return confirmation == nullptr ? core::Result<void>()
                                 : check_confirmation(domain::name_of_command(command), *confirmation);
}

core::Result<void> validate_idempotency_key(std::string_view key) {
  if (key.size() > limits::kIdempotencyKeyLengthMax) {
    return too_large(FieldPath("idempotency_key"), fmt::format("The key has {} characters.", key.size()),
                     fmt::format("Use at most {}.", limits::kIdempotencyKeyLengthMax));
  }
  if (std::all_of(key.begin(), key.end(), [](char c) { return c >= 0x20 && c <= 0x7e; })) return {};
  return invalid(FieldPath("idempotency_key"), "The key holds more than printable ASCII characters.",
                 "Use a UUID, or the number of the record in your own system.");
}

}  // namespace gjallar::admission
