#pragma once

#include "broker/domain/principal.h"
#include "broker/log/event_log.h"
#include "broker/receipts/receipt_store.h"
#include "gjallar/v1/view_service.pb.h"

namespace gjallar::receipts {

/// Ledger = fold(log, receipts): who has one version of an alert and who hasn't, exactly targeted − received.
/// For the alert's sender, and principals that may view any alert. NOT_FOUND for others.
[[nodiscard]] core::Result<gjallar::v1::GetDeliveryResponse> get_delivery(
    const log::LogSnapshot& snapshot, const ReceiptStore& receipts, const domain::Principal& principal,
    const gjallar::v1::GetDeliveryRequest& request);

}  // namespace gjallar::receipts
