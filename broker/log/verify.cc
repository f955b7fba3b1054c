#include <fmt/format.h>

#include <string>
#include <vector>

#include "broker/core/limits.h"
#include "broker/log/local_log.h"

namespace gjallar::log {
namespace {

struct Row {
  std::string key;
  std::string value;
};

/// Up to a slice of rows with from <= key < to.
core::Result<std::vector<Row>> read_slice(const RowReader& rows, Column column, std::string_view from,
                                          std::string_view to) {
  std::vector<Row> slice;
  GJALLAR_TRY(rows.scan(column, from, to, [&slice](std::string_view key, std::string_view value) {
    slice.push_back(Row{std::string(key), std::string(value)});
    return slice.size() < core::limits::kBulkSliceRecords;
  }));
  return slice;
}

/// One walk over the log. `head_` is the last event found good, as far as what has been read can tell.
class Verifier {
 public:
  Verifier(const LogSnapshot& snapshot, const std::function<void()>& yield)
      : snapshot_(snapshot), yield_(yield) {}

  VerifyReport run(core::Seq from) {
    auto walked = begin_at(from == 0 ? 1 : from);
    if (walked) walked = walk();
    report_.head = head_;
    if (!walked) {
      // After the last event found good; what the engine can't read says nothing about where in a slice.
      report_.first_bad_seq = unreadable_ ? 0 : head_.seq + 1;
      report_.finding = walked.error().message;
      name_the_file();
      return report_;
    }
    if (const auto files = snapshot_.check_files(); !files) {
      report_.finding = files.error().message;
      return report_;
    }
    report_.intact = true;
    return report_;
  }

 private:
  core::Error bad(std::string_view what) const {
    return core::make_error(gjallar::v1::ERROR_CODE_DATA_CORRUPT, "",
                            fmt::format("Event {}: {}.", head_.seq + 1, what), "");
  }

  core::Result<void> begin_at(core::Seq from) {
    if (from == 1) return {};
    before_.seq = from - 2;
    head_ = before_;
    const auto bytes = snapshot_.rows().get(Column::kEvent, seq_key(from - 1));
    if (!bytes) return unreadable(bytes.error());
    if (!bytes->has_value()) return bad("it isn't there");
    auto header = decode_header(**bytes);
    if (!header) return bad(header.error().message);
    if (header->seq != from - 1) return bad("another seq stands in its place");
    head_ = Head{header->seq, core::sha256(**bytes), header->time};
    return {};
  }

  /// Some of the engine's words don't say which table they are about; its own check does.
  void name_the_file() {
    if (!unreadable_ || report_.finding.find(".sst") != std::string::npos) return;
    if (const auto files = snapshot_.check_files(); !files) report_.finding += " " + files.error().message;
  }

  /// A finding of the storage engine's.
  core::Error unreadable(core::Error error) {
    unreadable_ = true;
    return error;
  }

  core::Result<void> walk() {
    const RowReader& rows = snapshot_.rows();
    while (true) {
      auto events = read_slice(rows, Column::kEvent, seq_key(head_.seq + 1), "");
      if (!events) return unreadable(events.error());
      if (events->empty()) break;
      // Payloads from the first event due to the last one there: an orphan in between is found too.
      auto payloads = read_slice(rows, Column::kPayload, seq_key(head_.seq + 1), events->back().key + '\0');
      if (!payloads) return unreadable(payloads.error());
      auto payload = payloads->begin();
      for (const auto& event : *events) {
        const bool there = payload != payloads->end() && payload->key == event.key;
        GJALLAR_TRY(check(event, there ? &payload->value : nullptr));
        if (there) ++payload;
      }
      if (payload != payloads->end()) return bad("a payload stands where no event is");
      if (yield_) yield_();
    }
    bool orphan = false;
    const auto looked =
        rows.scan(Column::kPayload, seq_key(head_.seq + 1), "", [&](std::string_view, std::string_view) {
          orphan = true;
          return false;
        });
    if (!looked) return unreadable(looked.error());
    if (orphan) return bad("it has a payload and no header");
    const Head expected = snapshot_.head();
    if (head_.seq > expected.seq) {
      head_ = expected;
      return bad(fmt::format("it stands behind the log's head, which is event {}", expected.seq));
    }
    if (head_.seq == expected.seq && head_.hash != expected.hash) {
      step_back();
      return bad("its header isn't the one that the log's head names");
    }
    if (head_.seq != expected.seq || head_.hash != expected.hash || head_.time != expected.time) {
      return bad(fmt::format("it isn't there; the log's head is event {}", expected.seq));
    }
    return {};
  }

  core::Result<void> check(const Row& event, const std::string* payload) {
    if (event.key != seq_key(head_.seq + 1)) return bad("it isn't there; another key stands in its place");
    auto header = decode_header(event.value);
    if (!header) return bad(header.error().message);
    Record record;
    record.header = std::move(*header);
    record.hash = core::sha256(event.value);
    if (payload == nullptr) return bad("its payload is missing and no event says that it was redacted");
    auto decoded = decode_payload(*payload);
    if (!decoded) return bad("its payload is too short");
    record.payload = std::move(*decoded);
    if (record.header.seq == head_.seq + 1 && record.header.previous_hash != head_.hash &&
        follows_well(record)) {
      // It is this event that the rest of the chain bears out, so the one before was changed.
      step_back();
      return bad("its header isn't the one that the next event follows from (previous hash)");
    }
    GJALLAR_TRY(check_link(head_, record, event.value));
    before_ = head_;
    head_ = head_after(record);
    ++report_.events;
    return {};
  }

  void step_back() {
    if (report_.events > 0) --report_.events;
    head_ = before_;
  }

  /// Whether what comes after `record` was written after just this header.
  bool follows_well(const Record& record) const {
    if (record.header.seq == snapshot_.head().seq) return record.hash == snapshot_.head().hash;
    const auto next = snapshot_.rows().get(Column::kEvent, seq_key(record.header.seq + 1));
    if (!next || !next->has_value()) return false;
    const auto header = decode_header(**next);
    return header && header->previous_hash == record.hash;
  }

  const LogSnapshot& snapshot_;
  const std::function<void()>& yield_;
  Head before_;
  Head head_;
  bool unreadable_ = false;
  VerifyReport report_;
};

}  // namespace

core::Result<void> check_from_seq(const LogSnapshot& snapshot, core::Seq from_seq) {
  if (from_seq <= snapshot.head().seq) return {};
  return core::make_error(gjallar::v1::ERROR_CODE_INVALID_ARGUMENT, "from_seq",
                          "The log has no event with this seq yet.",
                          fmt::format("Give a seq up to {}.", snapshot.head().seq));
}

VerifyReport verify(const LogSnapshot& snapshot, core::Seq from_seq, const std::function<void()>& yield) {
  return Verifier(snapshot, yield).run(from_seq);
}

}  // namespace gjallar::log
