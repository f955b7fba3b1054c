#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/core/clock.h"
#include "broker/domain/directory.h"
#include "broker/domain/service_set.h"
#include "broker/log/event_log.h"
#include "gjallar/v1/alert.pb.h"

namespace gjallar::projections {

/// An alert as it stands at some seq.
struct AlertAt {
  gjallar::v1::Alert alert;
  core::Seq seq = 0;            ///< of its last event up to then
  domain::ServiceSet targeted;  ///< every service that any event up to then concerned
};

/// By id or reference (any spelling of it), at the rows' moment. Empty if there is none.
[[nodiscard]] core::Result<std::optional<AlertAt>> find_alert(const log::RowReader& rows,
                                                              std::string_view id_or_reference);
/// The id of an alert by id or reference; empty if there is none.
[[nodiscard]] core::Result<std::optional<std::string>> find_alert_id(const log::RowReader& rows,
                                                                     std::string_view id_or_reference);
/// Visits all live alerts at the rows' moment, by id.
[[nodiscard]] core::Result<void> for_each_live(const log::RowReader& rows,
                                               const std::function<bool(const AlertAt&)>& visit);
/// Live alerts that stand for one service at the rows' moment (its enabled profile matches, or they name it),
/// urgent first.
[[nodiscard]] core::Result<std::vector<AlertAt>> live_alerts_for(const log::RowReader& rows,
                                                                 const gjallar::v1::DirectoryEntry& service);
/// Ids of live alerts whose time is over at `now`, at most `max`, earliest first.
[[nodiscard]] core::Result<std::vector<std::string>> due_to_expire(const log::RowReader& rows,
                                                                   core::WallTime now, std::size_t max);
/// When the next live alert expires; empty if none will.
[[nodiscard]] core::Result<std::optional<core::WallTime>> next_expiry(const log::RowReader& rows);
/// Ids of live alerts whose sender's service is to be asked about the expiry at `now`, at most `max`,
/// earliest first.
[[nodiscard]] core::Result<std::vector<std::string>> due_to_ask(const log::RowReader& rows,
                                                                core::WallTime now, std::size_t max);
/// When the next such question is due; empty if none is.
[[nodiscard]] core::Result<std::optional<core::WallTime>> next_question(const log::RowReader& rows);

// --- as of a past moment ---

/// Seq of the last event at or before `time`; 0 if there is none.
[[nodiscard]] core::Result<core::Seq> seq_at(const log::LogSnapshot& snapshot, core::WallTime time);
[[nodiscard]] core::Result<std::optional<AlertAt>> alert_as_of(const log::LogSnapshot& snapshot,
                                                               std::string_view alert_id, core::Seq seq);
[[nodiscard]] core::Result<domain::Directory> directory_as_of(const log::LogSnapshot& snapshot,
                                                              core::Seq seq);
/// The seq of the event that made a version of an alert; 0 version: the current one. Empty if there is none.
[[nodiscard]] core::Result<std::optional<core::Seq>> seq_of_version(const log::RowReader& rows,
                                                                    std::string_view alert_id,
                                                                    core::Version version);

}  // namespace gjallar::projections
