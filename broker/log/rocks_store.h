#pragma once

#include <rocksdb/db.h>
#include <rocksdb/snapshot.h>

#include <array>
#include <filesystem>
#include <memory>

#include "broker/core/result.h"
#include "broker/log/rows.h"

namespace gjallar::log {

/// The engine's status as an error: DATA_CORRUPT or UNAVAILABLE, with its own words, which name the file.
[[nodiscard]] core::Error storage_error(const rocksdb::Status& status);

/// One RocksDB folder with a column family for each Column, opened so that damage is reported and never
/// repaired by dropping data. Any thread.
class RocksStore {
 public:
  enum class Mode {
    kReadWrite,  ///< creates the folder if it is missing; takes the lock
    kReadOnly,   ///< takes no lock, writes nothing
    kScratch,    ///< a new folder for a shadow copy; what is there is removed; not durable
  };

  /// Errors: DATA_CORRUPT naming the file; UNAVAILABLE if another process holds the folder or it can't be
  /// opened.
  [[nodiscard]] static core::Result<std::unique_ptr<RocksStore>> open(const std::filesystem::path& directory,
                                                                      Mode mode);
  ~RocksStore();
  RocksStore(const RocksStore&) = delete;
  RocksStore& operator=(const RocksStore&) = delete;

  [[nodiscard]] rocksdb::DB& db() const noexcept { return *db_; }
  [[nodiscard]] rocksdb::ColumnFamilyHandle* handle(Column column) const noexcept {
    return handles_[static_cast<std::size_t>(column)];
  }
  /// Writes a batch whole or not at all. Returns once it is synced, except to a scratch folder. After a
  /// failure it may still be there when the folder is opened again.
  [[nodiscard]] core::Result<void> write(rocksdb::WriteBatch& batch);
  /// Reads every block of every table file from the disk and checks it.
  [[nodiscard]] core::Result<void> check_files() const;

 private:
  explicit RocksStore(Mode mode) : mode_(mode) {}

  const Mode mode_;
  std::unique_ptr<rocksdb::DB> db_;
  std::array<rocksdb::ColumnFamilyHandle*, kColumnCount> handles_{};
  rocksdb::ColumnFamilyHandle* unused_ = nullptr;  ///< RocksDB's own "default"
};

/// A moment of a store; released with this object, which must not outlive the store.
class StoreSnapshot {
 public:
  explicit StoreSnapshot(const RocksStore& store) : store_(store), snapshot_(store.db().GetSnapshot()) {}
  ~StoreSnapshot() { store_.db().ReleaseSnapshot(snapshot_); }
  StoreSnapshot(const StoreSnapshot&) = delete;
  StoreSnapshot& operator=(const StoreSnapshot&) = delete;
  [[nodiscard]] const rocksdb::Snapshot* get() const noexcept { return snapshot_; }

 private:
  const RocksStore& store_;
  const rocksdb::Snapshot* snapshot_;
};

}  // namespace gjallar::log
