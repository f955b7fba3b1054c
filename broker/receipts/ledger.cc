#include "broker/receipts/ledger.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "broker/domain/decide.h"
#include "broker/projections/alerts.h"
#include "broker/projections/history.h"
#include "broker/projections/viewer.h"

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
    keep_first(out.acknowledged, stages.value().acknowledged);
    if (out.transport == TransportKind::kUnknown) out.transport = stages.value().transport;
  }
  // Who confirmed it has it, whichever program fetched it.
  keep_first(out.received, out.received ? std::nullopt : out.acknowledged);
  return out;
}

v1::ServiceDelivery delivery_to(const v1::DirectoryEntry* entry, const Stages& stages) {
  v1::ServiceDelivery delivery;
  if (entry != nullptr) {
    delivery.set_service_id(entry->service().service_id());
    delivery.set_service_name(entry->service().name());
  }
  if (stages.written) *delivery.mutable_written() = core::to_timestamp(*stages.written);
  if (stages.received) *delivery.mutable_received() = core::to_timestamp(*stages.received);
  if (stages.acknowledged) *delivery.mutable_acknowledged() = core::to_timestamp(*stages.acknowledged);
  delivery.set_transport(std::string(transport_name(stages.transport)));
  return delivery;
}

}  // namespace

core::Result<v1::GetDeliveryResponse> get_delivery(const log::LogSnapshot& snapshot,
                                                   const ReceiptStore& receipts,
                                                   const domain::Principal& principal,
                                                   const v1::GetDeliveryRequest& request) {
  const auto at = projections::find_alert(snapshot.rows(), request.alert_id());
  if (!at) return at.error();
  // Whom an alert reached is for its sender and for those who may view every alert.
  if (!at.value() ||
      !domain::may_view(principal, at.value()->alert, domain::ServiceSet(), domain::Directory())) {
    return projections::no_such_alert("alert_id");
  }
  const std::string& alert_id = at.value()->alert.alert_id();
  const auto carriers = carriers_of(snapshot, alert_id, request.version());
  if (!carriers) return carriers.error();
  const auto event = snapshot.read_header(carriers.value().made_by);
  if (!event) return event.error();
  const auto directory = projections::directory_as_of(snapshot, snapshot.head().seq);
  if (!directory) return directory.error();

  std::vector<v1::ServiceDelivery> found;
  core::Result<void> read;
  event.value().targets.for_each([&](core::ServiceNumber service) {
    if (!read) return;
    const auto stages = stages_of(receipts, service, carriers.value());
    if (!stages) {
      read = stages.error();
      return;
    }
    found.push_back(delivery_to(directory.value().find(service), stages.value()));
  });
  GJALLAR_TRY(read);
  std::sort(found.begin(), found.end(), [](const v1::ServiceDelivery& a, const v1::ServiceDelivery& b) {
    if (a.has_received() != b.has_received()) return !a.has_received();
    return a.service_id() < b.service_id();
  });

  v1::GetDeliveryResponse response;
  response.set_alert_id(alert_id);
  response.set_version(carriers.value().version);
  response.set_seq(carriers.value().made_by);
  *response.mutable_time() = core::to_timestamp(event.value().record.header.time);
  for (v1::ServiceDelivery& delivery : found) {
    if (!delivery.has_received()) response.set_not_received(response.not_received() + 1);
    response.add_services()->Swap(&delivery);
  }
  return response;
}

}  // namespace gjallar::receipts
