#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "broker/domain/authority.h"
#include "broker/domain/decide_parts.h"
#include "broker/domain/role.h"

namespace gjallar::domain {
namespace {

const std::vector<TakenStep>& taken_of(const Situation& situation) {
  static const std::vector<TakenStep> none;
  return situation.escalations == nullptr ? none : *situation.escalations;
}

bool has_role(const v1::DirectoryEntry& entry, std::string_view role) {
  const auto& roles = entry.service().roles();
  return std::any_of(roles.begin(), roles.end(), [role](const std::string& own) { return own == role; });
}

/// Ids of the enabled services with this role that meet any of the areas, whatever their minimum grade: what
/// is escalated is for them.
std::vector<std::string> those_with(std::string_view role, const std::set<std::string>& areas,
                                    const Directory& directory) {
  std::vector<std::string> out;
  if (areas.empty()) return out;
  MatchKeys keys;
  keys.present = true;
  keys.level = v1::GRADE_LEVEL_URGENT;
  MatchGroup& group = keys.groups.emplace_back();
  group.areas.assign(areas.begin(), areas.end());
  group.roles.emplace_back(role);
  directory.matching(keys).for_each([&](core::ServiceNumber number) {
    if (const v1::DirectoryEntry* const entry = directory.find(number)) {
      out.push_back(entry->service().service_id());
    }
  });
  return out;
}

void add_areas_of(const v1::DirectoryEntry& entry, std::set<std::string>& areas) {
  areas.insert(entry.service().areas().begin(), entry.service().areas().end());
}

/// Of an event that names those it concerns: a notice in all but its type.
NewEvent naming_event(v1::EventType type, const v1::Alert& alert, std::vector<std::string> services) {
  NewEvent event = notice_event(alert, v1::Notice(), std::move(services));
  event.type = type;
  event.payload.clear_notice();
  return event;
}

/// What of a command hasn't been done yet.
struct Remaining {
  std::vector<v1::EscalatedService> called;
  std::set<std::string> called_areas;
  std::vector<v1::EscalatedService> closed;
  std::set<std::string> closed_areas;
};

Remaining remaining_of(const v1::EscalateAlert& escalate, const Situation& situation) {
  Remaining out;
  std::set<std::pair<core::ServiceNumber, v1::EscalationWay>> seen;
  for (const v1::EscalatedService& service : escalate.services()) {
    const v1::DirectoryEntry* const entry = situation.directory->find(service.service_id());
    if (entry == nullptr || !targeted_of(situation).contains(entry->number())) continue;
    const bool closed = service.way() == v1::ESCALATION_WAY_CLOSED;
    if (!entry->enabled() && !closed) continue;  // nobody is called there, but the coordinators may be told
    if (!seen.emplace(entry->number(), service.way()).second) continue;
    const auto& taken = taken_of(situation);
    const bool done = std::any_of(taken.begin(), taken.end(), [&](const TakenStep& step) {
      return step.service == entry->number() && step.step == escalate.step() && step.way == service.way() &&
             step.version >= escalate.version();
    });
    if (done) continue;
    v1::EscalatedService known = service;
    known.DiscardUnknownFields();
    (closed ? out.closed : out.called).push_back(std::move(known));
    add_areas_of(*entry, closed ? out.closed_areas : out.called_areas);
  }
  return out;
}

core::Error no_such_step(std::string field, std::string message) {
  return core::make_error(v1::ERROR_CODE_NOT_FOUND, "report_escalation." + std::move(field),
                          std::move(message), "Report on what an escalation event asked for, as it said.");
}

/// The step that is reported on: the latest call of the service, if it was about this version.
core::Result<const TakenStep*> step_reported_on(const v1::ReportEscalation& report,
                                                const Situation& situation) {
  const v1::DirectoryEntry* const called = situation.directory->find(report.service_id());
  if (called == nullptr) return no_such_step("service_id", "No such service was to be called.");
  const TakenStep* latest = nullptr;
  for (const TakenStep& step : taken_of(situation)) {
    if (step.service != called->number() || step.step != report.step()) continue;
    if (step.way == v1::ESCALATION_WAY_CLOSED) continue;  // nobody was to be called
    if (latest == nullptr || step.seq > latest->seq) latest = &step;
  }
  if (latest == nullptr) return no_such_step("step", "The service was not to be called for this.");
  if (latest->version == report.version()) return latest;
  if (latest->version < report.version()) {
    return no_such_step("version", "The service was not to be called for this version.");
  }
  core::Error error = core::make_error(v1::ERROR_CODE_STALE_VERSION, "report_escalation.version",
                                       "The service was to be called for a later version since.",
                                       "Report on the later call.");
  error.current_version = latest->version;
  return error;
}

}  // namespace

Decision decide_escalate(const Principal& principal, const v1::EscalateAlert& escalate,
                         const Situation& situation) {
  if (principal.name != broker_principal().name) {
    return permission_denied("escalate", "Brokers do this by themselves.",
                             "Set up when they do in the broker's configuration.");
  }
  if (situation.alert == nullptr) GJALLAR_TRY(check_found(principal, situation, "escalate"));
  const v1::Alert& alert = *situation.alert;
  if (escalate.version() > alert.version()) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "escalate.version",
                            "The alert has no such version.", "Send a version that it has.");
  }
  std::vector<NewEvent> events;
  if (alert.phase() == v1::PHASE_EXPIRED) return events;  // nobody is called about what is over
  Remaining remaining = remaining_of(escalate, situation);
  if (!remaining.called.empty()) {
    std::vector<std::string> callers =
        those_with(kEscalatorRole, remaining.called_areas, *situation.directory);
    // Without anybody who calls, the coordinators must know that somebody has to.
    if (callers.empty()) callers = those_with(kCoordinatorRole, remaining.called_areas, *situation.directory);
    NewEvent event = naming_event(v1::EVENT_TYPE_ALERT_ESCALATED, alert, std::move(callers));
    v1::Escalation& escalation = *event.payload.mutable_escalation();
    escalation.set_version(escalate.version());
    escalation.set_step(escalate.step());
    *escalation.mutable_services() = {remaining.called.begin(), remaining.called.end()};
    events.push_back(std::move(event));
  }
  if (!remaining.closed.empty()) {
    v1::Notice notice;
    notice.set_kind(v1::NOTICE_KIND_SERVICES_CLOSED);
    *notice.mutable_closed() = {remaining.closed.begin(), remaining.closed.end()};
    NewEvent event = notice_event(alert, std::move(notice),
                                  those_with(kCoordinatorRole, remaining.closed_areas, *situation.directory));
    // Which step it was, for the ledger; whom it was about stands in the notice.
    event.payload.mutable_escalation()->set_version(escalate.version());
    event.payload.mutable_escalation()->set_step(escalate.step());
    events.push_back(std::move(event));
  }
  return events;
}

