#pragma once

#include <rocksdb/iterator.h>

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
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

  /// What the batch itself puts there; nullptr if nothing, whatever the store holds.
  [[nodiscard]] const std::string* put_by_batch(Column column, std::string_view key) const;

  /// Until clear(), nobody writes to the store but this batch: scans share one iterator a column, and what
  /// was looked for in vain isn't looked for again.
  void hold_store() noexcept { store_held_ = true; }

  /// Marks the batch as it is; then either keeps what follows or takes it back. std::logic_error if none was
  /// begun, or one in another.
  void begin_part();
  void keep_part();
  void take_back_part();

  /// Writes the batch, synced. It stays as it was; clear() empties it.
  [[nodiscard]] core::Result<void> write();
  void clear();
  /// Adds the keys of `columns` that the batch touches.
  void add_touched(const std::vector<Column>& columns, std::set<RowKey>& keys) const;

 private:
  /// By key; without a value: erased.
  using Changes = std::map<std::string, std::optional<std::string>, std::less<>>;
  /// What a change of the part at hand took the place of.
  struct Before {
    Column column;
    Changes::iterator row;
    bool is_new = false;  ///< the batch held nothing of this key
    std::optional<std::string> value;
  };
  class StoreIterator;

  void check_allowed(Column column) const;
  void change(Column column, std::string_view key, std::optional<std::string> value);
  [[nodiscard]] const RowReader* elsewhere(Column column) const;
  [[nodiscard]] const Changes& changes(Column column) const {
    return changes_[static_cast<std::size_t>(column)];
  }

  RocksStore& store_;
  const RowReader* log_rows_;
  std::array<Changes, kColumnCount> changes_;
  std::vector<Before> undo_;  ///< of the part, oldest first
  bool in_part_ = false;
  bool store_held_ = false;
  mutable std::array<std::unique_ptr<rocksdb::Iterator>, kColumnCount> iterators_;  ///< while it is held
  /// While it is held: the key of each column last found missing in the store.
  mutable std::array<std::optional<std::string>, kColumnCount> missing_;
  std::size_t batch_bytes_ = 0;  ///< of the batch last written: room for the next
  unsigned allowed_ = ~0U;
};

}  // namespace gjallar::log
