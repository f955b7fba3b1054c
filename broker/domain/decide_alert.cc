#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "broker/core/identity.h"
#include "broker/domain/authority.h"
#include "broker/domain/content_change.h"
#include "broker/domain/decide_parts.h"
#include "broker/domain/grade.h"
#include "broker/domain/life.h"
#include "broker/domain/report.h"
#include "broker/domain/status_class.h"

namespace gjallar::domain {
namespace {

core::Error not_yours(std::string_view what) {
  return permission_denied(std::string(what), fmt::format("This principal may not {} this alert.", what),
                           "Ask its sender or a coordinator to do it.");
}

/// The sender's grade takes the place of the one before. It raises an assessed alert and makes it unverified
/// again; it can't lower what was assessed. Level and verification follow.
core::Result<void> take_sender_grade(v1::Alert& alert, const v1::Grade& grade, std::string_view field) {
  const v1::GradeLevel level = level_of(grade);
  if (alert.has_assessed_grade() && level < alert.level()) {
    return core::make_error(v1::ERROR_CODE_GRADE_ASSESSED, std::string(field),
                            "The grade was assessed; its sender can't lower it.",
                            "Ask a coordinator to assess it again.");
  }
  if (alert.has_assessed_grade() && level > alert.level()) {
    alert.clear_assessed_grade();
    alert.set_verification(v1::VERIFICATION_UNVERIFIED);
  }
  *alert.mutable_content()->mutable_grade() = grade;
  alert.set_level(level_of(effective_grade(alert)));
  return {};
}

bool same(const v1::Grade& a, const v1::Grade& b) {
  return a.urgency() == b.urgency() && a.severity() == b.severity() && a.certainty() == b.certainty();
}

/// Whether somebody newly needs to look: the level rose, or the alert is urgent and its audience another.
bool needs_a_look(const NewEvent& event) {
  const MatchKeys& before = event.reach.before;
  const MatchKeys& after = event.reach.after;
  if (after.level > before.level) return true;
  return is_urgent(after.level) && (before.groups != after.groups || before.services != after.services);
}

/// What an alert that is issued or revised must keep to.
core::Result<void> check_issued(const Principal& principal, const v1::AlertContent& content,
                                const v1::AlertContent* held, const Situation& situation,
                                std::string_view path) {
  const v1::Audience* const held_audience = held == nullptr ? nullptr : &held->audience();
  const std::string audience = fmt::format("{}.audience", path);
  GJALLAR_TRY(check_audience(content.audience(), held_audience, *situation.directory, audience));
  GJALLAR_TRY(check_issue_areas(principal, content.audience(), held_audience, audience));
  if (held == nullptr || held->kind() != content.kind()) {
    GJALLAR_TRY(check_kind(principal, content.kind(), fmt::format("{}.kind", path)));
  }
  return {};
}

/// Until a coordinator has shared a report it is for the coordinators alone, and only they pass it on after.
/// `path` is the audience's in the request.
core::Result<void> check_report_reach(const Principal& principal, const v1::Alert& before,
                                      const v1::Audience& audience, std::string_view path) {
  const bool shared = before.report_outcome() == v1::REPORT_OUTCOME_SHARED_FOR_INFORMATION;
  if (shared && principal.rights.assess) return {};
  auto kept = check_report_audience(audience, path);
  if (kept) return {};
  core::Error error = kept.error();
  error.advice =
      principal.rights.assess
          ? "Conclude it as shared for information first, or issue an alert of its own and conclude "
            "the report with that."
          : "Ask a coordinator to share it.";
  return error;
}

/// An alert never becomes a report. A report becomes an alert by who may conclude it, and by nobody's
/// oversight: the mask names the field.
core::Result<void> check_report_change(const Principal& principal, const v1::ReviseAlert& revise,
                                       bool after) {
  const std::string field = "revise.content.report";
  if (after) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, field, "An alert can't become a report.",
                            "Leave report as it is, and send a report of its own.");
  }
  if (!principal.rights.assess) {
    return permission_denied(field, "Only who concludes reports may make an alert of one.",
                             "Set report as it is, or name other fields in update_mask.");
  }
  const auto& paths = revise.update_mask().paths();
  if (std::find(paths.begin(), paths.end(), "report") != paths.end()) return {};
  return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, field, "This would make an alert of the report.",
                          "Set report as it is, or name report in update_mask if it shall be an alert.");
}

