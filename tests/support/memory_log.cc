#include "tests/support/memory_log.h"

#include <stdexcept>

#include "broker/log/chain.h"
#include "broker/projections/folds.h"

namespace gjallar::testing {
namespace {

void must(const core::Result<void>& result) {
  if (!result) throw std::runtime_error(core::to_text(result.error()));
}

}  // namespace

core::Result<std::optional<std::string>> MemoryRows::get(log::Column column, std::string_view key) const {
  const auto found = rows_.find({column, std::string(key)});
  if (found == rows_.end()) return std::optional<std::string>();
  return std::optional(found->second);
}

core::Result<void> MemoryRows::scan(
    log::Column column, std::string_view from, std::string_view to,
    const std::function<bool(std::string_view, std::string_view)>& visit) const {
  for (auto row = rows_.lower_bound({column, std::string(from)}); row != rows_.end(); ++row) {
    if (row->first.first != column || (!to.empty() && row->first.second >= to)) break;
    if (!visit(row->first.second, row->second)) break;
  }
  return {};
}

core::Result<void> MemoryRows::scan_back(
    log::Column column, std::string_view from,
    const std::function<bool(std::string_view, std::string_view)>& visit) const {
  for (auto row = rows_.upper_bound({column, std::string(from)}); row != rows_.begin();) {
    --row;
    if (row->first.first != column || !visit(row->first.second, row->second)) break;
  }
  return {};
}

void MemoryRows::put(log::Column column, std::string_view key, std::string_view value) {
  rows_[{column, std::string(key)}] = std::string(value);
}

void MemoryRows::erase(log::Column column, std::string_view key) {
  rows_.erase({column, std::string(key)});
}

MemoryLog::MemoryLog(const log::LogSnapshot& snapshot, const std::function<void(log::Record&)>& change) {
  const auto folds = projections::fold_factory(nullptr)(log::FoldPurpose::kShadow);
  for (const auto& fold : folds)
    must(fold->reload(rows_));
  must(snapshot.for_each(1, snapshot.head().seq, [&](const log::CommittedEvent& event) {
    log::CommittedEvent taken = event;
    if (change) change(taken.record);
    for (const auto& fold : folds)
      must(fold->apply(taken.record, rows_));
    const auto targets = rows_.get(log::Column::kTarget, log::seq_key(taken.record.header.seq)).value();
    taken.targets = targets ? domain::ServiceSet::decode(*targets).value() : domain::ServiceSet();
    head_ = log::head_after(taken.record);
    events_.push_back(std::move(taken));
    return true;
  }));
}

core::Result<log::CommittedEvent> MemoryLog::read(core::Seq seq) const {
  if (seq == 0 || seq > events_.size()) {
    return core::make_error(v1::ERROR_CODE_NOT_FOUND, "seq", "No such event.", "Stay within the log.");
  }
  return events_[static_cast<std::size_t>(seq - 1)];
}

core::Result<void> MemoryLog::for_each(core::Seq from, core::Seq to,
                                       const std::function<bool(const log::CommittedEvent&)>& visit) const {
  for (core::Seq seq = from; seq <= to; ++seq) {
    const auto event = read(seq);
    if (!event) return event.error();
    if (!visit(event.value())) break;
  }
  return {};
}

core::Result<void> MemoryLog::select(core::Seq from, core::Seq to, const log::Selection& selection) const {
  core::Result<void> seen;
  GJALLAR_TRY(for_each(from, to, [&](const log::CommittedEvent& event) {
    const std::string header = log::encode_header(event.record.header);
    const std::string payload = event.record.payload ? log::encode_payload(*event.record.payload) : "";
    const auto view = log::view_header(header);
    if (!view) {
      seen = view.error();
      return false;
    }
    if (selection.wanted && !selection.wanted(*view)) return true;
    if (selection.service && !event.targets.contains(*selection.service)) return true;
    const auto bytes = event.record.payload ? std::optional<std::string_view>(payload) : std::nullopt;
    return selection.visit({*view, bytes});
  }));
  return seen;
}

Rows folded_rows(const log::RowReader& rows) {
  Rows out;
  for (const log::Column column :
       {log::Column::kAlert, log::Column::kView, log::Column::kDirectory, log::Column::kTarget}) {
    must(rows.scan(column, {}, {}, [&](std::string_view key, std::string_view value) {
      out[{column, std::string(key)}] = std::string(value);
      return true;
    }));
  }
  return out;
}

}  // namespace gjallar::testing
