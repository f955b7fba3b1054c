#include "broker/log/group_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "broker/core/jitter.h"
#include "broker/core/limits.h"
#include "broker/domain/principal.h"
#include "broker/log/idempotency.h"

namespace gjallar::log {
namespace v1 = gjallar::v1;
namespace {

AppendOutcome failed(AppendStatus status, core::Error error) {
  AppendOutcome outcome;
  outcome.status = status;
  outcome.error = std::move(error);
  return outcome;
}

/// Why a decide or a fold said no: the command's fault, or ours.
AppendOutcome not_done(core::Error error) {
  const bool ours = error.code == v1::ERROR_CODE_DATA_CORRUPT || error.code == v1::ERROR_CODE_UNAVAILABLE ||
                    error.code == v1::ERROR_CODE_INTERNAL;
  return failed(ours ? AppendStatus::kUnavailable : AppendStatus::kRefused, std::move(error));
}

core::Error internal_error() {
  return core::make_error(v1::ERROR_CODE_INTERNAL, "",
                          "The broker failed on this command; nothing was written.", "Tell the operator.");
}

core::Error unavailable(std::string message) {
  auto error = core::make_error(v1::ERROR_CODE_UNAVAILABLE, "", std::move(message),
                                "Send it again with the same idempotency key.");
  error.retry_after = core::jittered(core::limits::kOverloadedRetryAfter);
  return error;
}

core::Result<domain::ServiceSet> read_targets(const RowReader& rows, core::Seq seq) {
  const auto bytes = rows.get(Column::kTarget, seq_key(seq));
  if (!bytes) return bytes.error();
  if (!bytes->has_value()) return domain::ServiceSet();
  return domain::ServiceSet::decode(**bytes);
}

Committed committed_by(core::Seq first_seq, const Header& last, const domain::ServiceSet& targets) {
  Committed committed;
  committed.first_seq = first_seq;
  committed.last_seq = last.seq;
  committed.subject_kind = last.subject_kind;
  committed.subject = last.subject;
  committed.version = last.version;
  committed.time = last.time;
  committed.services_concerned = static_cast<std::uint32_t>(targets.count());
  return committed;
}

core::Result<Committed> first_answer(const RowReader& rows, core::Seq first_seq, core::Seq last_seq) {
  const auto bytes = rows.get(Column::kEvent, seq_key(last_seq));
  if (!bytes) return bytes.error();
  const auto header = decode_header(bytes->value_or(""));
  if (!header) return header.error();
  domain::ServiceSet targets;
  for (core::Seq seq = first_seq; seq <= last_seq; ++seq) {
    const auto more = read_targets(rows, seq);
    if (!more) return more.error();
    targets |= *more;
  }
  return committed_by(first_seq, *header, targets);
}

}  // namespace

GroupWriter::GroupWriter(RocksStore& store, const LocalLogOptions& options)
    : store_(store),
      clock_(*options.clock),
      random_(*options.random),
      before_write_(options.write_fault),
      after_write_(options.write_fault_after),
      folds_(options.folds, FoldPurpose::kLive),
      rows_(store) {}

core::Result<void> GroupWriter::begin(Meta meta) {
  GJALLAR_TRY(folds_.reload(rows_));
  domain::NewEvent opened;
  opened.type = v1::EVENT_TYPE_LOG_OPENED;
  opened.subject_kind = domain::SubjectKind::kLog;
  opened.subject = meta.log_id.value();
  opened.version = 1;
  Attribution attribution;
  attribution.principal = domain::broker_principal().name.value();
  GJALLAR_TRY(add_one(opened, attribution, clock_.wall()));
  meta.head = running_;
  put_meta(meta, rows_);
  GJALLAR_TRY(flush());
  head_ = running_;
  rows_.clear();
  events_.clear();
  return {};
}

core::Result<void> GroupWriter::resume(const Head& head) {
  head_ = head;
  running_ = head;
  return folds_.reload(rows_);
}

core::Result<void> GroupWriter::reload_folds() {
  return reload_folds_from(StoreRows(store_));
}

core::Result<void> GroupWriter::reload_folds_from(const RowReader& rows) {
  auto reloaded = folds_.reload(rows);
  if (!reloaded) broken_ = "The log stopped: its rows can't be read. " + reloaded.error().message;
  return reloaded;
}

GroupWriter::Written GroupWriter::write(const std::vector<Pending>& group) {
  Written written;
  written.outcomes.reserve(group.size());
  rows_.hold_store();
  for (const auto& pending : group)
    written.outcomes.push_back(decide_one(pending));

  core::Result<void> flushed;
  if (!events_.empty()) {
    put_head(running_, rows_);
    if (prepared_) prepared_(events_);
    flushed = flush();
  }
  if (flushed) {
    if (touched_ != nullptr) rows_.add_touched(folds_.columns(), *touched_);
    head_ = running_;
    written.events = std::move(events_);
    written.finding = broken_;
  } else {
    // A failed sync may have reached the disk. Nobody knows until the log is opened again.
    for (auto& outcome : written.outcomes) {
      const bool of_this_batch = outcome.committed.last_seq > head_.seq;
      if (outcome.status == AppendStatus::kDuplicate && !of_this_batch) continue;
      if (of_this_batch) {
        outcome =
            failed(AppendStatus::kUnknown,
                   core::make_error(v1::ERROR_CODE_OUTCOME_UNKNOWN, "",
                                    "The disk failed while the command was being written.",
                                    "Send it again with the same idempotency key when the broker is back."));
      } else if (outcome.status != AppendStatus::kUnavailable) {
        outcome =
            failed(AppendStatus::kUnavailable,
                   unavailable("The command was decided on a state that may be lost; nothing was written."));
      }
    }
    running_ = head_;
    written.finding = fmt::format(
        "The log stopped after a failed write: {} The last commands show, or don't, when it is opened again.",
        flushed.error().message);
    if (auto reloaded = reload_folds(); !reloaded) written.finding += " " + reloaded.error().message;
  }
  events_.clear();
  rows_.clear();
  return written;
}

core::Result<void> GroupWriter::flush() {
  if (before_write_) GJALLAR_TRY(before_write_());
  GJALLAR_TRY(rows_.write());
  if (after_write_) GJALLAR_TRY(after_write_());
  return {};
}

AppendOutcome GroupWriter::decide_one(const Pending& pending) {
  if (!broken_.empty()) return failed(AppendStatus::kUnavailable, unavailable(broken_));
  if (clock_.steady() > pending.deadline) {
    return failed(AppendStatus::kUnavailable,
                  unavailable("The deadline passed before the command was begun; nothing was written."));
  }
  const auto time = std::max(clock_.wall(), running_.time);
  const Head head = running_;
  const std::size_t events = events_.size();
  bool begun = false;
  try {
    if (auto seen = seen_before(pending, time)) return std::move(*seen);
    const auto decided = pending.decide(rows_, time);
    if (!decided) return not_done(decided.error());
    AppendOutcome outcome;
    outcome.status = AppendStatus::kCommitted;
    if (decided->empty()) return outcome;
    rows_.begin_part();
    begun = true;
    auto added = add(*decided, pending.attribution, time);
    if (!added) {
      take_back(head, events);
      return not_done(added.error());
    }
    rows_.keep_part();
    outcome.committed = std::move(*added);
    return outcome;
  } catch (const std::exception&) {
    if (begun) take_back(head, events);
    return failed(AppendStatus::kUnavailable, internal_error());
  }
}

std::optional<AppendOutcome> GroupWriter::seen_before(const Pending& pending, core::WallTime time) {
  const auto& attribution = pending.attribution;
  if (attribution.idempotency_hash == core::Digest{}) return std::nullopt;
  const auto row = find_command(rows_, attribution.idempotency_hash, time);
  if (!row) return not_done(row.error());
  if (!row->has_value()) return std::nullopt;
  if (!core::equal_in_constant_time((*row)->command_digest(), core::as_view(attribution.command_digest))) {
    return failed(AppendStatus::kRefused,
                  core::make_error(v1::ERROR_CODE_IDEMPOTENCY_KEY_REUSED, "idempotency_key",
                                   "This idempotency key was used for another command.",
                                   "Use a new key for a new command, and repeat a command unchanged."));
  }
  auto answer = first_answer(rows_, (*row)->first_seq(), (*row)->last_seq());
  if (!answer) return not_done(answer.error());
  AppendOutcome outcome;
  outcome.status = AppendStatus::kDuplicate;
  outcome.committed = std::move(*answer);
  return outcome;
}

core::Result<Committed> GroupWriter::add(const std::vector<domain::NewEvent>& events,
                                         const Attribution& attribution, core::WallTime time) {
  const core::Seq first_seq = running_.seq + 1;
  for (const auto& event : events)
    GJALLAR_TRY(add_one(event, attribution, time));
  const auto& last = *events_.back();
  domain::ServiceSet targets;
  for (std::size_t i = events_.size() - events.size(); i < events_.size(); ++i)
    targets |= events_[i]->targets;
  return committed_by(first_seq, last.record.header, targets);
}

core::Result<void> GroupWriter::add_one(const domain::NewEvent& event, const Attribution& attribution,
                                        core::WallTime time) {
  auto committed = std::make_shared<CommittedEvent>();
  Record& record = committed->record;
  record = seal(running_, event, attribution, time, random_.bytes32());
  const auto key = seq_key(record.header.seq);
  rows_.put(Column::kEvent, key, encode_header(record.header));
  rows_.put(Column::kPayload, key, encode_payload(*record.payload));
  GJALLAR_TRY(folds_.apply(record, rows_));
  // The row of a new event is this batch's, or there is none.
  if (const std::string* const row = rows_.put_by_batch(Column::kTarget, key)) {
    auto targets = domain::ServiceSet::decode(*row);
    if (!targets) return targets.error();
    committed->targets = std::move(*targets);
  }
  running_ = head_after(record);
  events_.push_back(std::move(committed));
  return {};
}

void GroupWriter::take_back(const Head& head, std::size_t events) {
  rows_.allow_all();
  rows_.take_back_part();
  running_ = head;
  events_.resize(events);
  // Folds may hold what they had folded of it. If they can't be read back, nothing more is written.
  (void)reload_folds_from(rows_);
}

}  // namespace gjallar::log
