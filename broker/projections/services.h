#pragma once

#include <map>
#include <optional>
#include <string_view>

#include "broker/domain/directory.h"
#include "broker/log/event_log.h"
#include "gjallar/storage/v1/rows.pb.h"

/// Reading services from the column `directory`. Any thread.
namespace gjallar::projections {

/// The service after a record about a service. If the payload was destroyed, what the header and `before`
/// tell. `next_number` is for a first record without payload. DATA_CORRUPT if the payload can't be read or is
/// about another service.
[[nodiscard]] core::Result<gjallar::v1::DirectoryEntry> entry_after(const gjallar::v1::DirectoryEntry* before,
                                                                    core::ServiceNumber next_number,
                                                                    const log::Record& record);

/// One service at the rows' moment; empty if there is none.
[[nodiscard]] core::Result<std::optional<gjallar::storage::v1::ServiceRow>> find_service(
    const log::RowReader& rows, std::string_view service_id);
/// All services at the rows' moment.
[[nodiscard]] core::Result<domain::Directory> directory_at(const log::RowReader& rows);
/// One service as it stood after `seq`; empty if it wasn't registered then.
[[nodiscard]] core::Result<std::optional<gjallar::v1::DirectoryEntry>> service_as_of(
    const log::LogSnapshot& snapshot, std::string_view service_id, core::Seq seq);

}  // namespace gjallar::projections
