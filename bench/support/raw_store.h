#pragma once

#include <rocksdb/db.h>

#include <filesystem>
#include <memory>
#include <string>

namespace gjallar::bench {

/// Bare RocksDB: the floor that the log is measured against.
class RawStore {
 public:
  explicit RawStore(const std::filesystem::path& folder);
  /// Synced puts of `bytes` each by `threads` threads, `count` in all; puts a second.
  double synced_puts(int threads, int count, std::size_t bytes);
  /// Reads everything once; records a second.
  double scan();

 private:
  std::unique_ptr<rocksdb::DB> db_;
  std::uint64_t next_ = 0;
};

}  // namespace gjallar::bench
