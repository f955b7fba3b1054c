#include "broker/receipts/ledger.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/domain/decide.h"
#include "broker/domain/opening_hours.h"
#include "broker/domain/role.h"
#include "broker/projections/alerts.h"
#include "broker/projections/escalations.h"
#include "broker/projections/history.h"
#include "broker/projections/viewer.h"
#include "broker/receipts/delivery_statistics.h"

namespace gjallar::receipts {
namespace {

void keep_first(std::optional<core::WallTime>& held, const std::optional<core::WallTime>& other) {
  if (other && (!held || *other < *held)) held = other;
}

/// The events that carried one version: the one that made it, then the observations and notices up to the
/// next version. A service that holds any of them has the version.
struct Carriers {
  core::Seq made_by = 0;
  core::Version version = 0;
  std::vector<core::Seq> seqs;
};

core::Result<Carriers> carriers_of(const log::LogSnapshot& snapshot, const std::string& alert_id,
                                   core::Version version) {
  const auto made_by = projections::seq_of_version(snapshot.rows(), alert_id, version);
  if (!made_by) return made_by.error();
  if (!made_by.value()) {
    return core::make_error(v1::ERROR_CODE_NOT_FOUND, "version", "The alert has no such version.",
                            "Leave the version out for the current one.");
  }
  const auto history =
      projections::history_of(snapshot.rows(), alert_id, *made_by.value(), snapshot.head().seq);
  if (!history) return history.error();
  Carriers carriers;
  carriers.made_by = *made_by.value();
  for (const projections::keys::History& row : history.value()) {
    if (carriers.seqs.empty()) carriers.version = row.version;
    if (row.version != carriers.version) break;
    carriers.seqs.push_back(row.seq);
  }
  return carriers;
}

core::Result<Stages> stages_of(const ReceiptStore& receipts, core::ServiceNumber service,
                               const Carriers& carriers) {
  Stages out;
  for (const core::Seq seq : carriers.seqs) {
    const auto stages = receipts.stages(service, seq);
    if (!stages) return stages.error();
    keep_first(out.written, stages.value().written);
    keep_first(out.received, stages.value().received);
    if (stages.value().acknowledged &&
        (!out.acknowledged || *stages.value().acknowledged < *out.acknowledged)) {
      out.acknowledged = stages.value().acknowledged;
      out.pseudonym = stages.value().pseudonym;
      out.note = stages.value().note;
    }
    if (out.transport == TransportKind::kUnknown) out.transport = stages.value().transport;
  }
  // Who confirmed it has it, whichever program fetched it.
  keep_first(out.received, out.received ? std::nullopt : out.acknowledged);
  return out;
}

/// Whether a step tried to reach somebody, and it came to nothing.
bool came_to_nothing(const projections::EscalationOf& escalation) {
  switch (escalation.row.outcome()) {
    case v1::ESCALATION_OUTCOME_NO_ANSWER:
    case v1::ESCALATION_OUTCOME_FAILED:
    case v1::ESCALATION_OUTCOME_NO_CONTACT:
      return true;
    default:
      return false;
  }
}

/// Whether an event asks for a service by its id, or for those who escalate by their role.
bool asks_for_escalator(const domain::MatchKeys& keys, const v1::Service& service) {
  const auto has = [](const std::vector<std::string>& all, std::string_view one) {
    return std::find(all.begin(), all.end(), one) != all.end();
  };
  return has(keys.services, service.service_id()) ||
         std::any_of(keys.groups.begin(), keys.groups.end(), [&has](const domain::MatchGroup& group) {
           return has(group.roles, domain::kEscalatorRole);
         });
}

/// Who only escalates hears of an alert to everybody in its areas, and of those that it was to call about,
/// and isn't among those who must have it.
bool stands_in_ledger(const domain::EventReach& reach, const v1::DirectoryEntry* entry) {
  return entry == nullptr || !domain::only_escalates(entry->service()) ||
         asks_for_escalator(reach.before, entry->service()) ||
         asks_for_escalator(reach.after, entry->service());
}

using Escalations = std::map<core::ServiceNumber, std::vector<projections::EscalationOf>>;

/// By service, in order of time.
core::Result<Escalations> escalations_by_service(const log::LogSnapshot& snapshot,
                                                 const std::string& alert_id) {
  auto found = projections::escalations_of(snapshot, alert_id);
  if (!found) return found.error();
  Escalations out;
  for (projections::EscalationOf& escalation : found.value())
    out[escalation.service].push_back(std::move(escalation));
  for (auto& entry : out) {
    std::stable_sort(entry.second.begin(), entry.second.end(), [](const auto& a, const auto& b) {
      return std::make_pair(a.row.time_us(), a.row.seq()) < std::make_pair(b.row.time_us(), b.row.seq());
    });
  }
  return out;
}

google::protobuf::Timestamp timestamp_of(std::int64_t micros) {
  return core::to_timestamp(core::WallTime(core::Micros(micros)));
}

/// All steps are told, each with its version; whether it failed rests on those for this version alone.
void add_escalations(v1::ServiceDelivery& delivery, core::Version version,
                     const std::vector<projections::EscalationOf>& steps) {
  const projections::EscalationOf* last_attempt = nullptr;
  for (const projections::EscalationOf& step : steps) {
    v1::EscalationRecord* record = delivery.add_escalations();
    record->set_step(step.step);
    record->set_way(step.way);
    *record->mutable_time() = timestamp_of(step.row.time_us());
    record->set_outcome(step.row.outcome());
    if (step.row.outcome_time_us() != 0)
      *record->mutable_outcome_time() = timestamp_of(step.row.outcome_time_us());
    record->set_version(step.row.version());
    if (step.way != v1::ESCALATION_WAY_CLOSED && step.row.version() == version) last_attempt = &step;
  }
  delivery.set_failed(!delivery.has_received() && last_attempt != nullptr && came_to_nothing(*last_attempt));
}

v1::ServiceDelivery delivery_to(const v1::DirectoryEntry* entry, const Stages& stages,
                                const Surroundings& surroundings) {
  v1::ServiceDelivery delivery;
  if (stages.written) *delivery.mutable_written() = core::to_timestamp(*stages.written);
  if (stages.received) *delivery.mutable_received() = core::to_timestamp(*stages.received);
  if (stages.acknowledged) *delivery.mutable_acknowledged() = core::to_timestamp(*stages.acknowledged);
  delivery.set_transport(std::string(transport_name(stages.transport)));
  delivery.set_acknowledged_by(stages.pseudonym);
  delivery.set_note(stages.note);
  if (entry == nullptr) return delivery;
  const v1::Service& service = entry->service();
  delivery.set_service_id(service.service_id());
  delivery.set_service_name(service.name());
  *delivery.mutable_areas() = service.areas();
  *delivery.mutable_roles() = service.roles();
  delivery.set_disabled(!entry->enabled());
  delivery.set_time_zone(service.time_zone());
  delivery.set_offline(surroundings.connected.count(service.service_id()) == 0);
  if (const auto opens = domain::closed_until(service, surroundings.now))
    *delivery.mutable_closed_until() = core::to_timestamp(*opens);
  return delivery;
}

}  // namespace

core::Result<v1::GetDeliveryResponse> get_delivery(const log::LogSnapshot& snapshot,
                                                   const ReceiptStore& receipts,
                                                   const domain::Principal& principal,
                                                   const v1::GetDeliveryRequest& request,
                                                   const Surroundings& surroundings) {
  const auto at = projections::find_alert(snapshot.rows(), request.alert_id());
  if (!at) return at.error();
  // Whom an alert reached is for its sender and for those who may view every alert.
  if (!at.value() ||
      !domain::may_view(principal, at.value()->alert, domain::ServiceSet(), domain::Directory())) {
    return projections::no_such_alert("alert_id");
  }
  const v1::Alert& alert = at.value()->alert;
  const auto carriers = carriers_of(snapshot, alert.alert_id(), request.version());
  if (!carriers) return carriers.error();
  const auto event = snapshot.read_header(carriers.value().made_by);
  if (!event) return event.error();
  const auto directory = projections::directory_as_of(snapshot, snapshot.head().seq);
  if (!directory) return directory.error();
  const auto escalations = escalations_by_service(snapshot, alert.alert_id());
  if (!escalations) return escalations.error();

  std::vector<v1::ServiceDelivery> found;
  core::Result<void> read;
  event.value().targets.for_each([&](core::ServiceNumber service) {
    if (!read) return;
    const v1::DirectoryEntry* const entry = directory.value().find(service);
    if (!stands_in_ledger(event.value().record.header.reach, entry)) return;
    const auto stages = stages_of(receipts, service, carriers.value());
    if (!stages) {
      read = stages.error();
      return;
    }
    found.push_back(delivery_to(entry, stages.value(), surroundings));
    const auto steps = escalations.value().find(service);
    if (steps != escalations.value().end())
      add_escalations(found.back(), carriers.value().version, steps->second);
  });
  GJALLAR_TRY(read);
  std::sort(found.begin(), found.end(), [](const v1::ServiceDelivery& a, const v1::ServiceDelivery& b) {
    if (a.has_received() != b.has_received()) return !a.has_received();
    return a.service_id() < b.service_id();
  });

  v1::GetDeliveryResponse response;
  response.set_alert_id(alert.alert_id());
  response.set_reference(alert.reference());
  response.set_status(alert.content().status());
  response.set_version(carriers.value().version);
  response.set_seq(carriers.value().made_by);
  *response.mutable_time() = core::to_timestamp(event.value().record.header.time);
  for (v1::ServiceDelivery& delivery : found)
    response.add_services()->Swap(&delivery);
  count_delivery(response);
  return response;
}

}  // namespace gjallar::receipts
