#include <rocksdb/write_batch.h>

#include <iterator>
#include <stdexcept>
#include <utility>

#include "broker/log/store_rows.h"

namespace gjallar::log {
namespace {

using VisitRow = std::function<bool(std::string_view, std::string_view)>;

rocksdb::Slice as_slice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}
std::string_view as_text(const rocksdb::Slice& bytes) {
  return {bytes.data(), bytes.size()};
}
unsigned column_bit(Column column) {
  return 1U << static_cast<unsigned>(column);
}

}  // namespace

/// The rows of one column of the store, for one scan: the iterator that is kept while the store is held, or,
/// if another scan is in the middle of that one, its own.
class BatchRows::StoreIterator {
 public:
  StoreIterator(const BatchRows& rows, Column column) : rows_(rows), column_(column) {
    if (rows.store_held_) iterator_ = std::move(kept());
    if (!iterator_)
      iterator_.reset(rows.store_.db().NewIterator(rocksdb::ReadOptions(), rows.store_.handle(column)));
  }
  ~StoreIterator() {
    if (rows_.store_held_) kept() = std::move(iterator_);
  }
  StoreIterator(const StoreIterator&) = delete;
  StoreIterator& operator=(const StoreIterator&) = delete;
  [[nodiscard]] rocksdb::Iterator& rows() noexcept { return *iterator_; }

