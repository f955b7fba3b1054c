#include "broker/log/local_snapshot.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "broker/log/meta.h"
#include "broker/log/wire.h"

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

/// Rows that are stepped over before a row further on is looked up instead: about what a look-up costs.
constexpr core::Seq kStepsMax = 6;

/// Reads a column side by side with the events, or with a few of them.
class Companion {
 public:
  Companion(const RocksStore& store, const rocksdb::ReadOptions& options, Column column)
      : rows_(store.db().NewIterator(options, store.handle(column))), has_most_(column == Column::kPayload) {}
  /// The row at `key`, which is that of `seq`, or nothing. They must come in ascending order. The row is good
  /// until the next call.
  [[nodiscard]] core::Result<std::optional<std::string_view>> at(core::Seq seq, const rocksdb::Slice& key) {
    // Where nearly every event has a row, it is known beforehand how many lie between.
    const bool far = has_most_ && seq - last_ > kStepsMax;
    if (!placed_ || (far && rows_->Valid() && rows_->key().compare(key) < 0)) rows_->Seek(key);
    placed_ = true;
    last_ = seq;
    for (core::Seq steps = 0; rows_->Valid() && rows_->key().compare(key) < 0; ++steps) {
      if (steps == kStepsMax) {
        rows_->Seek(key);
      } else {
        rows_->Next();
      }
    }
    if (!rows_->status().ok()) return storage_error(rows_->status());
    if (!rows_->Valid() || rows_->key() != key) return std::optional<std::string_view>();
    return std::optional<std::string_view>(view(rows_->value()));
  }

 private:
  std::unique_ptr<rocksdb::Iterator> rows_;
  const bool has_most_;
  core::Seq last_ = 0;
  bool placed_ = false;
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
  Companion payloads(store_, options, Column::kPayload);
  Companion targets(store_, options, Column::kTarget);

  for (events->Seek(first_key); events->Valid(); events->Next()) {
    const auto seq = seq_of_key(view(events->key()));
    if (!seq) return seq.error();
    if (*seq != expected) return missing(expected);
    auto event = event_of(*seq, view(events->value()));
    if (!event) return event.error();
    const auto payload_bytes = payloads.at(*seq, events->key());
    if (!payload_bytes) return payload_bytes.error();
    if (payload_bytes->has_value()) {
      auto payload = decode_payload(**payload_bytes);
      if (!payload) return payload.error();
      event->record.payload = std::move(*payload);
    }
    const auto target_bytes = targets.at(*seq, events->key());
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

core::Result<void> LocalSnapshot::select(core::Seq from, core::Seq to, const Selection& selection) const {
  core::Seq expected = std::max<core::Seq>(from, 1);
  const core::Seq last = std::min(to, head_.seq);
  if (expected > last) return {};

  rocksdb::ReadOptions options;
  options.snapshot = snapshot_.get();
  options.fill_cache = false;
  const auto first_key = seq_key(expected);
  const auto end_key = seq_key(last + 1);
  const rocksdb::Slice end(end_key);
  options.iterate_upper_bound = &end;
  const std::unique_ptr<rocksdb::Iterator> headers(
      store_.db().NewIterator(options, store_.handle(Column::kEvent)));
  Companion payloads(store_, options, Column::kPayload);
  std::optional<Companion> targets;
  if (selection.service) targets.emplace(store_, options, Column::kTarget);

  for (headers->Seek(first_key); headers->Valid(); headers->Next(), ++expected) {
    const rocksdb::Slice key = headers->key();
    if (key.size() != sizeof(core::Seq) || big_endian<sizeof(core::Seq)>(key.data()) != expected) {
      const auto seq = seq_of_key(view(key));
      return seq ? missing(expected) : seq.error();
    }
    const auto header = view_header(view(headers->value()));
    if (!header) return header.error();
    if (header->seq != expected) return missing(expected);
    if (selection.wanted && !selection.wanted(*header)) continue;
    if (targets) {
      const auto bytes = targets->at(expected, key);
      if (!bytes) return bytes.error();
      if (!bytes->has_value()) continue;
      const auto set = domain::ServiceSet::decode(**bytes);
      if (!set) return set.error();
      if (!set->contains(*selection.service)) continue;
    }
    const auto payload = payloads.at(expected, key);
    if (!payload) return payload.error();
    if (!selection.visit({*header, *payload})) return {};
  }
  if (!headers->status().ok()) return storage_error(headers->status());
  if (expected <= last) return missing(expected);
  return {};
}

}  // namespace gjallar::log
