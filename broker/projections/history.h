#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "broker/log/rows.h"
#include "broker/projections/row_keys.h"

namespace gjallar::projections {

/// An alert's events with from <= seq <= to, in order. DATA_CORRUPT if a row can't be read.
[[nodiscard]] core::Result<std::vector<keys::History>> history_of(const log::RowReader& rows,
                                                                  std::string_view alert_id, core::Seq from,
                                                                  core::Seq to);
/// An alert's last event at or before `seq`; empty if it had none then.
[[nodiscard]] core::Result<std::optional<keys::History>> last_event_of(const log::RowReader& rows,
                                                                       std::string_view alert_id,
                                                                       core::Seq seq);

/// The seq by which a receiver confirms an alert as it stood after `seq`: of its last event up to then that
/// was for everyone whom the alert concerned, not for some alone (a notice, an escalation).
[[nodiscard]] core::Result<core::Seq> last_shared_seq(const log::RowReader& rows, std::string_view alert_id,
                                                      core::Seq seq);

}  // namespace gjallar::projections
