#pragma once

#include <rocksdb/db.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include "broker/core/bounded_queue.h"
#include "broker/core/limits.h"
#include "broker/receipts/expansion.h"
#include "broker/receipts/receipt_merge.h"
#include "broker/receipts/receipt_store.h"

namespace gjallar::receipts {

/// The receipts' RocksDB folder and its thread. Rows are written as they come and synced together: at once
/// when the last sync was more than limits::kReceiptSyncInterval ago, else as soon as it was. After a failed
/// write it keeps what it has, takes more until its queue is full, says so in `finding`, and tries again
/// every limits::kReceiptRetryInterval.
class RocksReceiptStore final : public ReceiptStore {
 public:
  /// Opens the folder; again after a failure.
  using Open = std::function<core::Result<std::unique_ptr<rocksdb::DB>>()>;

  RocksReceiptStore(std::unique_ptr<rocksdb::DB> db, Open open, const log::EventLog& log);
  ~RocksReceiptStore() override;
  bool record(Receipt receipt, std::function<void()> synced) override;
  bool record_written(std::vector<Written> written, core::WallTime time) override;
  void flush() override;
  [[nodiscard]] core::Result<Stages> stages(core::ServiceNumber service, core::Seq seq) const override;
  [[nodiscard]] core::Result<core::Seq> received_up_to(core::ServiceNumber service,
                                                       std::string_view client_id) const override;
  [[nodiscard]] core::Result<LastReceipts> last_receipts(core::ServiceNumber service) const override;
  [[nodiscard]] core::Result<void> for_each(
      std::uint64_t from,
      const std::function<bool(std::uint64_t n, const Receipt& receipt)>& visit) const override;
  [[nodiscard]] std::uint64_t written_up_to() const noexcept override { return written_up_to_.load(); }
  [[nodiscard]] std::string broker_id() const override { return broker_id_; }
  [[nodiscard]] core::Result<RefoldReport> refold() override;
  [[nodiscard]] std::string finding() const override;
  void close() override;

 private:
  struct Item {
    Receipt receipt;
    std::function<void()> synced;
    bool nudge = false;            ///< nothing to record: wakes the thread for a flush
    std::vector<Written> written;  ///< instead of `receipt`: many, of its time
  };

  struct Refolding;  ///< rocks_receipt_refold.cc, with all that works on it

  void run();
  /// Merges one item, a bounded number of rows of it, and adds that piece to the stream; true when the item
  /// is done.
  [[nodiscard]] core::Result<bool> expand(Item& item);
  /// `piece`: what of the receipt was merged; `told`: whether any of that was new.
  [[nodiscard]] core::Result<bool> merge_piece(Receipt& receipt, Receipt& piece, bool& told);
  [[nodiscard]] core::Result<void> merge_one(core::Seq seq, Receipt& piece, bool single, bool& told);
  [[nodiscard]] core::Result<std::optional<std::string>> read(const std::string& key) const;
  [[nodiscard]] core::Result<void> still_open(const Refolding& refolding) const;
  [[nodiscard]] core::Result<bool> fold_slice(Refolding& refolding) const;
  [[nodiscard]] core::Result<bool> compare_slice(Refolding& refolding);
  [[nodiscard]] core::Result<void> drop_shadow(const Refolding& refolding) const;
  void handle(std::vector<Item>& items);
  void write_pending();
  void sync();
  void fail(const std::string& what);
  /// After a failure: waits a little, opens the folder again, which keeps all that was written, and writes
  /// what waits. Returns false once the store is closed.
  bool retry();

  /// Whether something waits for a sync: rows, or somebody to be told (a receipt may tell nothing new).
  [[nodiscard]] bool due() const noexcept { return unsynced_ || !waiting_.empty(); }

  const Open open_;
  mutable std::shared_mutex db_mutex_;  ///< held shared while reading; alone while the folder is opened again
  std::unique_ptr<rocksdb::DB> db_;     ///< nullptr while it can't be opened
  std::uint64_t opened_ = 1;            ///< how often; with db_mutex_
  std::string broker_id_;
  Expansion expansion_;
  const log::EventLog& log_;
  core::BoundedQueue<Item> queue_{core::limits::kReceiptQueueMax};

  /// Held while a group is merged and written, and by a rebuild while it compares a slice: then stream and
  /// rows agree. Taken before db_mutex_.
  std::mutex merge_mutex_;
  ReceiptMerge merge_;  ///< rows of the group that aren't written yet; with merge_mutex_
  std::uint64_t next_n_ = 1;
  std::atomic<std::uint64_t> written_up_to_{0};
  std::mutex refold_mutex_;  ///< held by the one rebuild; taken first

  // Of the thread alone.
  std::deque<Item> unfinished_;                 ///< long ranges that are expanded slice by slice
  std::vector<std::function<void()>> waiting_;  ///< to be called after the next sync
  std::uint64_t taken_ = 0;                     ///< items popped
  bool unsynced_ = false;
  core::SteadyTime last_sync_{};

  std::atomic<bool> failed_{false};
  mutable std::mutex mutex_;  ///< guards what follows; never held while writing
  std::condition_variable flushed_;
  std::condition_variable closing_;
  std::string finding_;
  std::uint64_t recorded_ = 0;       ///< items pushed
  std::size_t written_waiting_ = 0;  ///< receipts in items of many, not popped yet
  std::uint64_t synced_ = 0;         ///< of them, on disk
  std::uint64_t flush_wanted_ = 0;   ///< sync at once until so many are
  bool stopping_ = false;
  bool closed_ = false;
  std::thread thread_;
};

}  // namespace gjallar::receipts
