#include "broker/log/rocks_store.h"

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <system_error>
#include <vector>

#include "broker/log/engine_logger.h"
#include "broker/log/wal_check.h"

namespace gjallar::log {
namespace v1 = gjallar::v1;
namespace {

constexpr std::size_t kKiB = 1024;
constexpr std::size_t kMiB = kKiB * 1024;
constexpr std::size_t kBlockCacheBytes = 64 * kMiB;
constexpr std::size_t kMemtableBytes = 16 * kMiB;
constexpr std::size_t kAllMemtablesBytes = 64 * kMiB;
constexpr std::size_t kWalBytes = 64 * kMiB;
constexpr std::size_t kOrderedBlockBytes = 16 * kKiB;
constexpr int kOpenFilesMax = 1'000;
/// What tells the kinds of rows of column `view` apart, and countries: the rows of one kind come in their
/// order.
constexpr std::size_t kViewKindBytes = 4;

rocksdb::DBOptions database_options(RocksStore::Mode mode) {
  rocksdb::DBOptions options;
  options.create_if_missing = mode != RocksStore::Mode::kReadOnly;
  options.create_missing_column_families = options.create_if_missing;
  options.paranoid_checks = true;
  // The default mode opens with what stands before a flipped bit and drops the rest; and retries a failed
  // sync, after which nobody knows what is on the disk.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.track_and_verify_wals_in_manifest = true;
  options.max_bgerror_resume_count = 0;
  options.db_write_buffer_size = kAllMemtablesBytes;
  options.max_total_wal_size = kWalBytes;
  options.max_open_files = kOpenFilesMax;
  options.info_log = engine_logger();
  options.db_host_id.clear();  // else table files name the machine
  return options;
}

/// Columns that are read from one seq to another. Bigger blocks make that cheaper; what looks up a single row
/// reads more for it.
bool is_read_in_order(Column column) {
  return column == Column::kEvent || column == Column::kPayload;
}

rocksdb::ColumnFamilyOptions column_options(const std::shared_ptr<rocksdb::Cache>& cache, bool in_order) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  if (in_order) table.block_size = kOrderedBlockBytes;
  // Debian builds the engine without the processor's CRC32C: checking a header cost as much as reading it.
  // Each table file names its own, so older ones are read as they were written.
  table.checksum = rocksdb::ChecksumType::kXXH3;
  table.format_version = 5;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.write_buffer_size = kMemtableBytes;
  options.compression = rocksdb::CompressionType::kNoCompression;
  // Most keys asked for are not there: idempotency keys that are new.
  options.memtable_prefix_bloom_size_ratio = 0.02;
  options.memtable_whole_key_filtering = true;
  options.paranoid_file_checks = true;
  options.force_consistency_checks = true;
  return options;
}

/// The first table file that can't be opened by itself; empty if all can. Some of the engine's words about a
/// table name the manifest instead.
std::string damaged_table(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> tables;
  std::error_code failed;
  for (std::filesystem::directory_iterator entry(directory, failed), end; entry != end;
       entry.increment(failed)) {
    if (entry->path().extension() == ".sst") tables.push_back(entry->path());
  }
  std::sort(tables.begin(), tables.end());
  for (const auto& table : tables) {
    rocksdb::SstFileReader reader{rocksdb::Options()};
    if (!reader.Open(table.string()).ok()) return table.filename().string();
  }
  return {};
}

/// Of column `view`: an alert writes one row of many kinds, each next to that of the alert before. The place
/// of each is remembered, where one place for all of them would be looked for anew each time.
rocksdb::ColumnFamilyOptions view_options(rocksdb::ColumnFamilyOptions options) {
  options.memtable_insert_with_hint_prefix_extractor.reset(rocksdb::NewCappedPrefixTransform(kViewKindBytes));
  return options;
}

core::Error open_error(const std::filesystem::path& directory, const rocksdb::Status& status) {
  const auto words = status.ToString();
  if (status.IsIOError() && (words.find("lock hold") != std::string::npos ||
                             words.find("LOCK: Resource temporarily") != std::string::npos)) {
    return core::make_error(v1::ERROR_CODE_UNAVAILABLE, "",
                            fmt::format("Another broker holds the data folder {}.", directory.string()),
                            "Stop it first, or give this one a data folder of its own.");
  }
  if (status.IsInvalidArgument() && words.find("olumn famil") != std::string::npos) {
    return core::make_error(
        v1::ERROR_CODE_UNSUPPORTED, "",
        fmt::format("The data folder {} was written by a newer version, or by another program.",
                    directory.string()),
        "Run the version that wrote it.");
  }
  auto error = storage_error(status);
  if (status.IsCorruption() && words.find(".sst") == std::string::npos) {
    if (const std::string table = damaged_table(directory); !table.empty())
      error.message += fmt::format(" (table file {})", table);
  }
  if (error.message.find(directory.string()) == std::string::npos) {
    error.message += fmt::format(" (data folder {})", directory.string());
  }
  return error;
}

}  // namespace