/// A shortage that says nothing of what runs short could be shown nowhere.
core::Result<void> check_shortage(const v1::AlertContent& content, std::string_view path) {
  if (content.kind() != v1::ALERT_KIND_SUPPLY_SHORTAGE || !content.shortage().product().empty()) return {};
  return core::make_error(v1::ERROR_CODE_MISSING_FIELD, fmt::format("{}.shortage.product", path),
                          "A required field is missing.", "Say which product runs short.");
}

}  // namespace

core::Result<void> check_references(const v1::AlertContent& content, const Situation& situation,
                                    std::string_view path) {
  if (situation.referred == nullptr) return {};
  const auto check = [&](std::string_view name, const auto& references) -> core::Result<void> {
    for (int i = 0; i < references.size(); ++i) {
      const auto found = situation.referred->find(references[i].alert_id());
      if (found == situation.referred->end()) continue;
      if (status_class(found->second) == status_class(content.status())) continue;
      return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, fmt::format("{}.{}[{}]", path, name, i),
                              "The one is about the world, the other is an exercise or a test.",
                              "Refer to alerts of the same status.");
    }
    return {};
  };
  GJALLAR_TRY(check("references", content.references()));
  return check("possible_duplicate_of", content.possible_duplicate_of());
}

Decision decide_issue(const Principal& principal, const v1::IssueAlert& issue, const Situation& situation) {
  if (!principal.rights.issue && !(issue.content().report() && may_report(principal))) {
    return permission_denied("issue", "This principal may not issue alerts.",
                             "Ask the operator for the right to issue.");
  }
  GJALLAR_TRY(check_issued(principal, issue.content(), nullptr, situation, "issue.content"));
  if (issue.content().report()) {
    GJALLAR_TRY(check_report_audience(issue.content().audience(), "issue.content.audience"));
  }
  GJALLAR_TRY(check_shortage(issue.content(), "issue.content"));
  GJALLAR_TRY(check_references(issue.content(), situation, "issue.content"));
  v1::Alert alert;
  *alert.mutable_content() = issue.content();
  alert.mutable_content()->DiscardUnknownFields();  // nobody has checked them
  alert.set_level(level_of(issue.content().grade()));
  if (issue.content().has_expires()) {
    GJALLAR_TRY(check_expiry(issue.content().expires(), situation.now, "issue.content.expires"));
  } else {
    *alert.mutable_content()->mutable_expires() =
        core::to_timestamp(default_expiry(issue.content(), alert.level(), situation.now));
  }
  alert.set_alert_id(situation.new_alert_id.value());
  alert.set_reference(core::reference_of(situation.new_alert_id));
  alert.set_version(1);
  alert.set_phase(v1::PHASE_LIVE);
  alert.set_verification(v1::VERIFICATION_UNVERIFIED);
  alert.set_sender(principal.name.value());
  if (principal.service) alert.set_sender_service(principal.service->value());
  *alert.mutable_sent() = core::to_timestamp(situation.now);
  *alert.mutable_changed() = alert.sent();
  const auto met = link_duplicates(principal, "issue", issue.confirmation(), alert, situation);
  if (!met) return met.error();
  NewEvent event = alert_event(v1::EVENT_TYPE_ALERT_ISSUED, nullptr, std::move(alert));
  event.rings = true;
  std::vector<NewEvent> events = only(std::move(event));
  if (met.value()) add_duplicate_notices(events, situation);
  return events;
}

