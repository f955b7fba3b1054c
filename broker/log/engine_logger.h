#pragma once

#include <rocksdb/env.h>

#include <memory>

namespace gjallar::log {

/// Where the storage engine writes its own messages: warnings and errors go to the broker's log, the rest
/// nowhere. Not RocksDB's own logger, which writes to a file beside the data and, as Debian builds it, aborts
/// the process when the disk is full. Any thread.
[[nodiscard]] std::shared_ptr<rocksdb::Logger> engine_logger();

}  // namespace gjallar::log
