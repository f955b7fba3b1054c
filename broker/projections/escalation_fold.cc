#include "broker/projections/escalation_fold.h"

#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/projections/escalations.h"
#include "broker/projections/history.h"
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
    const keys::EscalationKey key{found.value()->entry().number(), escalation.step(), service.way(),
                                  escalation.version()};
    rows.put(log::Column::kView, keys::escalation(header.subject, key), row.SerializeAsString());
  }
  return {};
}

/// Puts the outcome to the latest call of the service for this step and version: the other way may have been
/// taken for it too.
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
  const keys::EscalationKey key{latest->service, latest->step, latest->way, latest->row.version()};
  rows.put(log::Column::kView, keys::escalation(header.subject, key), row.SerializeAsString());
  return {};
}

/// Alerts of one slice of an upgrade.
constexpr std::size_t kAlertsAtOnce = 64;

bool tells_of_escalation(v1::EventType type) {
  return type == v1::EVENT_TYPE_ALERT_ESCALATED || type == v1::EVENT_TYPE_ALERT_NOTICE ||
         type == v1::EVENT_TYPE_ALERT_ESCALATION_REPORTED;
}

core::Result<log::Record> read_record(const log::RowReader& rows, core::Seq seq) {
  const std::string key = log::seq_key(seq);
  const auto bytes = rows.get(log::Column::kEvent, key);
  if (!bytes) return bytes.error();
  auto header = log::decode_header(bytes->value_or(""));
  if (!header) return header.error();
  log::Record record;
  record.header = std::move(*header);
  const auto stored = rows.get(log::Column::kPayload, key);
  if (!stored) return stored.error();
  if (!stored->has_value()) return record;
  auto payload = log::decode_payload(**stored);
  if (!payload) return payload.error();
  record.payload = std::move(*payload);
  return record;
}

/// Replaces all rows of one alert by those that its events yield.
core::Result<void> fold_anew(const std::string& alert_id, log::RowWriter& rows) {
  std::vector<std::string> held;
  const std::string prefix = keys::escalations(alert_id);
  GJALLAR_TRY(rows.scan(log::Column::kView, prefix, log::after_prefix(prefix),
                        [&held](std::string_view key, std::string_view) {
                          held.emplace_back(key);
                          return true;
                        }));
  for (const std::string& key : held)
    rows.erase(log::Column::kView, key);
  const auto history = history_of(rows, alert_id, 1, std::numeric_limits<core::Seq>::max());
  if (!history) return history.error();
  for (const keys::History& event : history.value()) {
    if (!tells_of_escalation(event.type)) continue;
    const auto record = read_record(rows, event.seq);
    if (!record) return record.error();
    GJALLAR_TRY(fold_escalation(record.value(), rows));
  }
  return {};
}

}  // namespace

core::Result<bool> upgrade_escalations(log::RowWriter& rows, std::string& from) {
  std::vector<std::string> alerts;
  bool more = false;
  core::Result<void> read;
  if (from.empty()) from = keys::kEscalations;
  GJALLAR_TRY(rows.scan(log::Column::kView, from, log::after_prefix(keys::kEscalations),
                        [&](std::string_view key, std::string_view) {
                          const auto parsed = keys::parse_escalation(key);
                          if (!parsed) {
                            read = corrupt("A key of an escalation has another form.");
                            return false;
                          }
                          const std::string_view alert = keys::alert_of_escalation(key);
                          if (parsed->version != 0 || (!alerts.empty() && alerts.back() == alert))
                            return true;
                          more = alerts.size() == kAlertsAtOnce;
                          if (!more) alerts.emplace_back(alert);
                          return !more;
                        }));
  GJALLAR_TRY(read);
  for (const std::string& alert : alerts)
    GJALLAR_TRY(fold_anew(alert, rows));
  if (!alerts.empty()) from = log::after_prefix(keys::escalations(alerts.back()));
  return more;
}

core::Result<void> fold_escalation(const log::Record& record, log::RowWriter& rows) {
  const log::Header& header = record.header;
  if (!tells_of_escalation(header.type) || !record.payload) return {};
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
