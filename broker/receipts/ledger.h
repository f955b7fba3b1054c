#pragma once

#include <set>
#include <string>

#include "broker/core/clock.h"
#include "broker/domain/principal.h"
#include "broker/log/event_log.h"
#include "broker/receipts/receipt_store.h"
#include "gjallar/v1/view_service.pb.h"

namespace gjallar::receipts {

/// What the ledger must be told beside log and receipts.
struct Surroundings {
  core::WallTime now{};
  /// Ids of the services with a receiving session open.
  std::set<std::string> connected;
};

/// Ledger = fold(log, receipts): who has one version of an alert and who hasn't, exactly targeted − received.
/// Each version by itself: who received a later one alone stands as lacking the earlier. For the alert's
/// sender, and principals that may view any alert. NOT_FOUND for others. Reads the disk.
[[nodiscard]] core::Result<gjallar::v1::GetDeliveryResponse> get_delivery(
    const log::LogSnapshot& snapshot, const ReceiptStore& receipts, const domain::Principal& principal,
    const gjallar::v1::GetDeliveryRequest& request, const Surroundings& surroundings);

}  // namespace gjallar::receipts
