#include "broker/receipts/chase.h"

#include <algorithm>

#include "broker/domain/opening_hours.h"
#include "broker/domain/role.h"

namespace gjallar::receipts {
namespace {

/// Something that starts a step, and how long after it the step is due.
struct Start {
  core::Version version = 0;
  core::WallTime due{};
  core::Micros after{0};
};

core::Micros after_for(const ChasePolicies& policies, v1::GradeLevel level, v1::EscalationStep step) {
  const auto index = static_cast<std::size_t>(level);
  if (index >= policies.size()) return core::Micros(0);
  return step == v1::ESCALATION_STEP_UNRECEIVED ? policies[index].unreceived_after
                                                : policies[index].unacknowledged_after;
}

bool starts_anew(const ChaseEvent& event) {
  return event.rings || event.type == v1::EVENT_TYPE_ALERT_RETRACTED;
}

/// What starts a step for a service, in order.
std::vector<Start> starts_of(const ChasedAlert& alert, core::ServiceNumber service,
                             const ChaseProgress& progress, v1::EscalationStep step,
                             const ChasePolicies& policies) {
  std::vector<Start> out;
  const bool unreceived = step == v1::ESCALATION_STEP_UNRECEIVED;
  if (unreceived && progress.received >= alert.version) return out;
  // A lowered alert isn't confirmed any more as an urgent one would be.
  if (!unreceived && alert.phase == v1::PHASE_LIVE && after_for(policies, alert.level, step).count() == 0)
    return out;
  for (const ChaseEvent& event : alert.events) {
    if (!changes_alert(event.type) || !event.targets.contains(service)) continue;
    const core::Micros after = after_for(policies, event.level, step);
    if (after.count() == 0) continue;
    const bool lacking =
        unreceived ? event.seq > progress.received_seq : event.version > progress.acknowledged;
    if (!lacking) continue;
    if (starts_anew(event) || (unreceived && out.empty())) {
      out.push_back({event.version, event.time + after, after});
    }
  }
  return out;
}

/// The first that steps taken up to `covered` weren't about.
const Start* first_beyond(const std::vector<Start>& starts, core::Version covered) {
  const auto found = std::find_if(starts.begin(), starts.end(),
                                  [covered](const Start& start) { return start.version > covered; });
  return found == starts.end() ? nullptr : &*found;
}

core::Version taken_up_to(const std::vector<domain::TakenStep>& taken, core::ServiceNumber service,
                          v1::EscalationStep step, v1::EscalationWay way) {
  core::Version version = 0;
  for (const domain::TakenStep& one : taken) {
    if (one.service == service && one.step == step && one.way == way)
      version = std::max(version, one.version);
  }
  return version;
}

void sooner(std::optional<core::WallTime>& next, core::WallTime time) {
  if (!next || time < *next) next = time;
}

/// When a service that is open now is due. By its present hours; where those would have made it due before
/// its entry last changed, it may have been closed until then, and has so long from the change.
core::WallTime due_while_open(const v1::DirectoryEntry& entry, const Start& start) {
  const auto was_closed = domain::closed_until(entry.service(), start.due);
  const core::WallTime due = was_closed ? *was_closed + start.after : start.due;
  const core::WallTime changed = core::from_timestamp(entry.changed());
  return changed > due ? changed + start.after : due;
}

/// Adds what one step makes due. False: it may become due without another event, though nobody knows when.
bool add_step(const ChasedAlert& alert, const v1::DirectoryEntry& entry, const ChaseProgress& progress,
              const std::vector<domain::TakenStep>& taken, core::WallTime now, const ChasePolicies& policies,
              v1::EscalationStep step, ServiceChase& out) {
  const core::ServiceNumber number = entry.number();
  const std::vector<Start> starts = starts_of(alert, number, progress, step, policies);
  if (starts.empty()) return true;
  const core::Version called = taken_up_to(taken, number, step, v1::ESCALATION_WAY_SERVICE);
  const Start* const start = first_beyond(starts, called);
  if (start == nullptr) {
    // Called already. If it then received an earlier version than the one it was called for, what it still
    // lacks starts the step again.
    return step == v1::ESCALATION_STEP_UNACKNOWLEDGED || called >= alert.version;
  }
  if (now < start->due) {
    sooner(out.next, start->due);
    return true;
  }
  const auto closed = domain::closed_until(entry.service(), now);
  if (!closed) {
    const core::WallTime due = due_while_open(entry, *start);
    if (now >= due) {
      out.due.push_back({step, v1::ESCALATION_WAY_SERVICE, std::nullopt});
    } else {
      sooner(out.next, due);
    }
    return true;
  }
  sooner(out.next, *closed + start->after);
  const v1::EscalationWay way = entry.has_on_call() ? v1::ESCALATION_WAY_ON_CALL : v1::ESCALATION_WAY_CLOSED;
  core::Version covered = std::max({called, taken_up_to(taken, number, step, v1::ESCALATION_WAY_ON_CALL),
                                    taken_up_to(taken, number, step, v1::ESCALATION_WAY_CLOSED)});
  if (way == v1::ESCALATION_WAY_CLOSED && step == v1::ESCALATION_STEP_UNACKNOWLEDGED) {
    covered = std::max(covered, taken_up_to(taken, number, v1::ESCALATION_STEP_UNRECEIVED, way));
  }
  const Start* const contact = first_beyond(starts, covered);
  if (contact == nullptr) return true;
  if (now < contact->due) {
    sooner(out.next, contact->due);
    return true;
  }
  // Both steps at once are one digest.
  const bool told =
      way == v1::ESCALATION_WAY_CLOSED &&
      std::any_of(out.due.begin(), out.due.end(), [way](const DueStep& due) { return due.way == way; });
  if (!told) out.due.push_back({step, way, closed});
  return true;
}

/// A disabled service can't receive: the coordinators are told once, as of one that is closed for good.
/// False: nothing is left to do.
bool add_digest_of_disabled(const ChasedAlert& alert, const v1::DirectoryEntry& entry,
                            const ChaseProgress& progress, const std::vector<domain::TakenStep>& taken,
                            core::WallTime now, const ChasePolicies& policies, ServiceChase& out) {
  constexpr auto kStep = v1::ESCALATION_STEP_UNRECEIVED;
  const std::vector<Start> starts = starts_of(alert, entry.number(), progress, kStep, policies);
  core::Version covered = 0;
  for (const v1::EscalationWay way :
       {v1::ESCALATION_WAY_SERVICE, v1::ESCALATION_WAY_ON_CALL, v1::ESCALATION_WAY_CLOSED})
    covered = std::max(covered, taken_up_to(taken, entry.number(), kStep, way));
  const Start* const start = first_beyond(starts, covered);
  if (start == nullptr) return false;
  if (now < start->due) {
    sooner(out.next, start->due);
  } else {
    out.due.push_back({kStep, v1::ESCALATION_WAY_CLOSED, std::nullopt});
  }
  return true;
}

bool is_never_chased(const v1::DirectoryEntry& entry) {
  const auto& roles = entry.service().roles();
  return std::any_of(roles.begin(), roles.end(),
                     [](const std::string& role) { return role == domain::kEscalatorRole; });
}

}  // namespace

ChasePolicies default_chase_policies() {
  ChasePolicies policies{};
  policies[v1::GRADE_LEVEL_URGENT] = {std::chrono::seconds(60), std::chrono::minutes(15)};
  return policies;
}

bool changes_alert(v1::EventType type) noexcept {
  switch (type) {
    case v1::EVENT_TYPE_ALERT_ISSUED:
    case v1::EVENT_TYPE_ALERT_REVISED:
    case v1::EVENT_TYPE_ALERT_GRADED:
    case v1::EVENT_TYPE_ALERT_WIDENED:
    case v1::EVENT_TYPE_ALERT_RETRACTED:
    case v1::EVENT_TYPE_ALERT_SUPERSEDED:
    case v1::EVENT_TYPE_ALERT_CONCLUDED:
      return true;
    default:
      return false;
  }
}

bool may_be_chased(const ChasedAlert& alert) noexcept {
  return alert.phase != v1::PHASE_EXPIRED && alert.status != v1::STATUS_TEST &&
         alert.status != v1::STATUS_DRAFT;
}

domain::ServiceSet must_have(const ChasedAlert& alert) {
  for (auto event = alert.events.rbegin(); event != alert.events.rend(); ++event) {
    if (changes_alert(event->type)) return event->targets;
  }
  return {};
}

ServiceChase chase(const ChasedAlert& alert, const v1::DirectoryEntry& service, const ChaseProgress& progress,
                   const std::vector<domain::TakenStep>& taken, core::WallTime now,
                   const ChasePolicies& policies) {
  ServiceChase out;
  if (!may_be_chased(alert) || is_never_chased(service)) {
    out.settled = true;
    return out;
  }
  if (!service.enabled()) {
    out.settled = !add_digest_of_disabled(alert, service, progress, taken, now, policies, out);
    return out;
  }
  bool known = true;
  for (const v1::EscalationStep step : {v1::ESCALATION_STEP_UNRECEIVED, v1::ESCALATION_STEP_UNACKNOWLEDGED}) {
    known = add_step(alert, service, progress, taken, now, policies, step, out) && known;
  }
  out.settled = known && out.due.empty() && !out.next;
  return out;
}

}  // namespace gjallar::receipts
