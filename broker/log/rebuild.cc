#include "broker/log/rebuild.h"

#include <optional>
#include <system_error>

#include "broker/core/limits.h"
#include "broker/log/local_snapshot.h"

namespace gjallar::log {
namespace {

/// Rounds of catching up before the appender is paused for what is left.
constexpr int kCatchUpRoundsMax = 16;

std::string_view slice_view(const rocksdb::Slice& bytes) {
  return {bytes.data(), bytes.size()};
}

}  // namespace

std::filesystem::path shadow_directory(const std::filesystem::path& log_directory) {
  return log_directory / "rebuild";
}

Rebuild::Rebuild(RocksStore& store, Appender& appender, GroupWriter& writer, const FoldFactory& factory,
                 std::filesystem::path shadow_directory)
    : store_(store),
      appender_(appender),
      writer_(writer),
      directory_(std::move(shadow_directory)),
      folds_(factory, FoldPurpose::kShadow) {}

Rebuild::~Rebuild() {
  {
    const auto paused = appender_.pause();
    writer_.note_touched(nullptr);
  }
  shadow_.reset();
  std::error_code ignored;  // what is left is removed at the next start
  std::filesystem::remove_all(directory_, ignored);
}

core::Result<EventLog::RebuildReport> Rebuild::run() {
  auto shadow = RocksStore::open(directory_, RocksStore::Mode::kScratch);
  if (!shadow) return shadow.error();
  shadow_ = std::move(*shadow);
  GJALLAR_TRY(folds_.reload(StoreRows(*shadow_)));

  std::set<RowKey> touched;  // by the appender, from `moment` on
  std::optional<StoreSnapshot> moment;
  std::optional<LocalSnapshot> events;
  {
    const auto paused = appender_.pause();
    writer_.note_touched(&touched);
    moment.emplace(store_);
    events.emplace(store_);
  }
  GJALLAR_TRY(fold_up_to(*events));
  GJALLAR_TRY(compare_all(*moment));
  for (int round = 0; round < kCatchUpRoundsMax; ++round) {
    if (appender_.head().seq - folded_.seq <= core::limits::kBulkSliceRecords) break;
    events.emplace(store_);
    GJALLAR_TRY(fold_up_to(*events));
  }
  {
    const auto paused = appender_.pause();
    events.emplace(store_);
    GJALLAR_TRY(fold_up_to(*events));
    to_compare_.insert(touched.begin(), touched.end());
    GJALLAR_TRY(switch_over());
    writer_.note_touched(nullptr);
  }
  const StoreRows anew(*shadow_);
  for (const auto column : folds_.columns()) {
    GJALLAR_TRY(anew.scan(column, "", "", [this](std::string_view, std::string_view) {
      ++report_.rows;
      return true;
    }));
  }
  return report_;
}

core::Result<void> Rebuild::fold_up_to(const LogSnapshot& snapshot) {
  BatchRows rows(*shadow_, &snapshot.rows());
  std::size_t in_batch = 0;
  core::Result<void> folded;
  const auto flush = [&]() -> core::Result<void> {
    if (compared_) rows.add_touched(folds_.columns(), to_compare_);
    GJALLAR_TRY(rows.write());
    rows.clear();
    in_batch = 0;
    return {};
  };
  GJALLAR_TRY(snapshot.for_each(folded_.seq + 1, snapshot.head().seq, [&](const CommittedEvent& event) {
    folded = check_link(folded_, event.record, encode_header(event.record.header));
    if (folded) folded = folds_.apply(event.record, rows);
    if (!folded) return false;
    folded_ = head_after(event.record);
    ++report_.events;
    if (++in_batch >= core::limits::kBulkSliceRecords) folded = flush();
    return static_cast<bool>(folded);
  }));
  if (!folded) return folded;
  return flush();
}

core::Result<void> Rebuild::compare_all(const StoreSnapshot& moment) {
  rocksdb::ReadOptions then;
  then.snapshot = moment.get();
  then.fill_cache = false;
  for (const auto column : folds_.columns()) {
    const std::unique_ptr<rocksdb::Iterator> now(store_.db().NewIterator(then, store_.handle(column)));
    const std::unique_ptr<rocksdb::Iterator> anew(
        shadow_->db().NewIterator(rocksdb::ReadOptions(), shadow_->handle(column)));
    now->SeekToFirst();
    anew->SeekToFirst();
    while (now->Valid() || anew->Valid()) {
      int order = 0;
      if (now->Valid() && anew->Valid()) {
        order = now->key().compare(anew->key());
      } else {
        order = now->Valid() ? -1 : 1;
      }
      if (order != 0 || now->value() != anew->value()) {
        to_compare_.emplace(column, std::string(slice_view(order <= 0 ? now->key() : anew->key())));
      }
      if (order <= 0) now->Next();
      if (order >= 0) anew->Next();
    }
    if (!now->status().ok()) return storage_error(now->status());
    if (!anew->status().ok()) return storage_error(anew->status());
  }
  compared_ = true;
  return {};
}

core::Result<void> Rebuild::switch_over() {
  const StoreRows now(store_);
  const StoreRows anew(*shadow_);
  BatchRows batch(store_);
  for (const auto& [column, key] : to_compare_) {
    const auto old_row = now.get(column, key);
    if (!old_row) return old_row.error();
    const auto new_row = anew.get(column, key);
    if (!new_row) return new_row.error();
    if (*old_row == *new_row) continue;
    ++report_.differences;
    if (new_row->has_value()) {
      batch.put(column, key, **new_row);
    } else {
      batch.erase(column, key);
    }
  }
  if (report_.differences > 0) {
    GJALLAR_TRY(batch.write());
    GJALLAR_TRY(writer_.reload_folds());
    writer_.settle_folds();
  }
  return {};
}

}  // namespace gjallar::log
