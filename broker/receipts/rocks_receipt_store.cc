#include "broker/receipts/rocks_receipt_store.h"

#include <rocksdb/write_batch.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "broker/log/rocks_store.h"
#include "broker/receipts/receipt_rows.h"
#include "broker/receipts/receipt_stream.h"

namespace gjallar::receipts {
namespace {

/// Items handled in one write.
constexpr std::size_t kGroupMax = 4'096;
/// Rows held back for one write.
constexpr std::size_t kRowsMax = 16'384;

}  // namespace

Receipt receipt_of(Written written, core::WallTime time) {
  Receipt receipt;
  receipt.service = written.service;
  receipt.stage = Stage::kWritten;
  receipt.seqs = std::move(written.seqs);
  receipt.time = time;
  receipt.transport = written.transport;
  return receipt;
}

RocksReceiptStore::RocksReceiptStore(std::unique_ptr<rocksdb::DB> db, Open open, const log::EventLog& log)
    : open_(std::move(open)),
      db_(std::move(db)),
      expansion_(log),
      log_(log),
      merge_([this](const std::string& key) { return read(key); }) {
  std::string id;
  if (db_->Get(rocksdb::ReadOptions(), rows::meta_key("broker"), &id).ok()) broker_id_ = id;
  const std::unique_ptr<rocksdb::Iterator> last(db_->NewIterator(rocksdb::ReadOptions()));
  last->SeekForPrev("s");  // behind the stream
  const auto n = last->Valid() ? rows::parse_stream_key(last->key().ToStringView()) : std::nullopt;
  next_n_ = n.value_or(0) + 1;
  written_up_to_ = next_n_ - 1;
  thread_ = std::thread([this] { run(); });
}

RocksReceiptStore::~RocksReceiptStore() {
  close();
}

bool RocksReceiptStore::record(Receipt receipt, std::function<void()> synced) {
  Item item{std::move(receipt), std::move(synced), false, {}};
  const std::lock_guard lock(mutex_);
  if (!queue_.try_push(item)) return false;
  ++recorded_;
  return true;
}

bool RocksReceiptStore::record_written(std::vector<Written> written, core::WallTime time) {
  if (written.empty()) return true;
  const std::size_t count = written.size();
  Item item;
  item.receipt.time = time;
  item.written = std::move(written);
  const std::lock_guard lock(mutex_);
  if (written_waiting_ + count > core::limits::kReceiptQueueMax || !queue_.try_push(item)) return false;
  written_waiting_ += count;
  ++recorded_;
  return true;
}

void RocksReceiptStore::flush() {
  std::unique_lock lock(mutex_);
  const std::uint64_t wanted = recorded_;
  flush_wanted_ = std::max(flush_wanted_, wanted);
  Item nudge{{}, {}, true, {}};
  if (queue_.try_push(nudge)) ++recorded_;  // a full queue keeps the thread awake anyway
  flushed_.wait(lock, [&] { return synced_ >= wanted || failed_ || closed_; });
}

core::Result<std::optional<std::string>> RocksReceiptStore::read(const std::string& key) const {
  std::string value;
  const std::shared_lock reading(db_mutex_);
  if (!db_) {
    return core::make_error(v1::ERROR_CODE_UNAVAILABLE, "", "The receipts can't be read now.",
                            "Try again; if it lasts, see to the disk.");
  }
  const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), key, &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return log::storage_error(status);
  return std::optional(std::move(value));
}

core::Result<Stages> RocksReceiptStore::stages(core::ServiceNumber service, core::Seq seq) const {
  Stages out;
  for (const Stage stage : {Stage::kWritten, Stage::kReceived, Stage::kAcknowledged}) {
    const auto bytes = read(rows::stage_key(service, seq, stage));
    if (!bytes) return bytes.error();
    if (!bytes.value()) continue;
    const auto value = rows::decode_stage_time(*bytes.value());
    if (!value)
      return core::make_error(v1::ERROR_CODE_DATA_CORRUPT, "", "A stored receipt can't be read.", "");
    if (stage == Stage::kWritten) out.written = value->time;
    if (stage == Stage::kReceived) out.received = value->time;
    if (stage == Stage::kAcknowledged) {
      out.acknowledged = value->time;
      out.pseudonym = value->pseudonym;
      out.note = value->note;
    }
    // In this order, so that the transport of the first received counts before that of the first written.
    if (stage != Stage::kAcknowledged || out.transport == TransportKind::kUnknown)
      out.transport = value->transport;
  }
  return out;
}

