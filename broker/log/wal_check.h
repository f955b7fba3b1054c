#pragma once

#include <cstdint>
#include <filesystem>
#include <istream>
#include <optional>

#include "broker/core/result.h"

namespace gjallar::log {

/// Reads one file in RocksDB's log format (a WAL, or the MANIFEST) and checks every record. RocksDB's own
/// reader takes some flipped bits for the end of the file and drops every acknowledged event behind them
/// without a word: a type byte turned into a "recyclable" one anywhere, a length in the last 32 KiB. Here
/// only what a crash can leave is a legal end: nothing, a part of the last record, or zeros. May run while
/// the engine appends: what it has written of the last record so far is such a part, and a file that was
/// deleted meanwhile holds nothing any more. Errors: DATA_CORRUPT naming the file and the position.
[[nodiscard]] core::Result<void> check_log_file(const std::filesystem::path& file);

/// The same for the bytes of a file: where the damaged record begins, or nothing.
[[nodiscard]] std::optional<std::uint64_t> find_damage(std::istream& in);

/// Checks the MANIFEST in use and every WAL of a RocksDB folder. A folder without a CURRENT file that holds
/// data is damaged too: RocksDB would start a new, empty one in its place.
[[nodiscard]] core::Result<void> check_log_files(const std::filesystem::path& directory);

}  // namespace gjallar::log
