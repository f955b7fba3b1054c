#pragma once

#include <optional>
#include <string>

#include "broker/log/event_log.h"
#include "broker/receipts/chase.h"
#include "broker/receipts/receipt_store.h"

/// What chasing rests on, read from the log and the receipts. Any thread.
namespace gjallar::receipts {

/// The alert with all its events, without what it says; empty if there is none.
[[nodiscard]] core::Result<std::optional<ChasedAlert>> read_chased(const log::LogSnapshot& snapshot,
                                                                   const std::string& alert_id);
/// How far a service is: looks from the latest event back, and no further than it must.
[[nodiscard]] core::Result<ChaseProgress> progress_of(const ReceiptStore& receipts, const ChasedAlert& alert,
                                                      core::ServiceNumber service);

}  // namespace gjallar::receipts
