#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "broker/domain/authority.h"
#include "broker/domain/content_change.h"
#include "broker/domain/decide_parts.h"
#include "broker/domain/life.h"
#include "broker/domain/report.h"
#include "broker/domain/status_class.h"

namespace gjallar::domain {
namespace {

/// Whose alert it becomes: somebody who may issue it. A report goes to the coordinators, so kinds and areas
/// that the principal may issue for don't bind it.
Principal as_reporter(const Principal& principal) {
  Principal reporter = principal;
  reporter.rights.issue = true;
  reporter.rights.issue_kinds.clear();
  reporter.rights.issue_areas.clear();
  return reporter;
}

/// "issue.content.expires" → "report.details.expires".
core::Error of_report(core::Error error) {
  constexpr std::string_view kContent = "issue.content";
  constexpr std::string_view kIssue = "issue.";
  if (error.field.compare(0, kContent.size(), kContent) == 0) {
    error.field = "report.details" + error.field.substr(kContent.size());
  } else if (error.field.compare(0, kIssue.size(), kIssue) == 0) {
    error.field = "report." + error.field.substr(kIssue.size());
  }
  return error;
}

core::Error refused(std::string_view field, std::string message, std::string advice) {
  return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, fmt::format("conclude.{}", field),
                          std::move(message), std::move(advice));
}

/// The alert that came of the report.
core::Result<void> check_successor(const v1::Alert& report, const Situation& situation) {
  const v1::Alert* const successor = situation.successor;
  if (successor == nullptr) {
    return core::make_error(v1::ERROR_CODE_NOT_FOUND, "conclude.superseded_by",
                            "There is no alert with this id or reference.",
                            "Issue the alert first, then conclude the report with its reference.");
  }
  if (successor->alert_id() == report.alert_id() || successor->content().report()) {
    return refused("superseded_by", "That is a report, not an alert.", "Name the alert that came of it.");
  }
  if (status_class(successor->content().status()) != status_class(report.content().status())) {
    return refused("superseded_by", "The one is about the world, the other is an exercise or a test.",
                   "Name an alert of the same status.");
  }
  if (auto live = check_live_at(*successor, 0, "conclude"); !live) {
    core::Error error = live.error();
    error.field = "conclude.superseded_by";
    error.advice = "Name an alert that is in force.";
    return error;
  }
  return {};
}

}  // namespace

void tell_reporter(NewEvent& event, const std::string& reporter) {
  if (reporter.empty()) return;
  MatchKeys& after = event.reach.after;
  // Keys of an alert that goes on have a level, these of one that has ended have none.
  if (!after.present) {
    after = match_keys_naming({reporter});
  } else if (std::find(after.services.begin(), after.services.end(), reporter) == after.services.end()) {
    after.services.push_back(reporter);
  }
}

Decision decide_report(const Principal& principal, const v1::ReportAlert& report,
                       const Situation& situation) {
  if (!may_report(principal)) {
    return permission_denied("report", "This principal may not report.",
                             "Ask the operator for the right to issue or to observe.");
  }
  if (is_later(report.seen_at(), situation.now + kClockDifferenceMax)) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "report.seen_at", "The time is in the future.",
                            "Set the time when it was seen.");
  }
  v1::IssueAlert issue;
  *issue.mutable_content() = report_content(report);
  if (report.has_confirmation()) *issue.mutable_confirmation() = report.confirmation();
  Decision decided = decide_issue(as_reporter(principal), issue, situation);
  if (!decided) return of_report(decided.error());
  return decided;
}

Decision decide_conclude(const Principal& principal, const v1::ConcludeReport& conclude,
                         const Situation& situation) {
  GJALLAR_TRY(check_found(principal, situation, "conclude"));
  const v1::Alert& before = *situation.alert;
  if (!principal.rights.assess) {
    return permission_denied("conclude", "This principal may not conclude reports.",
                             "Ask a coordinator to conclude it.");
  }
  if (!before.content().report()) {
    return refused("alert_id", "This alert is no report.", "Grade, revise or retract it instead.");
  }
  GJALLAR_TRY(check_live_at(before, conclude.expected_version(), "conclude"));
  if (before.report_outcome() == conclude.outcome()) return nothing_to_change("conclude.outcome");

  v1::Alert after = next_version(before, situation.now);
  after.set_report_outcome(conclude.outcome());
  if (conclude.outcome() == v1::REPORT_OUTCOME_ALERT) {
    GJALLAR_TRY(check_successor(before, situation));
    after.set_superseded_by(situation.successor->alert_id());
    after.set_phase(v1::PHASE_SUPERSEDED);
  }
  const std::string reporter = before.sender_service();
  NewEvent event = alert_event(v1::EVENT_TYPE_ALERT_CONCLUDED, &before, std::move(after), conclude.reason());
  if (conclude.has_cap_signature()) *event.payload.mutable_cap_signature() = conclude.cap_signature();
  tell_reporter(event, reporter);
  return only(std::move(event));
}

Decision decide_ask_expiry(const Principal& principal, const Situation& situation) {
  const bool broker = principal.name == broker_principal().name;
  if (!broker) {
    return permission_denied("ask_expiry", "Brokers ask this of themselves.", "Revise the expiry instead.");
  }
  if (situation.alert == nullptr) GJALLAR_TRY(check_found(principal, situation, "ask_expiry"));
  const v1::Alert& alert = *situation.alert;
  const auto due = expiry_question_at(alert);
  if (!due || *due > situation.now || !is_later(alert.content().expires(), situation.now)) {
    return std::vector<NewEvent>();
  }
  v1::Alert asked = alert;
  *asked.mutable_expiry_asked() = alert.content().expires();
  v1::Notice notice;
  notice.set_kind(v1::NOTICE_KIND_EXPIRES_SOON);
  const v1::DirectoryEntry* const sender = situation.directory->find(alert.sender_service());
  std::vector<std::string> asked_services;
  if (sender != nullptr && sender->enabled()) asked_services.push_back(alert.sender_service());
  NewEvent event = notice_event(asked, std::move(notice), std::move(asked_services));
  if (event.reach.after.services.empty()) add_coordinators(event);
  return only(std::move(event));
}

}  // namespace gjallar::domain
