#include <utility>

#include "broker/domain/decide.h"

namespace gjallar::domain {
namespace {

core::Error does_not_follow(const char* message) {
  return core::make_error(v1::ERROR_CODE_DATA_CORRUPT, "", message, "Verify the log.");
}

bool is_about_an_alert(v1::EventType type) {
  return type >= v1::EVENT_TYPE_ALERT_ISSUED && type <= v1::EVENT_TYPE_ALERT_ESCALATION_REPORTED;
}

/// Whether the event tells about an alert without changing it: no new version.
bool leaves_the_version(v1::EventType type) {
  return type == v1::EVENT_TYPE_ALERT_OBSERVED || type == v1::EVENT_TYPE_ALERT_NOTICE ||
         type == v1::EVENT_TYPE_ALERT_ESCALATED || type == v1::EVENT_TYPE_ALERT_ESCALATION_REPORTED;
}

/// Whether the event may come after the alert has ended.
bool may_follow_the_end(v1::EventType type) {
  return type == v1::EVENT_TYPE_ALERT_NOTICE || type == v1::EVENT_TYPE_ALERT_ESCALATED ||
         type == v1::EVENT_TYPE_ALERT_ESCALATION_REPORTED || type == v1::EVENT_TYPE_ALERT_REDACTED;
}

/// Whether an event may come after `before`.
core::Result<void> check_follows(const v1::Alert* before, v1::EventType type,
                                 const v1::EventPayload& payload) {
  if (!is_about_an_alert(type))
    return does_not_follow("An event that isn't about an alert was folded into one.");
  if (!payload.has_alert()) return does_not_follow("An event about an alert holds no alert.");
  const v1::Alert& after = payload.alert();
  if (before == nullptr) {
    if (type != v1::EVENT_TYPE_ALERT_ISSUED || after.version() != 1 || after.phase() != v1::PHASE_LIVE) {
      return does_not_follow("An alert's first event doesn't issue it.");
    }
    return {};
  }
  if (type == v1::EVENT_TYPE_ALERT_ISSUED) return does_not_follow("An alert was issued twice.");
  if (after.alert_id() != before->alert_id() || after.sender() != before->sender()) {
    return does_not_follow("An event's alert is another than its subject.");
  }
  if (after.version() != before->version() + (leaves_the_version(type) ? 0 : 1)) {
    return does_not_follow("An alert's version doesn't count up by its events.");
  }
  if (before->phase() != v1::PHASE_LIVE && (!may_follow_the_end(type) || after.phase() != before->phase())) {
    return does_not_follow("An alert went on after its end.");
  }
  return {};
}

}  // namespace

core::Result<v1::Alert> evolve(const v1::Alert* before, v1::EventType type, const v1::EventPayload& payload) {
  GJALLAR_TRY(check_follows(before, type, payload));
  return payload.alert();
}

core::Result<v1::Alert> evolve(const v1::Alert* before, v1::EventType type, v1::EventPayload&& payload) {
  GJALLAR_TRY(check_follows(before, type, payload));
  return std::move(*payload.mutable_alert());
}

}  // namespace gjallar::domain