Decision decide_revise(const Principal& principal, const v1::ReviseAlert& revise,
                       const Situation& situation) {
  GJALLAR_TRY(check_found(principal, situation, "revise"));
  const v1::Alert& before = *situation.alert;
  const bool may_revise = reaches(principal.rights.revise, principal, before);
  if (!may_revise && !principal.rights.analyse) return not_yours("revise");
  GJALLAR_TRY(check_live_at(before, revise.expected_version(), "revise"));

  core::Result<v1::AlertContent> content = revised_content(before.content(), revise);
  if (!content) return content.error();
  const std::vector<std::string> changed = changed_fields(before.content(), content.value());
  if (changed.empty()) return nothing_to_change("revise.content");
  const auto has_changed = [&changed](std::string_view field) {
    return std::find(changed.begin(), changed.end(), field) != changed.end();
  };
  if (!may_revise) {
    for (const std::string& field : changed) {
      if (field == "substances") continue;
      return permission_denied("revise.content." + field,
                               "This principal may correct the substances of this alert, and nothing else.",
                               "Set update_mask to substances, or ask its sender to revise the rest.");
    }
  }
  const bool becomes_alert = has_changed("report");
  if (becomes_alert) GJALLAR_TRY(check_report_change(principal, revise, content.value().report()));
  if (content.value().report() && has_changed("audience")) {
    GJALLAR_TRY(check_report_reach(principal, before, content.value().audience(), "revise.content.audience"));
  }
  if (has_changed("audience") || has_changed("kind")) {
    GJALLAR_TRY(check_issued(principal, content.value(), &before.content(), situation, "revise.content"));
  }
  if (has_changed("kind") || has_changed("shortage")) {
    GJALLAR_TRY(check_shortage(content.value(), "revise.content"));
  }
  GJALLAR_TRY(check_references(content.value(), situation, "revise.content"));
  if (has_changed("expires")) {
    GJALLAR_TRY(check_expiry(content.value().expires(), situation.now, "revise.content.expires"));
  }
  v1::Alert after = next_version(before, situation.now);
  *after.mutable_content() = content.value();
  if (has_changed("grade")) {
    GJALLAR_TRY(take_sender_grade(after, content.value().grade(), "revise.content.grade"));
  }
  if (becomes_alert) after.set_report_outcome(v1::REPORT_OUTCOME_ALERT);
  const auto met = link_duplicates(principal, "revise", revise.confirmation(), after, situation);
  if (!met) return met.error();
  const int links = content.value().possible_duplicate_of_size();
  const bool linked = after.content().possible_duplicate_of_size() > links;
  NewEvent event = alert_event(v1::EVENT_TYPE_ALERT_REVISED, &before, std::move(after), revise.reason());
  for (const std::string& field : changed)
    event.payload.add_changed_fields(field);
  if (linked) note_changed(event, "possible_duplicate_of");
  event.rings = needs_a_look(event);
  if (becomes_alert) tell_reporter(event, before.sender_service());
  std::vector<NewEvent> events = only(std::move(event));
  if (met.value()) add_duplicate_notices(events, situation);
  return events;
}

Decision decide_grade(const Principal& principal, const v1::GradeAlert& grade, const Situation& situation) {
  GJALLAR_TRY(check_found(principal, situation, "grade"));
  const v1::Alert& before = *situation.alert;
  const bool assesses = principal.rights.assess;
  if (!assesses && !reaches(principal.rights.revise, principal, before)) return not_yours("grade");
  GJALLAR_TRY(check_live_at(before, grade.expected_version(), "grade"));
  if (assesses && grade.reason().empty()) {
    return core::make_error(v1::ERROR_CODE_MISSING_FIELD, "grade.reason", "An assessment needs a reason.",
                            "Say in one sentence what it rests on.");
  }

  v1::Grade asked = grade.grade();
  asked.DiscardUnknownFields();
  v1::Alert after = next_version(before, situation.now);
  if (assesses) {
    if (before.verification() == v1::VERIFICATION_VERIFIED && same(effective_grade(before), asked)) {
      return nothing_to_change("grade.grade");
    }
    *after.mutable_assessed_grade() = asked;
    after.set_verification(v1::VERIFICATION_VERIFIED);
    after.set_level(level_of(asked));
  } else {
    if (same(before.content().grade(), asked)) return nothing_to_change("grade.grade");
    GJALLAR_TRY(take_sender_grade(after, asked, "grade.grade"));
  }
  NewEvent event = alert_event(v1::EVENT_TYPE_ALERT_GRADED, &before, std::move(after), grade.reason());
  if (grade.has_cap_signature()) *event.payload.mutable_cap_signature() = grade.cap_signature();
  if (!assesses) event.payload.add_changed_fields("grade");
  event.rings = needs_a_look(event);
  return only(std::move(event));
}

