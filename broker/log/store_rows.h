#pragma once

#include <rocksdb/utilities/write_batch_with_index.h>

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "broker/log/rocks_store.h"
#include "broker/log/rows.h"

namespace gjallar::log {

/// Rows of a store at a snapshot, or as they are. Any thread.
class StoreRows final : public RowReader {
 public:
  /// `snapshot` nullptr: each call sees the present. Both must outlive this.
  explicit StoreRows(const RocksStore& store, const rocksdb::Snapshot* snapshot = nullptr)
      : store_(store), snapshot_(snapshot) {}
  [[nodiscard]] core::Result<std::optional<std::string>> get(Column column,
                                                             std::string_view key) const override;
  [[nodiscard]] core::Result<void> scan(
      Column column, std::string_view from, std::string_view to,
      const std::function<bool(std::string_view, std::string_view)>& visit) const override;
  [[nodiscard]] core::Result<void> scan_back(
      Column column, std::string_view from,
      const std::function<bool(std::string_view, std::string_view)>& visit) const override;

 private:
  const RocksStore& store_;
  const rocksdb::Snapshot* snapshot_;
};

using RowKey = std::pair<Column, std::string>;

/// Rows of a batch over a store. One thread. A scan's `visit` must not write.
class BatchRows final : public RowWriter {
 public:
  /// `log_rows`: where events, payloads and meta rows are read from, if not from the store itself (a shadow
  /// copy).
  explicit BatchRows(RocksStore& store, const RowReader* log_rows = nullptr);
  [[nodiscard]] core::Result<std::optional<std::string>> get(Column column,
                                                             std::string_view key) const override;
  [[nodiscard]] core::Result<void> scan(
      Column column, std::string_view from, std::string_view to,
      const std::function<bool(std::string_view, std::string_view)>& visit) const override;
  [[nodiscard]] core::Result<void> scan_back(
      Column column, std::string_view from,
      const std::function<bool(std::string_view, std::string_view)>& visit) const override;
  void put(Column column, std::string_view key, std::string_view value) override;
  void erase(Column column, std::string_view key) override;

  /// From here on, writes to any other column throw std::logic_error: a fold must keep to its own, or rebuild
  /// would miss rows.
  void allow_only(const std::vector<Column>& columns);
  void allow_all() { allowed_ = ~0U; }

  /// Marks the batch as it is; then either keeps what follows or takes it back.
  void begin_part();
  void keep_part();
  void take_back_part();

  /// Writes the batch, synced. It stays as it was; clear() empties it.
  [[nodiscard]] core::Result<void> write();
  void clear();
  /// Adds the keys of `columns` that the batch touches.
  void add_touched(const std::vector<Column>& columns, std::set<RowKey>& keys);

 private:
  void check_allowed(Column column) const;

  [[nodiscard]] const RowReader* elsewhere(Column column) const;
  [[nodiscard]] std::unique_ptr<rocksdb::Iterator> iterator(Column column) const;

  RocksStore& store_;
  const RowReader* log_rows_;
  mutable rocksdb::WriteBatchWithIndex batch_;
  unsigned allowed_ = ~0U;
};

}  // namespace gjallar::log