Decision decide_report_escalation(const Principal& principal, const v1::ReportEscalation& report,
                                  const Situation& situation) {
  const v1::DirectoryEntry* const caller =
      principal.service ? situation.directory->find(principal.service->value()) : nullptr;
  if (caller == nullptr || !caller->enabled() || !has_role(*caller, kEscalatorRole)) {
    return permission_denied("report_escalation", "This principal's service doesn't carry out escalations.",
                             "Use the credentials of a service with the role escalator.");
  }
  if (situation.alert == nullptr || !targeted_of(situation).contains(caller->number())) {
    GJALLAR_TRY(check_found(principal, situation, "report_escalation"));
  }
  const core::Result<const TakenStep*> step = step_reported_on(report, situation);
  if (!step) return step.error();
  if (step.value()->outcome == report.outcome()) return nothing_to_change("report_escalation.outcome");

  const v1::Alert& alert = *situation.alert;
  std::set<std::string> areas;
  add_areas_of(*situation.directory->find(report.service_id()), areas);
  std::vector<std::string> told = those_with(kCoordinatorRole, areas, *situation.directory);
  told.push_back(alert.sender_service());
  told.push_back(principal.service->value());
  NewEvent event = naming_event(v1::EVENT_TYPE_ALERT_ESCALATION_REPORTED, alert, std::move(told));
  event.urgent = false;  // nobody has to act on it at once
  v1::EscalationReport& reported = *event.payload.mutable_escalation_report();
  reported.set_version(report.version());
  reported.set_step(report.step());
  reported.set_service_id(report.service_id());
  reported.set_outcome(report.outcome());
  return only(std::move(event));
}

}  // namespace gjallar::domain