Decision decide_widen(const Principal& principal, const v1::WidenAlert& widen, const Situation& situation) {
  GJALLAR_TRY(check_found(principal, situation, "widen"));
  const v1::Alert& before = *situation.alert;
  if (!principal.rights.assess && !reaches(principal.rights.revise, principal, before))
    return not_yours("widen");
  GJALLAR_TRY(check_live_at(before, widen.expected_version(), "widen"));

  const v1::Audience& held = before.content().audience();
  GJALLAR_TRY(check_audience(widen.audience(), &held, *situation.directory, "widen.audience"));
  GJALLAR_TRY(check_issue_areas(principal, widen.audience(), &held, "widen.audience"));
  if (before.content().report()) {
    GJALLAR_TRY(check_report_reach(principal, before, widen.audience(), "widen.audience"));
  }
  core::Result<v1::Audience> widened = widened_audience(held, widen.audience(), "widen.audience");
  if (!widened) return widened.error();
  if (widened.value().groups_size() == held.groups_size() &&
      widened.value().services_size() == held.services_size()) {
    return nothing_to_change("widen.audience");
  }
  v1::Alert after = next_version(before, situation.now);
  *after.mutable_content()->mutable_audience() = widened.value();
  const auto met = link_duplicates(principal, "widen", widen.confirmation(), after, situation);
  if (!met) return met.error();
  const int links = before.content().possible_duplicate_of_size();
  const bool linked = after.content().possible_duplicate_of_size() > links;
  NewEvent event = alert_event(v1::EVENT_TYPE_ALERT_WIDENED, &before, std::move(after), widen.reason());
  event.payload.add_changed_fields("audience");
  if (linked) note_changed(event, "possible_duplicate_of");
  event.rings = needs_a_look(event);
  std::vector<NewEvent> events = only(std::move(event));
  if (met.value()) add_duplicate_notices(events, situation);
  return events;
}

Decision decide_retract(const Principal& principal, const v1::RetractAlert& retract,
                        const Situation& situation) {
  GJALLAR_TRY(check_found(principal, situation, "retract"));
  const v1::Alert& before = *situation.alert;
  if (!principal.rights.assess && !reaches(principal.rights.retract, principal, before))
    return not_yours("retract");
  GJALLAR_TRY(check_live_at(before, retract.expected_version(), "retract"));
  if (retract.reason().empty()) {
    return core::make_error(v1::ERROR_CODE_MISSING_FIELD, "retract.reason", "A retraction needs a reason.",
                            "Say in one sentence why the alert no longer holds.");
  }
  v1::Alert after = next_version(before, situation.now);
  after.set_phase(v1::PHASE_RETRACTED);
  NewEvent event = alert_event(v1::EVENT_TYPE_ALERT_RETRACTED, &before, std::move(after), retract.reason());
  if (retract.has_cap_signature()) *event.payload.mutable_cap_signature() = retract.cap_signature();
  return only(std::move(event));
}

Decision decide_expire(const Principal& principal, const Situation& situation) {
  const bool broker = principal.name == broker_principal().name;
  if (!broker || situation.alert == nullptr) GJALLAR_TRY(check_found(principal, situation, "expire"));
  const v1::Alert& before = *situation.alert;
  if (!broker && principal.rights.retract != Scope::kAny) return not_yours("expire");
  if (before.phase() != v1::PHASE_LIVE) return std::vector<NewEvent>();
  if (!before.content().has_expires() || is_later(before.content().expires(), situation.now)) {
    if (broker) return std::vector<NewEvent>();
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "expire.alert_id",
                            "The alert's time isn't over yet.", "Retract it, or revise its expiry.");
  }
  v1::Alert after = next_version(before, situation.now);
  after.set_phase(v1::PHASE_EXPIRED);
  return only(alert_event(v1::EVENT_TYPE_ALERT_EXPIRED, &before, std::move(after)));
}

Decision decide_observe(const Principal& principal, const v1::ObserveAlert& observe,
                        const Situation& situation) {
  GJALLAR_TRY(check_found(principal, situation, "observe"));
  const v1::Alert& before = *situation.alert;
  if (!may_observe(principal, before, targeted_of(situation), *situation.directory)) {
    return permission_denied("observe", "This principal may not add observations to this alert.",
                             "Observe alerts that concern your service, or ask the operator for the right.");
  }
  GJALLAR_TRY(check_live_at(before, 0, "observe"));
  const auto now = core::to_timestamp(situation.now);
  if (observe.has_seen_at() && is_later(observe.seen_at(), situation.now + kClockDifferenceMax)) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "observe.seen_at", "The time is in the future.",
                            "Set the time when it was seen, or leave it out.");
  }
  v1::Observation observation;
  observation.set_area(observe.area());
  observation.set_count(std::max<std::uint64_t>(observe.count(), 1));
  observation.set_form(observe.form());
  *observation.mutable_seen_at() = observe.has_seen_at() ? observe.seen_at() : now;

  v1::Alert after = before;
  add_observation(after, observation);
  NewEvent event = alert_event(v1::EVENT_TYPE_ALERT_OBSERVED, &before, std::move(after));
  *event.payload.mutable_observation() = observation;
  if (observe.has_cap_signature()) *event.payload.mutable_cap_signature() = observe.cap_signature();
  return only(std::move(event));
}

}  // namespace gjallar::domain
