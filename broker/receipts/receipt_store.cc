#include "broker/receipts/receipt_store.h"

#include <rocksdb/options.h>

#include <system_error>

#include "broker/log/engine_logger.h"
#include "broker/log/rocks_store.h"
#include "broker/receipts/receipt_rows.h"
#include "broker/receipts/receipt_upgrade.h"
#include "broker/receipts/rocks_receipt_store.h"

namespace gjallar::receipts {
namespace {

rocksdb::Options options() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.paranoid_checks = true;
  // As the log's: RocksDB's default recovery drops synced rows silently after a flipped bit.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.track_and_verify_wals_in_manifest = true;
  options.max_bgerror_resume_count = 0;
  options.max_open_files = 256;
  options.info_log = log::engine_logger();
  return options;
}

/// Puts a fact into a new store; in an old one it must be the same.
core::Result<void> agree(rocksdb::DB& db, std::string_view name, std::string_view value,
                         std::string_view what) {
  const std::string key = rows::meta_key(name);
  std::string held;
  const rocksdb::Status read = db.Get(rocksdb::ReadOptions(), key, &held);
  if (read.IsNotFound()) {
    rocksdb::WriteOptions synced;
    synced.sync = true;
    const rocksdb::Status written = db.Put(synced, key, rocksdb::Slice(value.data(), value.size()));
    return written.ok() ? core::Result<void>() : core::Result<void>(log::storage_error(written));
  }
  if (!read.ok()) return log::storage_error(read);
  if (held == value) return {};
  return core::make_error(
      v1::ERROR_CODE_UNAVAILABLE, "", "The receipts' folder " + std::string(what) + ".",
      "Give the broker the receipts that belong to its log, or move the folder away to begin anew.");
}

core::Result<std::unique_ptr<rocksdb::DB>> open_rows(const std::filesystem::path& directory,
                                                     const core::LogId& log_id) {
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(options(), directory.string(), &opened);
  if (!status.ok()) return log::storage_error(status);
  std::unique_ptr<rocksdb::DB> db(opened);
  GJALLAR_TRY(upgrade_to_stream(*db));
  GJALLAR_TRY(agree(*db, "format", kStreamFormat, "has a format that this broker doesn't know"));
  GJALLAR_TRY(agree(*db, "log", log_id.value(), "belongs to another log"));
  return db;
}

}  // namespace

core::Result<std::unique_ptr<ReceiptStore>> open_receipt_store(const std::filesystem::path& directory,
                                                               const log::EventLog& log) {
  std::error_code failed;
  std::filesystem::create_directories(directory, failed);
  if (failed) {
    return core::make_error(v1::ERROR_CODE_UNAVAILABLE, "",
                            "The receipts' folder can't be made: " + failed.message() + ".",
                            "Check the data folder's owner and free space.");
  }
  const auto open = [directory, log_id = log.id()] { return open_rows(directory, log_id); };
  auto db = open();
  if (!db) return db.error();
  return std::unique_ptr<ReceiptStore>(std::make_unique<RocksReceiptStore>(std::move(db.value()), open, log));
}

}  // namespace gjallar::receipts