core::Result<core::Seq> RocksReceiptStore::received_up_to(core::ServiceNumber service,
                                                          std::string_view client_id) const {
  const auto bytes = read(rows::client_key(service, client_id));
  if (!bytes) return bytes.error();
  if (!bytes.value()) return core::Seq{0};
  const auto seq = rows::decode_seq(*bytes.value());
  if (!seq) return core::make_error(v1::ERROR_CODE_DATA_CORRUPT, "", "A stored position can't be read.", "");
  return *seq;
}

core::Result<LastReceipts> RocksReceiptStore::last_receipts(core::ServiceNumber service) const {
  LastReceipts out;
  for (const Stage stage : {Stage::kReceived, Stage::kAcknowledged}) {
    const auto bytes = read(rows::last_key(service, stage));
    if (!bytes) return bytes.error();
    if (!bytes.value()) continue;
    const auto time = rows::decode_time(*bytes.value());
    if (!time)
      return core::make_error(v1::ERROR_CODE_DATA_CORRUPT, "", "A stored receipt can't be read.", "");
    (stage == Stage::kReceived ? out.received : out.acknowledged) = *time;
  }
  return out;
}

core::Result<void> RocksReceiptStore::for_each(
    std::uint64_t from, const std::function<bool(std::uint64_t, const Receipt&)>& visit) const {
  for (std::uint64_t n = std::max<std::uint64_t>(from, 1);; ++n) {
    const auto bytes = read(rows::stream_key(n));
    if (!bytes) return bytes.error();
    if (!bytes.value()) return {};
    const auto receipt = decode_receipt(*bytes.value());
    if (!receipt)
      return core::make_error(v1::ERROR_CODE_DATA_CORRUPT, "", "A stored receipt can't be read.", "");
    if (!visit(n, *receipt)) return {};
  }
}

std::string RocksReceiptStore::finding() const {
  const std::lock_guard lock(mutex_);
  return finding_;
}

void RocksReceiptStore::close() {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    stopping_ = true;
  }
  closing_.notify_all();
  queue_.close();
  if (thread_.joinable()) thread_.join();
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  flushed_.notify_all();
}

void RocksReceiptStore::run() {
  bool open = true;
  while (open || !unfinished_.empty()) {
    if (failed_) {
      if (!retry()) break;
      continue;
    }
    std::vector<Item> items;
    bool flushing = false;
    {
      const std::lock_guard lock(mutex_);
      flushing = flush_wanted_ > synced_;
    }
    // While a flush waits for long ranges, nothing new is taken up.
    if (open && !(flushing && !unfinished_.empty())) {
      auto until = core::SteadyTime::max();
      if (!unfinished_.empty()) until = std::chrono::steady_clock::now();
      if (due()) until = std::min(until, last_sync_ + core::limits::kReceiptSyncInterval);
      open = queue_.pop_group(items, kGroupMax, until);
    }
    handle(items);
    const auto now = std::chrono::steady_clock::now();
    {
      const std::lock_guard lock(mutex_);
      flushing = flush_wanted_ > synced_;
    }
    if (flushing || !open || (due() && now >= last_sync_ + core::limits::kReceiptSyncInterval)) sync();
  }
  sync();
}

void RocksReceiptStore::handle(std::vector<Item>& items) {
  const std::lock_guard merging(merge_mutex_);
  taken_ += items.size();
  std::size_t many = 0;
  for (Item& item : items) {
    many += item.written.size();
    for (Written& written : item.written)
      unfinished_.push_back({receipt_of(std::move(written), item.receipt.time), {}, false, {}});
    if (!item.nudge && item.written.empty()) unfinished_.push_back(std::move(item));
  }
  if (many > 0) {
    const std::lock_guard lock(mutex_);
    written_waiting_ -= many;
  }
  for (std::size_t left = unfinished_.size(); left > 0; --left) {
    Item item = std::move(unfinished_.front());
    unfinished_.pop_front();
    const auto done = expand(item);
    if (!done) {
      spdlog::error("a receipt can't be recorded: {}", core::to_text(done.error()));
    } else if (!done.value()) {
      unfinished_.push_back(std::move(item));
    } else if (item.synced) {
      waiting_.push_back(std::move(item.synced));
    }
    if (merge_.changed().size() >= kRowsMax) write_pending();
  }
  expansion_.rest();
  write_pending();
}

