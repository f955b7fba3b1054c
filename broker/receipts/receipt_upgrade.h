#pragma once

#include <rocksdb/db.h>

#include <string_view>

#include "broker/core/result.h"

namespace gjallar::receipts {

/// Rows that are the fold of a stream. Format "1" had the rows alone.
inline constexpr std::string_view kStreamFormat = "2";

/// Makes what a store of format "1" holds the beginning of its stream, and gives a new store its broker id.
/// May be repeated after a crash. Before anything else reads or writes the store.
[[nodiscard]] core::Result<void> upgrade_to_stream(rocksdb::DB& db);

}  // namespace gjallar::receipts
