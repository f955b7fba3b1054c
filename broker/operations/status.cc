#include "broker/operations/status.h"

#include <string>

#include "broker/operations/version.h"
#include "broker/projections/alerts.h"

namespace gjallar::operations {

StatusReporter::StatusReporter(const log::EventLog& log, const projections::LiveDirectory& directory,
                               const receipts::ReceiptStore& receipts, const fanout::Hub& hub,
                               const admission::Expirer& expirer, const Health& health,
                               core::WallTime started)
    : log_(log),
      directory_(directory),
      receipts_(receipts),
      hub_(hub),
      expirer_(expirer),
      health_(health),
      started_(started) {}

std::uint64_t StatusReporter::live_alerts() const {
  const std::lock_guard lock(mutex_);
  if (log_.head().seq == counted_at_) return counted_;
  const auto snapshot = log_.snapshot();
  std::uint64_t count = 0;
  const auto visited = projections::for_each_live(snapshot->rows(), [&count](const projections::AlertAt&) {
    ++count;
    return true;
  });
  if (visited) {
    counted_at_ = snapshot->head().seq;
    counted_ = count;
  }
  return count;
}

v1::GetStatusResponse StatusReporter::report() const {
  v1::GetStatusResponse status;
  const log::Head head = log_.head();
  status.set_log_id(log_.id().value());
  status.set_head_seq(head.seq);
  status.set_head_hash(std::string(core::as_view(head.hash)));
  status.set_live_alerts(live_alerts());
  status.set_services(directory_.now()->enabled_count());
  const fanout::HubStatistics statistics = hub_.statistics();
  status.set_sessions(statistics.sessions);
  for (const std::string& service : statistics.connected_services)
    status.add_connected_services(service);
  status.set_commands_waiting(log_.waiting());
  *status.mutable_started() = core::to_timestamp(started_);
  status.set_version(std::string(kVersion));
  const std::string log_finding = log_.finding();
  const std::string receipts_finding = receipts_.finding();
  status.set_ready(health_.ready() && log_finding.empty() && receipts_finding.empty());
  if (!health_.ready())
    status.add_findings("The broker is " + std::string(phase_name(health_.phase())) + ".");
  if (!log_finding.empty()) status.add_findings(log_finding);
  if (!receipts_finding.empty()) status.add_findings(receipts_finding);
  if (const std::string finding = expirer_.finding(); !finding.empty()) status.add_findings(finding);
  return status;
}

}  // namespace gjallar::operations