core::Result<bool> RocksReceiptStore::expand(Item& item) {
  Receipt piece = item.receipt;
  piece.seqs.clear();
  piece.client_id.clear();
  piece.up_to = piece.after;
  bool told = false;
  const auto done = merge_piece(item.receipt, piece, told);
  // Of a receipt that couldn't be merged whole too: stream and rows must agree.
  if (told) merge_.put(rows::stream_key(next_n_++), encode_receipt(piece));
  return done;
}

core::Result<bool> RocksReceiptStore::merge_piece(Receipt& receipt, Receipt& piece, bool& told) {
  for (const core::Seq seq : receipt.seqs)
    GJALLAR_TRY(merge_one(seq, piece, true, told));
  receipt.seqs.clear();
  if (receipt.up_to == 0) return true;
  receipt.up_to = std::min(receipt.up_to, expansion_.head_for(receipt.up_to));
  for (std::size_t looked = 0; receipt.after < receipt.up_to && looked < core::limits::kBulkSliceRecords;
       ++looked) {
    GJALLAR_TRY(merge_one(receipt.after + 1, piece, false, told));
    ++receipt.after;
    piece.up_to = receipt.after;
  }
  if (receipt.after < receipt.up_to) return false;
  if (receipt.client_id.empty()) return true;
  const auto moved = merge_.put_client(receipt);
  if (!moved) return moved.error();
  if (moved.value()) {
    told = true;
    piece.up_to = receipt.up_to;
    piece.after = std::min(piece.after, piece.up_to);
    piece.client_id = receipt.client_id;
  }
  return true;
}

core::Result<void> RocksReceiptStore::merge_one(core::Seq seq, Receipt& piece, bool single, bool& told) {
  const auto concerned = expansion_.concerned(seq, piece.service);
  if (!concerned) return concerned.error();
  if (!concerned.value()) return {};
  const auto changed = merge_.put_stage(seq, piece);
  if (!changed) return changed.error();
  if (!changed.value()) return {};
  told = true;
  if (single) piece.seqs.push_back(seq);
  return {};
}

void RocksReceiptStore::write_pending() {
  if (merge_.changed().empty() || failed_) return;
  rocksdb::WriteBatch batch;
  for (const auto& row : merge_.changed()) {
    if (const auto status = batch.Put(row.first, row.second); !status.ok()) return fail(status.ToString());
  }
  if (const auto status = db_->Write(rocksdb::WriteOptions(), &batch); !status.ok())
    return fail(status.ToString());
  merge_.clear();
  written_up_to_ = next_n_ - 1;
  unsynced_ = true;
}

void RocksReceiptStore::sync() {
  if (unsynced_ && !failed_) {
    if (const auto status = db_->SyncWAL(); !status.ok()) fail(status.ToString());
    last_sync_ = std::chrono::steady_clock::now();
  }
  if (!failed_) {
    unsynced_ = false;
    for (const auto& synced : waiting_)
      synced();
    waiting_.clear();
    const std::lock_guard lock(mutex_);
    if (unfinished_.empty()) synced_ = taken_;
  }
  flushed_.notify_all();
}

void RocksReceiptStore::fail(const std::string& what) {
  spdlog::error("receipts can't be stored: {}; trying again", what);
  const std::lock_guard lock(mutex_);
  failed_ = true;
  finding_ = "Receipts can't be stored: " + what + ".";
}

bool RocksReceiptStore::retry() {
  {
    std::unique_lock lock(mutex_);
    closing_.wait_for(lock, core::limits::kReceiptRetryInterval, [this] { return stopping_; });
    if (stopping_) return false;
  }
  {
    const std::unique_lock alone(db_mutex_);
    db_.reset();  // the engine takes nothing more after a failed write
    auto opened = open_();
    if (!opened) return true;
    db_ = std::move(opened.value());
    ++opened_;
  }
  {
    const std::lock_guard lock(mutex_);
    failed_ = false;
    finding_.clear();
  }
  {
    const std::lock_guard merging(merge_mutex_);
    write_pending();
  }
  sync();
  if (!failed_) spdlog::info("receipts are stored again");
  return true;
}

}  // namespace gjallar::receipts
