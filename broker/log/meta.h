#pragma once

#include <optional>

#include "broker/log/chain.h"
#include "broker/log/rows.h"

namespace gjallar::log {

/// Version of the data folder as a whole, and the oldest that this version brings up to it;
/// docs/log-format.md.
inline constexpr std::uint32_t kFolderFormat = 2;
inline constexpr std::uint32_t kFolderFormatOldest = 1;

/// What column `meta` says.
struct Meta {
  std::uint32_t format = kFolderFormat;
  core::LogId log_id;
  core::Digest secret{};  ///< key of the command digests; never leaves the folder
  Head head;              ///< must agree with the last event
};

/// Writes everything, for a new log.
void put_meta(const Meta& meta, RowWriter& rows);
/// Says that the folder has the present format.
void put_format(RowWriter& rows);
/// Writes the head alone; part of every batch.
void put_head(const Head& head, RowWriter& rows);

/// Nothing if the folder is new. DATA_CORRUPT, or UNSUPPORTED if a newer version wrote it.
[[nodiscard]] core::Result<std::optional<Meta>> read_meta(const RowReader& rows);
[[nodiscard]] core::Result<Head> read_head(const RowReader& rows);

/// The row `head` is one truth and the last events are the other: DATA_CORRUPT if they differ or the last
/// events don't follow from each other.
[[nodiscard]] core::Result<void> check_tail(const Head& head, const RowReader& rows);

}  // namespace gjallar::log
