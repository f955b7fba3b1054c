#include <string>

#include "broker/admission/checks.h"

namespace gjallar::admission {
namespace {

core::Result<void> check_step(const FieldPath& path, v1::EscalationStep step) {
  const FieldPath field(path, "step");
  if (step == v1::ESCALATION_STEP_UNSPECIFIED) {
    return missing(field, "Say what was missing: unreceived or unacknowledged.");
  }
  if (v1::EscalationStep_IsValid(step)) return {};
  return invalid(field, "This is no step.", "Use unreceived or unacknowledged.");
}

core::Result<void> check_version_named(const FieldPath& path, std::uint64_t version) {
  if (version != 0) return {};
  return missing(FieldPath(path, "version"), "Say which version it is about.");
}

core::Result<void> check_escalated(const FieldPath& path, const v1::EscalatedService& service) {
  GJALLAR_TRY(check_service_id(FieldPath(path, "service_id"), service.service_id()));
  if (service.way() == v1::ESCALATION_WAY_UNSPECIFIED || !v1::EscalationWay_IsValid(service.way())) {
    return invalid(FieldPath(path, "way"), "This is no way to reach a service.",
                   "Use service, on-call or closed.");
  }
  if (!service.has_closed_until()) return {};
  return check_time(FieldPath(path, "closed_until"), service.closed_until());
}

}  // namespace

core::Result<void> check_escalate(const v1::EscalateAlert& escalate) {
  const FieldPath path("escalate");
  GJALLAR_TRY(check_alert_id(FieldPath(path, "alert_id"), escalate.alert_id()));
  GJALLAR_TRY(check_version_named(path, escalate.version()));
  GJALLAR_TRY(check_step(path, escalate.step()));
  if (escalate.services().empty()) return missing(FieldPath(path, "services"), "Say whom to call.");
  for (int i = 0; i < escalate.services_size(); ++i) {
    GJALLAR_TRY(check_escalated(FieldPath(path, "services", i), escalate.services(i)));
  }
  return {};
}

core::Result<void> check_report_escalation(const v1::ReportEscalation& report) {
  const FieldPath path("report_escalation");
  GJALLAR_TRY(check_alert_id(FieldPath(path, "alert_id"), report.alert_id()));
  GJALLAR_TRY(check_version_named(path, report.version()));
  GJALLAR_TRY(check_step(path, report.step()));
  GJALLAR_TRY(check_service_id(FieldPath(path, "service_id"), report.service_id()));
  const FieldPath outcome(path, "outcome");
  if (report.outcome() == v1::ESCALATION_OUTCOME_UNSPECIFIED) {
    return missing(outcome, "Say what became of the call: reached, no-answer, failed, no-contact.");
  }
  if (v1::EscalationOutcome_IsValid(report.outcome())) return {};
  return invalid(outcome, "This is no outcome.", "Use reached, no-answer, failed or no-contact.");
}

}  // namespace gjallar::admission
