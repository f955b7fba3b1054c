#include "broker/log/store_rows.h"

namespace gjallar::log {
namespace {

using Visit = std::function<bool(std::string_view, std::string_view)>;

rocksdb::Slice slice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}
std::string_view view(const rocksdb::Slice& bytes) {
  return {bytes.data(), bytes.size()};
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

}  // namespace gjallar::log
