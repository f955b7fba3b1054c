// The receipts' rows folded anew from the stream: into shadow rows, slice by slice, and compared with the
// live ones a slice at a time, while receipts wait for that slice alone.
#include <rocksdb/write_batch.h>

#include <array>
#include <thread>

#include "broker/log/rocks_store.h"
#include "broker/receipts/receipt_rows.h"
#include "broker/receipts/receipt_stream.h"
#include "broker/receipts/rocks_receipt_store.h"

namespace gjallar::receipts {
namespace {

/// First letters of the rows that are folded from the stream.
constexpr std::array<char, 3> kFolded{'c', 'l', 's'};
/// Rows changed by one slice of the fold.
constexpr std::size_t kShadowRowsMax = 16'384;

/// Shadow rows need not outlive a crash.
rocksdb::WriteOptions unlogged() {
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  return options;
}

core::Result<void> stored_if(const rocksdb::Status& status) {
  return status.ok() ? core::Result<void>() : core::Result<void>(log::storage_error(status));
}

/// Rows in order from a key on, up to the end of its letter; `prefix` stands before each key.
class Walk {
 public:
  Walk(rocksdb::DB& db, const std::string& prefix, const std::string& from)
      : prefix_(prefix),
        end_(prefix + std::string(1, static_cast<char>(from[0] + 1))),
        row_(db.NewIterator(rocksdb::ReadOptions())) {
    row_->Seek(prefix + from);
  }
  [[nodiscard]] bool there() const { return row_->Valid() && row_->key().ToStringView() < end_; }
  [[nodiscard]] std::string key() const { return row_->key().ToString().substr(prefix_.size()); }
  [[nodiscard]] std::string value() const { return row_->value().ToString(); }
  [[nodiscard]] rocksdb::Status status() const { return row_->status(); }
  void next() { row_->Next(); }

 private:
  const std::string prefix_;
  const std::string end_;
  std::unique_ptr<rocksdb::Iterator> row_;
};

}  // namespace

struct RocksReceiptStore::Refolding {
  explicit Refolding(const log::EventLog& log) : expansion(log) {}

  std::uint64_t opened = 0;  ///< of the folder that it works on
  std::uint64_t folded = 0;  ///< n of the last receipt in the shadow
  Expansion expansion;
  std::size_t letter = 0;  ///< of kFolded, which is compared
  std::string next{kFolded[0]};
  RefoldReport report;
};

core::Result<void> RocksReceiptStore::still_open(const Refolding& refolding) const {
  if (db_ && opened_ == refolding.opened && !failed_) return {};
  return core::make_error(v1::ERROR_CODE_UNAVAILABLE, "", "The receipts' disk failed meanwhile.",
                          "See to the disk, then try again.");
}

core::Result<void> RocksReceiptStore::drop_shadow(const Refolding& refolding) const {
  const std::shared_lock reading(db_mutex_);
  GJALLAR_TRY(still_open(refolding));
  return stored_if(db_->DeleteRange(unlogged(), db_->DefaultColumnFamily(), rows::shadow_key(""), "y"));
}

core::Result<bool> RocksReceiptStore::fold_slice(Refolding& refolding) const {
  const std::shared_lock reading(db_mutex_);
  GJALLAR_TRY(still_open(refolding));
  ReceiptMerge merge([this](const std::string& key) -> core::Result<std::optional<std::string>> {
    std::string value;
    const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), rows::shadow_key(key), &value);
    if (status.IsNotFound()) return std::optional<std::string>();
    if (!status.ok()) return log::storage_error(status);
    return std::optional(std::move(value));
  });
  const std::unique_ptr<rocksdb::Iterator> row(db_->NewIterator(rocksdb::ReadOptions()));
  row->Seek(rows::stream_key(refolding.folded + 1));
  bool more = false;
  for (std::size_t looked = 0; row->Valid(); row->Next()) {
    const auto n = rows::parse_stream_key(row->key().ToStringView());
    if (!n) break;
    more = looked++ >= core::limits::kBulkSliceRecords || merge.changed().size() >= kShadowRowsMax;
    if (more) break;
    const auto receipt = decode_receipt(row->value().ToStringView());
    if (!receipt || *n != refolding.folded + 1) {
      return core::make_error(v1::ERROR_CODE_DATA_CORRUPT, "", "The stream of receipts can't be read whole.",
                              "Restore the receipts' folder from its backup.");
    }
    GJALLAR_TRY(merge.fold(*receipt, refolding.expansion));
    refolding.folded = *n;
    ++refolding.report.receipts;
  }
  GJALLAR_TRY(stored_if(row->status()));
  refolding.expansion.rest();
  rocksdb::WriteBatch batch;
  for (const auto& changed : merge.changed())
    GJALLAR_TRY(stored_if(batch.Put(rows::shadow_key(changed.first), changed.second)));
  GJALLAR_TRY(stored_if(db_->Write(unlogged(), &batch)));
  return more;
}

