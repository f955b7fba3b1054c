#include "broker/log/idempotency.h"

#include "broker/core/limits.h"
#include "broker/log/wire.h"

namespace gjallar::log {
namespace storage = gjallar::storage::v1;
namespace {

/// Where forgetting has got to: the u64 seq of the oldest event not yet passed. Other keys are 32 bytes long.
constexpr std::string_view kOldestKey = "oldest";
/// Old events passed with each new one: more than one, so that forgetting catches up.
constexpr int kForgetStepsMax = 4;

bool forgotten(core::WallTime time, core::WallTime now) {
  return now - time > core::limits::kIdempotencyRetention;
}

core::Error corrupt(std::string message) {
  return core::make_error(gjallar::v1::ERROR_CODE_DATA_CORRUPT, "", std::move(message),
                          "Rebuild the views; if that doesn't help, restore a backup.");
}

core::Result<std::optional<storage::IdempotencyRow>> read_row(const RowReader& rows,
                                                              const core::Digest& hash) {
  const auto bytes = rows.get(Column::kIdempotency, core::as_view(hash));
  if (!bytes) return bytes.error();
  if (!bytes->has_value()) return std::optional<storage::IdempotencyRow>();
  storage::IdempotencyRow row;
  if (!row.ParseFromString(**bytes)) return corrupt("A row of column idempotency is damaged.");
  return std::optional<storage::IdempotencyRow>(std::move(row));
}

}  // namespace

core::Digest idempotency_hash(std::string_view principal, std::string_view key) {
  return core::sha256(principal, std::string_view("\0", 1), key);
}

core::Result<std::optional<storage::IdempotencyRow>> find_command(const RowReader& rows,
                                                                  const core::Digest& hash,
                                                                  core::WallTime now) {
  auto row = read_row(rows, hash);
  if (row && row->has_value() && forgotten(core::WallTime(core::Micros((*row)->time_us())), now)) {
    return std::optional<storage::IdempotencyRow>();
  }
  return row;
}

core::Result<void> IdempotencyFold::apply(const Record& record, RowWriter& rows) {
  const Header& header = record.header;
  if (header.idempotency_hash != core::Digest{}) {
    const auto before = read_row(rows, header.idempotency_hash);
    if (!before) return before.error();
    const auto time_us = header.time.time_since_epoch().count();
    storage::IdempotencyRow row;
    row.set_first_seq(header.seq);
    // All events of one command have one time; a key that is used again has a later one.
    if (before->has_value() && (*before)->last_seq() + 1 == header.seq && (*before)->time_us() == time_us) {
      row.set_first_seq((*before)->first_seq());
    }
    row.set_last_seq(header.seq);
    row.set_command_digest(std::string(core::as_view(header.command_digest)));
    row.set_time_us(time_us);
    rows.put(Column::kIdempotency, core::as_view(header.idempotency_hash), row.SerializeAsString());
  }
  return forget_old(header, rows);
}

core::Result<void> IdempotencyFold::forget_old(const Header& present, RowWriter& rows) {
  const auto first = oldest_;
  for (int step = 0; step < kForgetStepsMax && oldest_ < present.seq; ++step) {
    if (oldest_time_ && !forgotten(*oldest_time_, present.time)) break;
    const auto bytes = rows.get(Column::kEvent, seq_key(oldest_));
    if (!bytes) return bytes.error();
    if (!bytes->has_value()) return corrupt("An event that must be there is missing.");
    const auto header = decode_header(**bytes);
    if (!header) return header.error();
    oldest_time_ = header->time;
    if (!forgotten(header->time, present.time)) break;
    if (header->idempotency_hash != core::Digest{}) {
      const auto row = read_row(rows, header->idempotency_hash);
      if (!row) return row.error();
      // A key that was used again meanwhile stays.
      if (row->has_value() && (*row)->last_seq() == oldest_) {
        rows.erase(Column::kIdempotency, core::as_view(header->idempotency_hash));
      }
    }
    ++oldest_;
    oldest_time_.reset();
  }
  if (oldest_ != first) rows.put(Column::kIdempotency, kOldestKey, seq_key(oldest_));
  return {};
}

core::Result<void> IdempotencyFold::reload(const RowReader& rows) {
  oldest_ = 1;
  oldest_time_.reset();
  const auto row = rows.get(Column::kIdempotency, kOldestKey);
  if (!row) return row.error();
  if (!row->has_value()) return {};
  const auto seq = seq_of_key(**row);
  if (!seq) return seq.error();
  oldest_ = *seq;
  return {};
}

}  // namespace gjallar::log
