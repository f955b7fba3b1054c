#include "broker/log/store_rows.h"

#include <stdexcept>

namespace gjallar::log {
namespace {

using Visit = std::function<bool(std::string_view, std::string_view)>;

rocksdb::Slice slice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}
std::string_view view(const rocksdb::Slice& bytes) {
  return {bytes.data(), bytes.size()};
}
unsigned bit(Column column) {
  return 1U << static_cast<unsigned>(column);
}

rocksdb::ReadOptions read_options(const rocksdb::Snapshot* snapshot) {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  return options;
}

core::Result<std::optional<std::string>> found(const rocksdb::Status& status, std::string value) {
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return storage_error(status);
  return std::optional<std::string>(std::move(value));
}

core::Result<void> walk(rocksdb::Iterator& rows, std::string_view from, std::string_view to,
                        const Visit& visit) {
  for (rows.Seek(slice(from)); rows.Valid(); rows.Next()) {
    if (!to.empty() && view(rows.key()) >= to) break;
    if (!visit(view(rows.key()), view(rows.value()))) break;
  }
  if (!rows.status().ok()) return storage_error(rows.status());
  return {};
}

core::Result<void> walk_back(rocksdb::Iterator& rows, std::string_view from, const Visit& visit) {
  for (rows.SeekForPrev(slice(from)); rows.Valid(); rows.Prev()) {
    if (!visit(view(rows.key()), view(rows.value()))) break;
  }
  if (!rows.status().ok()) return storage_error(rows.status());
  return {};
}

}  // namespace

core::Result<std::optional<std::string>> StoreRows::get(Column column, std::string_view key) const {
  std::string value;
  const auto status = store_.db().Get(read_options(snapshot_), store_.handle(column), slice(key), &value);
  return found(status, std::move(value));
}

core::Result<void> StoreRows::scan(Column column, std::string_view from, std::string_view to,
                                   const Visit& visit) const {
  auto options = read_options(snapshot_);
  const auto end = slice(to);
  if (!to.empty()) options.iterate_upper_bound = &end;
  const std::unique_ptr<rocksdb::Iterator> rows(store_.db().NewIterator(options, store_.handle(column)));
  return walk(*rows, from, to, visit);
}

core::Result<void> StoreRows::scan_back(Column column, std::string_view from, const Visit& visit) const {
  const std::unique_ptr<rocksdb::Iterator> rows(
      store_.db().NewIterator(read_options(snapshot_), store_.handle(column)));
  return walk_back(*rows, from, visit);
}

BatchRows::BatchRows(RocksStore& store, const RowReader* log_rows)
    : store_(store), log_rows_(log_rows), batch_(rocksdb::BytewiseComparator(), 0, /*overwrite_key=*/true) {}

const RowReader* BatchRows::elsewhere(Column column) const {
  const bool log = column == Column::kEvent || column == Column::kPayload || column == Column::kMeta;
  return log ? log_rows_ : nullptr;
}

std::unique_ptr<rocksdb::Iterator> BatchRows::iterator(Column column) const {
  auto* base = store_.db().NewIterator(rocksdb::ReadOptions(), store_.handle(column));
  return std::unique_ptr<rocksdb::Iterator>(batch_.NewIteratorWithBase(store_.handle(column), base));
}

core::Result<std::optional<std::string>> BatchRows::get(Column column, std::string_view key) const {
  if (const auto* log = elsewhere(column)) return log->get(column, key);
  std::string value;
  const auto status = batch_.GetFromBatchAndDB(&store_.db(), rocksdb::ReadOptions(), store_.handle(column),
                                               slice(key), &value);
  return found(status, std::move(value));
}

core::Result<void> BatchRows::scan(Column column, std::string_view from, std::string_view to,
                                   const Visit& visit) const {
  if (const auto* log = elsewhere(column)) return log->scan(column, from, to, visit);
  return walk(*iterator(column), from, to, visit);
}

core::Result<void> BatchRows::scan_back(Column column, std::string_view from, const Visit& visit) const {
  if (const auto* log = elsewhere(column)) return log->scan_back(column, from, visit);
  return walk_back(*iterator(column), from, visit);
}

void BatchRows::check_allowed(Column column) const {
  if ((allowed_ & bit(column)) == 0) throw std::logic_error("a fold writes to a column that isn't its own");
}

void BatchRows::put(Column column, std::string_view key, std::string_view value) {
  check_allowed(column);
  const auto status = batch_.Put(store_.handle(column), slice(key), slice(value));
  if (!status.ok()) throw std::runtime_error("a row can't be put into the batch: " + status.ToString());
}

void BatchRows::erase(Column column, std::string_view key) {
  check_allowed(column);
  const auto status = batch_.Delete(store_.handle(column), slice(key));
  if (!status.ok()) throw std::runtime_error("a row can't be erased in the batch: " + status.ToString());
}

void BatchRows::allow_only(const std::vector<Column>& columns) {
  allowed_ = 0;
  for (const auto column : columns)
    allowed_ |= bit(column);
}

void BatchRows::begin_part() {
  batch_.SetSavePoint();
}

void BatchRows::keep_part() {
  const auto status = batch_.PopSavePoint();
  if (!status.ok()) throw std::logic_error("no part was begun");
}

void BatchRows::take_back_part() {
  const auto status = batch_.RollbackToSavePoint();
  if (!status.ok()) throw std::runtime_error("a part can't be taken back: " + status.ToString());
}

core::Result<void> BatchRows::write() {
  return store_.write(*batch_.GetWriteBatch());
}

void BatchRows::clear() {
  batch_.Clear();
}

void BatchRows::add_touched(const std::vector<Column>& columns, std::set<RowKey>& keys) {
  for (const auto column : columns) {
    const std::unique_ptr<rocksdb::WBWIIterator> entries(batch_.NewIterator(store_.handle(column)));
    for (entries->SeekToFirst(); entries->Valid(); entries->Next()) {
      keys.emplace(column, entries->Entry().key.ToString());
    }
  }
}

}  // namespace gjallar::log