 private:
  [[nodiscard]] std::unique_ptr<rocksdb::Iterator>& kept() noexcept {
    return rows_.iterators_[static_cast<std::size_t>(column_)];
  }
  const BatchRows& rows_;
  const Column column_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

BatchRows::BatchRows(RocksStore& store, const RowReader* log_rows) : store_(store), log_rows_(log_rows) {}

const RowReader* BatchRows::elsewhere(Column column) const {
  const bool log = column == Column::kEvent || column == Column::kPayload || column == Column::kMeta;
  return log ? log_rows_ : nullptr;
}

core::Result<std::optional<std::string>> BatchRows::get(Column column, std::string_view key) const {
  if (const auto* log = elsewhere(column)) return log->get(column, key);
  const Changes& changed = changes(column);
  if (const auto row = changed.find(key); row != changed.end()) return row->second;
  auto& missing = missing_[static_cast<std::size_t>(column)];
  if (store_held_ && missing == key) return std::optional<std::string>();
  auto stored = StoreRows(store_).get(column, key);
  if (store_held_ && stored && !stored->has_value()) missing = std::string(key);
  return stored;
}

const std::string* BatchRows::put_by_batch(Column column, std::string_view key) const {
  const Changes& changed = changes(column);
  const auto row = changed.find(key);
  return row != changed.end() && row->second ? &*row->second : nullptr;
}

core::Result<void> BatchRows::scan(Column column, std::string_view from, std::string_view to,
                                   const VisitRow& visit) const {
  if (const auto* log = elsewhere(column)) return log->scan(column, from, to, visit);
  StoreIterator held(*this, column);
  rocksdb::Iterator& stored = held.rows();
  const Changes& changed = changes(column);
  const auto before_end = [to](std::string_view key) { return to.empty() || key < to; };
  auto row = changed.lower_bound(from);
  for (stored.Seek(as_slice(from));;) {
    const bool in_store = stored.Valid() && before_end(as_text(stored.key()));
    const bool in_batch = row != changed.end() && before_end(row->first);
    if (!in_store && !in_batch) break;
    if (in_store && (!in_batch || as_text(stored.key()) < row->first)) {
      if (!visit(as_text(stored.key()), as_text(stored.value()))) break;
      stored.Next();
      continue;
    }
    if (in_store && as_text(stored.key()) == row->first) stored.Next();
    if (row->second && !visit(row->first, *row->second)) break;
    ++row;
  }
  if (!stored.status().ok()) return storage_error(stored.status());
  return {};
}

core::Result<void> BatchRows::scan_back(Column column, std::string_view from, const VisitRow& visit) const {
  if (const auto* log = elsewhere(column)) return log->scan_back(column, from, visit);
  StoreIterator held(*this, column);
  rocksdb::Iterator& stored = held.rows();
  const Changes& changed = changes(column);
  auto after = changed.upper_bound(from);  // the row to be visited stands before it
  for (stored.SeekForPrev(as_slice(from));;) {
    const bool in_store = stored.Valid();
    if (!in_store && after == changed.begin()) break;
    if (after == changed.begin() || (in_store && as_text(stored.key()) > std::prev(after)->first)) {
      if (!visit(as_text(stored.key()), as_text(stored.value()))) break;
      stored.Prev();
      continue;
    }
    --after;
    if (in_store && as_text(stored.key()) == after->first) stored.Prev();
    if (after->second && !visit(after->first, *after->second)) break;
  }
  if (!stored.status().ok()) return storage_error(stored.status());
  return {};
}

void BatchRows::check_allowed(Column column) const {
  if ((allowed_ & column_bit(column)) == 0)
    throw std::logic_error("a fold writes to a column that isn't its own");
}

void BatchRows::change(Column column, std::string_view key, std::optional<std::string> value) {
  check_allowed(column);
  Changes& changed = changes_[static_cast<std::size_t>(column)];
  // Room first: a change that can't be noted must not be made.
  if (in_part_ && undo_.size() == undo_.capacity()) undo_.reserve(2 * undo_.size() + 16);
  auto row = changed.lower_bound(key);
  const bool is_new = row == changed.end() || row->first != key;
  if (is_new) row = changed.emplace_hint(row, std::string(key), std::nullopt);
  if (in_part_) undo_.push_back({column, row, is_new, std::move(row->second)});
  row->second = std::move(value);
}

void BatchRows::put(Column column, std::string_view key, std::string_view value) {
  change(column, key, std::string(value));
}

void BatchRows::erase(Column column, std::string_view key) {
  change(column, key, std::nullopt);
}

void BatchRows::allow_only(const std::vector<Column>& columns) {
  allowed_ = 0;
  for (const auto column : columns)
    allowed_ |= column_bit(column);
}

void BatchRows::begin_part() {
  if (in_part_) throw std::logic_error("a part was begun already");
  in_part_ = true;
}

void BatchRows::keep_part() {
  if (!in_part_) throw std::logic_error("no part was begun");
  in_part_ = false;
  undo_.clear();
}

void BatchRows::take_back_part() {
  if (!in_part_) throw std::logic_error("no part was begun");
  // Newest first: a row goes only after all that was changed in it since it came.
  for (; !undo_.empty(); undo_.pop_back()) {
    Before& before = undo_.back();
    if (before.is_new) {
      changes_[static_cast<std::size_t>(before.column)].erase(before.row);
    } else {
      before.row->second = std::move(before.value);
    }
  }
  in_part_ = false;
}

core::Result<void> BatchRows::write() {
  rocksdb::WriteBatch batch(batch_bytes_);
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    auto* const handle = store_.handle(static_cast<Column>(i));
    for (const auto& [key, value] : changes_[i]) {  // in order, which the storage engine takes fastest
      const auto status = value ? batch.Put(handle, key, *value) : batch.Delete(handle, key);
      if (!status.ok()) return storage_error(status);
    }
  }
  batch_bytes_ = batch.GetDataSize();
  return store_.write(batch);
}

void BatchRows::clear() {
  for (Changes& changed : changes_)
    changed.clear();
  undo_.clear();
  in_part_ = false;
  for (auto& iterator : iterators_)
    iterator.reset();
  for (auto& missing : missing_)
    missing.reset();
  store_held_ = false;
}

void BatchRows::add_touched(const std::vector<Column>& columns, std::set<RowKey>& keys) const {
  for (const auto column : columns) {
    for (const auto& changed : changes(column))
      keys.emplace(column, changed.first);
  }
}

}  // namespace gjallar::log
