#include "broker/projections/escalation_fold.h"

#include <optional>
#include <string>

#include "broker/projections/escalations.h"
#include "broker/projections/parse.h"
#include "broker/projections/row_keys.h"
#include "broker/projections/services.h"

namespace gjallar::projections {
namespace {

using Services = google::protobuf::RepeatedPtrField<v1::EscalatedService>;

core::Result<void> fold_steps(const log::Header& header, const v1::Escalation& escalation,
                              const Services& services, log::RowWriter& rows) {
  for (const v1::EscalatedService& service : services) {
    const auto found = find_service(rows, service.service_id());
    if (!found) return found.error();
    if (!found.value()) continue;
    storage::v1::EscalationRow row;
    row.set_version(escalation.version());
    row.set_seq(header.seq);
    row.set_time_us(header.time.time_since_epoch().count());
    if (service.has_closed_until()) {
      row.set_closed_until_us(core::from_timestamp(service.closed_until()).time_since_epoch().count());
    }
    const keys::EscalationKey key{found.value()->entry().number(), escalation.step(), service.way()};
    rows.put(log::Column::kView, keys::escalation(header.subject, key), row.SerializeAsString());
  }
  return {};
}

/// Puts the outcome to the latest call of the service for this step and version.
core::Result<void> fold_outcome(const log::Header& header, const v1::EscalationReport& report,
                                log::RowWriter& rows) {
  const auto found = find_service(rows, report.service_id());
  if (!found) return found.error();
  if (!found.value()) return {};
  const auto taken = escalations_at(rows, header.subject);
  if (!taken) return taken.error();
  const EscalationOf* latest = nullptr;
  for (const EscalationOf& one : taken.value()) {
    const bool meant = one.service == found.value()->entry().number() && one.step == report.step() &&
                       one.way != v1::ESCALATION_WAY_CLOSED && one.row.version() == report.version();
    if (meant && (latest == nullptr || one.row.seq() > latest->row.seq())) latest = &one;
  }
  if (latest == nullptr) return {};  // the event that took the step was redacted
  storage::v1::EscalationRow row = latest->row;
  row.set_outcome(report.outcome());
  row.set_outcome_time_us(header.time.time_since_epoch().count());
  const keys::EscalationKey key{latest->service, latest->step, latest->way};
  rows.put(log::Column::kView, keys::escalation(header.subject, key), row.SerializeAsString());
  return {};
}

}  // namespace

core::Result<void> fold_escalation(const log::Record& record, log::RowWriter& rows) {
  const log::Header& header = record.header;
  const bool may_escalate =
      header.type == v1::EVENT_TYPE_ALERT_ESCALATED || header.type == v1::EVENT_TYPE_ALERT_NOTICE;
  if ((!may_escalate && header.type != v1::EVENT_TYPE_ALERT_ESCALATION_REPORTED) || !record.payload)
    return {};
  const auto payload = parse<v1::EventPayload>(record.payload->bytes, "event");
  if (!payload) return payload.error();
  if (payload.value().has_escalation_report()) {
    return fold_outcome(header, payload.value().escalation_report(), rows);
  }
  if (!payload.value().has_escalation()) return {};
  const v1::Escalation& escalation = payload.value().escalation();
  GJALLAR_TRY(fold_steps(header, escalation, escalation.services(), rows));
  return fold_steps(header, escalation, payload.value().notice().closed(), rows);
}

}  // namespace gjallar::projections
