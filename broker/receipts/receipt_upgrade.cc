#include "broker/receipts/receipt_upgrade.h"

#include <rocksdb/write_batch.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "broker/core/identity.h"
#include "broker/core/random.h"
#include "broker/log/rocks_store.h"
#include "broker/receipts/receipt_rows.h"
#include "broker/receipts/receipt_stream.h"

namespace gjallar::receipts {
namespace {

constexpr std::size_t kUpgradeRowsMax = 4'096;

/// Writes a batch that has grown large enough, or the last one.
core::Result<void> write_when_large(rocksdb::DB& db, rocksdb::WriteBatch& batch, bool last) {
  if (!last && static_cast<std::size_t>(batch.Count()) < kUpgradeRowsMax) return {};
  rocksdb::WriteOptions synced;
  synced.sync = true;
  const rocksdb::Status written = db.Write(synced, &batch);
  batch.Clear();
  return written.ok() ? core::Result<void>() : core::Result<void>(log::storage_error(written));
}

/// The receipt that a row of format "1" tells of; empty for other rows.
std::optional<Receipt> receipt_of_row(std::string_view key, std::string_view value) {
  Receipt receipt;
  if (const auto stage = rows::parse_stage_key(key)) {
    const auto time = rows::decode_stage_time(value);
    if (!time) return std::nullopt;
    receipt.service = stage->service;
    receipt.stage = stage->stage;
    receipt.seqs = {stage->seq};
    receipt.time = time->time;
    receipt.transport = time->transport;
    return receipt;
  }
  const auto position = rows::decode_seq(value);
  if (key.size() < 5 || key[0] != 'c' || !position) return std::nullopt;
  receipt.service = static_cast<core::ServiceNumber>(rows::big_endian(key.substr(1, 4)));
  receipt.client_id = std::string(key.substr(5));
  receipt.after = receipt.up_to = *position;
  return receipt;
}

core::Result<void> make_stream(rocksdb::DB& db) {
  const std::unique_ptr<rocksdb::Iterator> row(db.NewIterator(rocksdb::ReadOptions()));
  rocksdb::WriteBatch batch;
  std::map<std::string, core::WallTime> last;
  std::uint64_t n = 0;
  for (row->SeekToFirst(); row->Valid(); row->Next()) {
    const auto receipt = receipt_of_row(row->key().ToStringView(), row->value().ToStringView());
    if (!receipt) continue;
    rocksdb::Status put = batch.Put(rows::stream_key(++n), encode_receipt(*receipt));
    if (!put.ok()) return log::storage_error(put);
    if (!receipt->seqs.empty() && receipt->stage != Stage::kWritten) {
      core::WallTime& time =
          last.try_emplace(rows::last_key(receipt->service, receipt->stage), receipt->time).first->second;
      time = std::max(time, receipt->time);
    }
    GJALLAR_TRY(write_when_large(db, batch, false));
  }
  if (!row->status().ok()) return log::storage_error(row->status());
  for (const auto& entry : last) {
    const rocksdb::Status put = batch.Put(entry.first, rows::encode(entry.second));
    if (!put.ok()) return log::storage_error(put);
  }
  const rocksdb::Status put = batch.Put(rows::meta_key("format"), std::string(kStreamFormat));
  if (!put.ok()) return log::storage_error(put);
  return write_when_large(db, batch, true);
}

}  // namespace

core::Result<void> upgrade_to_stream(rocksdb::DB& db) {
  std::string held;
  const rocksdb::Status format = db.Get(rocksdb::ReadOptions(), rows::meta_key("format"), &held);
  if (!format.ok() && !format.IsNotFound()) return log::storage_error(format);
  if (format.ok() && held == "1") GJALLAR_TRY(make_stream(db));
  const rocksdb::Status named = db.Get(rocksdb::ReadOptions(), rows::meta_key("broker"), &held);
  if (named.ok()) return {};
  if (!named.IsNotFound()) return log::storage_error(named);
  core::SystemRandom random;
  rocksdb::WriteBatch batch;
  const rocksdb::Status put = batch.Put(rows::meta_key("broker"), core::new_log_id(random).value());
  if (!put.ok()) return log::storage_error(put);
  return write_when_large(db, batch, true);
}

}  // namespace gjallar::receipts
