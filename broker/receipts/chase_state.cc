#include "broker/receipts/chase_state.h"

#include <algorithm>
#include <utility>

#include "broker/projections/alerts.h"
#include "broker/projections/history.h"

namespace gjallar::receipts {

core::Result<std::optional<ChasedAlert>> read_chased(const log::LogSnapshot& snapshot,
                                                     const std::string& alert_id) {
  const auto at = projections::find_alert(snapshot.rows(), alert_id);
  if (!at) return at.error();
  if (!at.value()) return std::optional<ChasedAlert>();
  const v1::Alert& alert = at.value()->alert;
  ChasedAlert out;
  out.alert_id = alert.alert_id();
  out.status = alert.content().status();
  out.phase = alert.phase();
  out.level = alert.level();
  out.version = alert.version();
  const auto history = projections::history_of(snapshot.rows(), out.alert_id, 1, snapshot.head().seq);
  if (!history) return history.error();
  for (const projections::keys::History& row : history.value()) {
    ChaseEvent& event = out.events.emplace_back();
    event.seq = row.seq;
    event.version = row.version;
    event.type = row.type;
    if (!changes_alert(row.type)) continue;  // it carries the version, and starts nothing
    auto read = snapshot.read_header(row.seq);
    if (!read) return read.error();
    const log::Header& header = read.value().record.header;
    event.time = header.time;
    event.rings = header.rings;
    event.level = std::max(header.reach.before.level, header.reach.after.level);
    event.targets = std::move(read.value().targets);
  }
  return std::optional(std::move(out));
}

core::Result<ChaseProgress> progress_of(const ReceiptStore& receipts, const ChasedAlert& alert,
                                        core::ServiceNumber service) {
  ChaseProgress progress;
  for (auto event = alert.events.rbegin(); event != alert.events.rend(); ++event) {
    const auto stages = receipts.stages(service, event->seq);
    if (!stages) return stages.error();
    const bool acknowledged = stages.value().acknowledged.has_value();
    if (progress.received_seq == 0 && (acknowledged || stages.value().received)) {
      progress.received_seq = event->seq;
      progress.received = event->version;
    }
    if (!acknowledged) continue;
    progress.acknowledged = event->version;
    break;  // it has received that as well
  }
  return progress;
}

}  // namespace gjallar::receipts