core::Result<bool> RocksReceiptStore::compare_slice(Refolding& refolding) {
  const std::lock_guard merging(merge_mutex_);
  for (bool more = true; more;) {  // what has come since: little
    const auto folded = fold_slice(refolding);
    if (!folded) return folded.error();
    more = folded.value();
  }
  const std::shared_lock reading(db_mutex_);
  GJALLAR_TRY(still_open(refolding));
  Walk live(*db_, "", refolding.next);
  Walk shadow(*db_, rows::shadow_key(""), refolding.next);
  rocksdb::WriteBatch mended;
  for (std::size_t looked = 0; looked < core::limits::kBulkSliceRecords; ++looked) {
    if (!live.there() && !shadow.there()) break;
    const bool has_live = live.there() && (!shadow.there() || live.key() <= shadow.key());
    const bool has_shadow = shadow.there() && (!live.there() || shadow.key() <= live.key());
    const std::string key = has_live ? live.key() : shadow.key();
    if (has_shadow) ++refolding.report.rows;
    if (!has_shadow) GJALLAR_TRY(stored_if(mended.Delete(key)));
    if (has_shadow && (!has_live || live.value() != shadow.value()))
      GJALLAR_TRY(stored_if(mended.Put(key, shadow.value())));
    if (has_live) live.next();
    if (has_shadow) shadow.next();
    refolding.next = key + '\0';
  }
  GJALLAR_TRY(stored_if(live.status()));
  GJALLAR_TRY(stored_if(shadow.status()));
  refolding.report.differences += static_cast<std::uint64_t>(mended.Count());
  if (mended.Count() > 0) {
    rocksdb::WriteOptions synced;
    synced.sync = true;
    GJALLAR_TRY(stored_if(db_->Write(synced, &mended)));
  }
  if (live.there() || shadow.there()) return true;
  if (++refolding.letter == kFolded.size()) return false;
  refolding.next = std::string(1, kFolded[refolding.letter]);
  return true;
}

core::Result<RefoldReport> RocksReceiptStore::refold() {
  const std::lock_guard one(refold_mutex_);
  Refolding refolding(log_);
  {
    const std::shared_lock reading(db_mutex_);
    refolding.opened = opened_;
  }
  GJALLAR_TRY(drop_shadow(refolding));  // of one that a crash cut short
  const auto all = [&refolding](const auto& slice) -> core::Result<void> {
    for (bool more = true; more;) {
      const auto done = slice(refolding);
      if (!done) return done.error();
      more = done.value();
      std::this_thread::yield();
    }
    return {};
  };
  auto folded = all([this](Refolding& at) { return fold_slice(at); });
  if (folded) folded = all([this](Refolding& at) { return compare_slice(at); });
  const auto dropped = drop_shadow(refolding);
  if (!folded) return folded.error();
  if (!dropped) return dropped.error();
  return refolding.report;
}

}  // namespace gjallar::receipts
