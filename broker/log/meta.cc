#include "broker/log/meta.h"

#include <fmt/format.h>

#include <vector>

#include "broker/log/wire.h"

namespace gjallar::log {
namespace {

constexpr std::string_view kFormatKey = "format";
constexpr std::string_view kLogIdKey = "log_id";
constexpr std::string_view kSecretKey = "secret";
constexpr std::string_view kHeadKey = "head";
/// Events whose links are checked before anything is appended; `verify` checks all.
constexpr std::size_t kTailEvents = 256;

core::Error corrupt_meta(std::string message) {
  return core::make_error(gjallar::v1::ERROR_CODE_DATA_CORRUPT, "", std::move(message),
                          "Don't delete anything: copy the data folder and restore a backup.");
}

core::Result<std::string> required(const RowReader& rows, std::string_view key) {
  auto row = rows.get(Column::kMeta, key);
  if (!row) return row.error();
  if (!row->has_value()) return corrupt_meta(fmt::format("The row {} of column meta is missing.", key));
  return std::move(**row);
}

struct TailRow {
  core::Seq seq;
  std::string header;
};

/// From the newest back: each header must be the one that the event behind it, or the head, was written
/// after. Seen from the front an altered header looks fine, and the blame falls on the next event.
core::Result<void> check_borne_out(const Head& head, const std::vector<TailRow>& newest_first) {
  if (newest_first.empty() || newest_first.front().seq != head.seq) return {};  // the caller finds that
  core::Digest expected = head.hash;
  for (const auto& row : newest_first) {
    if (core::sha256(row.header) != expected) {
      return corrupt_meta(fmt::format("Event {}: its header isn't the one that {} names.", row.seq,
                                      row.seq == head.seq ? "the log's head" : "the next event"));
    }
    const auto header = decode_header(row.header);
    if (!header) return header.error();
    expected = header->previous_hash;
  }
  return {};
}

}  // namespace

void put_head(const Head& head, RowWriter& rows) {
  ByteWriter out;
  out.u64(head.seq);
  out.digest(head.hash);
  out.i64(head.time.time_since_epoch().count());
  rows.put(Column::kMeta, kHeadKey, out.take());
}

void put_format(RowWriter& rows) {
  ByteWriter format;
  format.u32(kFolderFormat);
  rows.put(Column::kMeta, kFormatKey, format.take());
}

void put_meta(const Meta& meta, RowWriter& rows) {
  put_format(rows);
  rows.put(Column::kMeta, kLogIdKey, meta.log_id.value());
  rows.put(Column::kMeta, kSecretKey, core::as_view(meta.secret));
  put_head(meta.head, rows);
}

core::Result<Head> read_head(const RowReader& rows) {
  const auto row = required(rows, kHeadKey);
  if (!row) return row.error();
  ByteReader in(*row);
  Head head;
  head.seq = in.u64();
  head.hash = in.digest();
  head.time = core::WallTime(core::Micros(in.i64()));
  if (!in.whole()) return corrupt_meta("The row head of column meta is damaged.");
  return head;
}

core::Result<std::optional<Meta>> read_meta(const RowReader& rows) {
  const auto format_row = rows.get(Column::kMeta, kFormatKey);
  if (!format_row) return format_row.error();
  if (!format_row->has_value()) {
    bool empty = true;
    GJALLAR_TRY(rows.scan(Column::kEvent, "", "", [&empty](std::string_view, std::string_view) {
      empty = false;
      return false;
    }));
    if (!empty) return corrupt_meta("The row format of column meta is missing.");
    return std::optional<Meta>();
  }
  ByteReader in(**format_row);
  const auto format = in.u32();
  if (!in.whole()) return corrupt_meta("The row format of column meta is damaged.");
  if (format < kFolderFormatOldest || format > kFolderFormat) {
    return core::make_error(gjallar::v1::ERROR_CODE_UNSUPPORTED, "",
                            fmt::format("The data folder has format {}; this version knows {} to {}.", format,
                                        kFolderFormatOldest, kFolderFormat),
                            "Run the version that wrote it.");
  }
  Meta meta;
  meta.format = format;
  auto log_id = required(rows, kLogIdKey);
  if (!log_id) return log_id.error();
  meta.log_id = core::LogId(std::move(*log_id));
  const auto secret = required(rows, kSecretKey);
  if (!secret) return secret.error();
  if (!core::digest_from(*secret, meta.secret))
    return corrupt_meta("The row secret of column meta is damaged.");
  const auto head = read_head(rows);
  if (!head) return head.error();
  meta.head = *head;
  return std::optional<Meta>(std::move(meta));
}

core::Result<void> check_tail(const Head& head, const RowReader& rows) {
  std::vector<TailRow> tail;
  core::Result<void> keys_fine;
  GJALLAR_TRY(rows.scan_back(Column::kEvent, std::string(8, '\xFF'),
                             [&](std::string_view key, std::string_view value) {
                               const auto seq = seq_of_key(key);
                               if (!seq) {
                                 keys_fine = seq.error();
                                 return false;
                               }
                               tail.push_back(TailRow{*seq, std::string(value)});
                               return tail.size() <= kTailEvents;
                             }));
  if (!keys_fine) return keys_fine.error();
  GJALLAR_TRY(check_borne_out(head, tail));
  Head before;
  for (auto row = tail.rbegin(); row != tail.rend(); ++row) {
    auto header = decode_header(row->header);
    if (!header) return header.error();
    Record record{std::move(*header), core::sha256(row->header), std::nullopt};
    const bool first = row == tail.rbegin();
    if (first && row->seq != 1) {
      before = Head{row->seq - 1, record.header.previous_hash, record.header.time};
    }
    GJALLAR_TRY(check_link(before, record, row->header));
    before = head_after(record);
  }
  if (before.seq != head.seq || before.hash != head.hash || before.time != head.time) {
    return corrupt_meta(
        fmt::format("The log ends with event {}, but column meta says {}.", before.seq, head.seq));
  }
  return {};
}

}  // namespace gjallar::log