core::Error storage_error(const rocksdb::Status& status) {
  const bool corrupt = status.IsCorruption();
  return core::make_error(corrupt ? v1::ERROR_CODE_DATA_CORRUPT : v1::ERROR_CODE_UNAVAILABLE, "",
                          fmt::format("The storage engine says: {}.", status.ToString()),
                          corrupt ? "Don't delete anything: copy the data folder and restore a backup."
                                  : "See to the disk, then start the broker again.");
}

core::Result<std::unique_ptr<RocksStore>> RocksStore::open(const std::filesystem::path& directory,
                                                           Mode mode) {
  std::error_code failed;
  if (mode == Mode::kScratch) std::filesystem::remove_all(directory, failed);
  if (mode == Mode::kReadOnly && !std::filesystem::exists(directory / "CURRENT", failed)) {
    GJALLAR_TRY(check_log_files(directory));
    return core::make_error(v1::ERROR_CODE_NOT_FOUND, "",
                            fmt::format("There is no log in the folder {}.", directory.string()),
                            "Give the data folder of a broker.");
  }
  if (mode != Mode::kReadOnly) std::filesystem::create_directories(directory, failed);
  if (failed) {
    return core::make_error(
        v1::ERROR_CODE_UNAVAILABLE, "",
        fmt::format("The folder {} can't be made: {}.", directory.string(), failed.message()),
        "Give a folder that the broker may write to.");
  }
  GJALLAR_TRY(check_log_files(directory));

  const auto cache = rocksdb::NewLRUCache(kBlockCacheBytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (int i = 0; i < kColumnCount; ++i) {
    const auto column = static_cast<Column>(i);
    const auto options = column_options(cache, is_read_in_order(column));
    descriptors.emplace_back(std::string(column_name(column)),
                             column == Column::kView ? view_options(options) : options);
  }
  descriptors.emplace_back(rocksdb::kDefaultColumnFamilyName, column_options(cache, false));

  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const auto database = database_options(mode);
  const auto status =
      mode == Mode::kReadOnly
          ? rocksdb::DB::OpenForReadOnly(database, directory.string(), descriptors, &handles, &db)
          : rocksdb::DB::Open(database, directory.string(), descriptors, &handles, &db);
  if (!status.ok()) return open_error(directory, status);

  std::unique_ptr<RocksStore> store(new RocksStore(mode));
  store->db_.reset(db);
  for (std::size_t i = 0; i < kColumnCount; ++i)
    store->handles_[i] = handles[i];
  store->unused_ = handles.back();
  return store;
}

RocksStore::~RocksStore() {
  if (!db_) return;
  for (auto* handle : handles_)
    db_->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
  db_->DestroyColumnFamilyHandle(unused_).PermitUncheckedError();
  db_->Close().PermitUncheckedError();
}

core::Result<void> RocksStore::write(rocksdb::WriteBatch& batch) {
  rocksdb::WriteOptions options;
  options.sync = mode_ == Mode::kReadWrite;
  options.disableWAL = mode_ == Mode::kScratch;
  const auto status = db_->Write(options, &batch);
  if (!status.ok()) return storage_error(status);
  return {};
}

core::Result<void> RocksStore::check_files() const {
  GJALLAR_TRY(check_log_files(db_->GetName()));  // the engine checks its tables only
  const auto status = db_->VerifyChecksum(rocksdb::ReadOptions());
  if (!status.ok()) return storage_error(status);
  return {};
}

}  // namespace gjallar::log
