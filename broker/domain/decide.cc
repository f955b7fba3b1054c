#include "broker/domain/decide.h"

#include <fmt/format.h>

#include <utility>

#include "broker/domain/authority.h"
#include "broker/domain/decide_parts.h"
#include "broker/domain/grade.h"

namespace gjallar::domain {

Decision decide_command(const Principal& principal, const v1::Command& command, const Situation& situation) {
  switch (command.command_case()) {
    case v1::Command::kIssue:
      return decide_issue(principal, command.issue(), situation);
    case v1::Command::kRevise:
      return decide_revise(principal, command.revise(), situation);
    case v1::Command::kGrade:
      return decide_grade(principal, command.grade(), situation);
    case v1::Command::kWiden:
      return decide_widen(principal, command.widen(), situation);
    case v1::Command::kRetract:
      return decide_retract(principal, command.retract(), situation);
    case v1::Command::kExpire:
      return decide_expire(principal, situation);
    case v1::Command::kObserve:
      return decide_observe(principal, command.observe(), situation);
    case v1::Command::kRegisterService:
      return decide_register(principal, command.register_service(), situation);
    case v1::Command::kChangeService:
      return decide_change(principal, command.change_service(), situation);
    case v1::Command::kDisableService:
      return decide_disable(principal, command.disable_service(), situation);
    case v1::Command::kCountOverdoses:
      return decide_count_overdoses(principal, command.count_overdoses(), situation);
    case v1::Command::kReport:
      return decide_report(principal, command.report(), situation);
    case v1::Command::kConclude:
      return decide_conclude(principal, command.conclude(), situation);
    case v1::Command::kAskExpiry:
      return decide_ask_expiry(principal, situation);
    case v1::Command::kNoteContacts:
      return decide_note_contacts(principal, command.note_contacts(), situation);
    case v1::Command::kIssueToken:
      return decide_issue_token(principal, command.issue_token(), situation);
    case v1::Command::kRotateToken:
      return decide_rotate_token(principal, command.rotate_token(), situation);
    case v1::Command::kRevokeToken:
      return decide_revoke_token(principal, command.revoke_token(), situation);
    case v1::Command::kEscalate:
      return decide_escalate(principal, command.escalate(), situation);
    case v1::Command::kReportEscalation:
      return decide_report_escalation(principal, command.report_escalation(), situation);
    case v1::Command::COMMAND_NOT_SET:
      break;
  }
  return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "command",
                          "No command that this broker knows is set.", "Set exactly one command.");
}

const std::string& alert_named_by(const v1::Command& command) {
  static const std::string none;
  switch (command.command_case()) {
    case v1::Command::kRevise:
      return command.revise().alert_id();
    case v1::Command::kGrade:
      return command.grade().alert_id();
    case v1::Command::kWiden:
      return command.widen().alert_id();
    case v1::Command::kRetract:
      return command.retract().alert_id();
    case v1::Command::kExpire:
      return command.expire().alert_id();
    case v1::Command::kObserve:
      return command.observe().alert_id();
    case v1::Command::kConclude:
      return command.conclude().alert_id();
    case v1::Command::kAskExpiry:
      return command.ask_expiry().alert_id();
    case v1::Command::kEscalate:
      return command.escalate().alert_id();
    case v1::Command::kReportEscalation:
      return command.report_escalation().alert_id();
    default:
      return none;
  }
}

const ServiceSet& targeted_of(const Situation& situation) {
  static const ServiceSet none;
  return situation.already_targeted == nullptr ? none : *situation.already_targeted;
}

core::Result<void> check_found(const Principal& principal, const Situation& situation,
                               std::string_view command) {
  if (situation.alert != nullptr) {
    const v1::Alert& alert = *situation.alert;
    const ServiceSet& targeted = targeted_of(situation);
    if (may_view(principal, alert, targeted, *situation.directory) ||
        reaches(principal.rights.revise, principal, alert) ||
        reaches(principal.rights.retract, principal, alert) ||
        may_observe(principal, alert, targeted, *situation.directory)) {
      return {};
    }
  }
  return core::make_error(v1::ERROR_CODE_NOT_FOUND, fmt::format("{}.alert_id", command),
                          "No alert with this id or reference is visible to you.",
                          "Check the id or reference, and that the alert concerns your service.");
}

core::Result<void> check_live_at(const v1::Alert& alert, std::uint64_t expected, std::string_view command) {
  if (alert.phase() != v1::PHASE_LIVE) {
    const bool expired = alert.phase() == v1::PHASE_EXPIRED;
    return core::make_error(expired ? v1::ERROR_CODE_ALERT_EXPIRED : v1::ERROR_CODE_ALERT_RETRACTED,
                            fmt::format("{}.alert_id", command),
                            expired                                 ? "The alert has expired."
                            : alert.phase() == v1::PHASE_SUPERSEDED ? "Another alert took this one's place."
                                                                    : "The alert was retracted.",
                            fmt::format("Issue a new alert that refers to {}.", alert.reference()));
  }
  return check_version(expected, alert.version(), command);
}

core::Result<void> check_version(std::uint64_t expected, std::uint64_t current, std::string_view command) {
  if (expected == 0 || expected == current) return {};
  core::Error error =
      core::make_error(v1::ERROR_CODE_STALE_VERSION, fmt::format("{}.expected_version", command),
                       fmt::format("The version now is {}.", current),
                       "Read it again, and repeat the change on the version it has now.");
  error.current_version = current;
  return error;
}

core::Error nothing_to_change(std::string field) {
  return core::make_error(v1::ERROR_CODE_NOTHING_TO_CHANGE, std::move(field), "It stands so already.",
                          "Nothing needs to be done.");
}

v1::Alert next_version(const v1::Alert& alert, core::WallTime now) {
  v1::Alert next = alert;
  next.set_version(alert.version() + 1);
  *next.mutable_changed() = core::to_timestamp(now);
  return next;
}

NewEvent alert_event(v1::EventType type, const v1::Alert* before, v1::Alert after, std::string reason) {
  NewEvent event;
  event.type = type;
  event.subject_kind = SubjectKind::kAlert;
  event.subject = after.alert_id();
  event.version = after.version();
  if (before != nullptr) event.reach.before = match_keys_of(*before);
  event.reach.after = match_keys_of(after);
  event.urgent = (event.reach.before.present && is_urgent(event.reach.before.level)) ||
                 (event.reach.after.present && is_urgent(event.reach.after.level));
  *event.payload.mutable_alert() = std::move(after);
  event.payload.set_reason(std::move(reason));
  return event;
}

std::vector<NewEvent> only(NewEvent event) {
  std::vector<NewEvent> events;
  events.push_back(std::move(event));
  return events;
}

}  // namespace gjallar::domain
