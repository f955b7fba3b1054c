#pragma once

#include <mutex>

#include "broker/admission/admission.h"
#include "broker/core/clock.h"
#include "broker/fanout/hub.h"
#include "broker/log/event_log.h"
#include "broker/operations/health.h"
#include "broker/projections/live_directory.h"
#include "broker/receipts/receipt_store.h"
#include "gjallar/v1/operator_service.pb.h"

namespace gjallar::operations {

/// Answers GetStatus. The live alerts are counted once a head. Any thread; all must outlive it.
class StatusReporter {
 public:
  StatusReporter(const log::EventLog& log, const projections::LiveDirectory& directory,
                 const receipts::ReceiptStore& receipts, const fanout::Hub& hub,
                 const admission::Expirer& expirer, const Health& health, core::WallTime started);
  [[nodiscard]] gjallar::v1::GetStatusResponse report() const;

 private:
  [[nodiscard]] std::uint64_t live_alerts() const;

  const log::EventLog& log_;
  const projections::LiveDirectory& directory_;
  const receipts::ReceiptStore& receipts_;
  const fanout::Hub& hub_;
  const admission::Expirer& expirer_;
  const Health& health_;
  const core::WallTime started_;
  mutable std::mutex mutex_;
  mutable core::Seq counted_at_ = 0;
  mutable std::uint64_t counted_ = 0;
};

}  // namespace gjallar::operations
