#include "broker/log/local_snapshot.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "broker/log/meta.h"

namespace gjallar::log {
namespace {

core::Error missing(core::Seq seq) {
  return core::make_error(gjallar::v1::ERROR_CODE_DATA_CORRUPT, "", fmt::format("Event {} is missing.", seq),
                          "Stop the broker, keep a copy of the data folder and restore a backup.");
}

std::string_view view(const rocksdb::Slice& bytes) {
  return {bytes.data(), bytes.size()};
}

core::Result<CommittedEvent> event_of(core::Seq seq, std::string_view header_bytes) {
  auto header = decode_header(header_bytes);
  if (!header) return header.error();
  if (header->seq != seq) return missing(seq);
  CommittedEvent event;
  event.record.header = std::move(*header);
  event.record.hash = core::sha256(header_bytes);
  return event;
}

/// Reads a column side by side with the events.
class Companion {
 public:
  Companion(const RocksStore& store, const rocksdb::ReadOptions& options, Column column,
            std::string_view from)
      : rows_(store.db().NewIterator(options, store.handle(column))) {
    rows_->Seek(rocksdb::Slice(from.data(), from.size()));
  }
  /// The row at `key`, or nothing. Keys must come in ascending order.
  [[nodiscard]] core::Result<std::optional<std::string_view>> at(const rocksdb::Slice& key) {
    while (rows_->Valid() && rows_->key().compare(key) < 0)
      rows_->Next();
    if (!rows_->status().ok()) return storage_error(rows_->status());
    if (!rows_->Valid() || rows_->key() != key) return std::optional<std::string_view>();
    return std::optional<std::string_view>(view(rows_->value()));
  }

 private:
  std::unique_ptr<rocksdb::Iterator> rows_;
};

}  // namespace

LocalSnapshot::LocalSnapshot(const RocksStore& store)
    : store_(store), snapshot_(store), rows_(store, snapshot_.get()) {
  // The row was checked when the log was opened, and every batch writes it anew.
  if (const auto head = read_head(rows_)) head_ = *head;
}

core::Result<CommittedEvent> LocalSnapshot::read_header(core::Seq seq) const {
  if (seq == 0 || seq > head_.seq) {
    return core::make_error(gjallar::v1::ERROR_CODE_NOT_FOUND, "", "There is no event with this seq.",
                            fmt::format("The log ends with event {}.", head_.seq));
  }
  const auto key = seq_key(seq);
  const auto bytes = rows_.get(Column::kEvent, key);
  if (!bytes) return bytes.error();
  if (!bytes->has_value()) return missing(seq);
  auto event = event_of(seq, **bytes);
  if (!event) return event;
  const auto targets = rows_.get(Column::kTarget, key);
  if (!targets) return targets.error();
  if (targets->has_value()) {
    auto decoded = domain::ServiceSet::decode(**targets);
    if (!decoded) return decoded.error();
    event->targets = std::move(*decoded);
  }
  return event;
}

core::Result<CommittedEvent> LocalSnapshot::read(core::Seq seq) const {
  auto event = read_header(seq);
  if (!event) return event;
  const auto bytes = rows_.get(Column::kPayload, seq_key(seq));
  if (!bytes) return bytes.error();
  if (bytes->has_value()) {
    auto payload = decode_payload(**bytes);
    if (!payload) return payload.error();
    event->record.payload = std::move(*payload);
  }
  return event;
}

core::Result<void> LocalSnapshot::for_each(core::Seq from, core::Seq to,
                                           const std::function<bool(const CommittedEvent&)>& visit) const {
  core::Seq expected = std::max<core::Seq>(from, 1);
  const core::Seq last = std::min(to, head_.seq);
  if (expected > last) return {};

  rocksdb::ReadOptions options;
  options.snapshot = snapshot_.get();
  options.fill_cache = false;  // a long read must not push out what live readers need
  const auto first_key = seq_key(expected);
  const auto end_key = seq_key(last + 1);
  const rocksdb::Slice end(end_key);
  options.iterate_upper_bound = &end;
  const std::unique_ptr<rocksdb::Iterator> events(
      store_.db().NewIterator(options, store_.handle(Column::kEvent)));
  Companion payloads(store_, options, Column::kPayload, first_key);
  Companion targets(store_, options, Column::kTarget, first_key);

  for (events->Seek(first_key); events->Valid(); events->Next()) {
    const auto seq = seq_of_key(view(events->key()));
    if (!seq) return seq.error();
    if (*seq != expected) return missing(expected);
    auto event = event_of(*seq, view(events->value()));
    if (!event) return event.error();
    const auto payload_bytes = payloads.at(events->key());
    if (!payload_bytes) return payload_bytes.error();
    if (payload_bytes->has_value()) {
      auto payload = decode_payload(**payload_bytes);
      if (!payload) return payload.error();
      event->record.payload = std::move(*payload);
    }
    const auto target_bytes = targets.at(events->key());
    if (!target_bytes) return target_bytes.error();
    if (target_bytes->has_value()) {
      auto decoded = domain::ServiceSet::decode(**target_bytes);
      if (!decoded) return decoded.error();
      event->targets = std::move(*decoded);
    }
    if (!visit(*event)) return {};
    ++expected;
  }
  if (!events->status().ok()) return storage_error(events->status());
  if (expected <= last) return missing(expected);
  return {};
}

}  // namespace gjallar::log
