// A log in memory, for folding a log's events once more without a store: from zero, in part, or with payloads
// destroyed.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "broker/log/event_log.h"
#include "broker/log/rows.h"

namespace gjallar::testing {

using Rows = std::map<std::pair<log::Column, std::string>, std::string>;

/// Rows in a sorted map.
class MemoryRows final : public log::RowWriter {
 public:
  [[nodiscard]] core::Result<std::optional<std::string>> get(log::Column column,
                                                             std::string_view key) const override;
  [[nodiscard]] core::Result<void> scan(
      log::Column column, std::string_view from, std::string_view to,
      const std::function<bool(std::string_view key, std::string_view value)>& visit) const override;
  [[nodiscard]] core::Result<void> scan_back(
      log::Column column, std::string_view from,
      const std::function<bool(std::string_view key, std::string_view value)>& visit) const override;
  void put(log::Column column, std::string_view key, std::string_view value) override;
  void erase(log::Column column, std::string_view key) override;
  [[nodiscard]] const Rows& all() const noexcept { return rows_; }

 private:
  Rows rows_;
};

/// Events folded from zero by a shadow set of folds; also a snapshot at its last event.
class MemoryLog final : public log::LogSnapshot {
 public:
  /// Takes the events of `snapshot` one by one; `change` may alter a record before it is folded.
  explicit MemoryLog(const log::LogSnapshot& snapshot, const std::function<void(log::Record&)>& change = {});
  [[nodiscard]] const log::RowReader& rows() const override { return rows_; }
  [[nodiscard]] log::Head head() const override { return head_; }
  [[nodiscard]] core::Result<log::CommittedEvent> read(core::Seq seq) const override;
  [[nodiscard]] core::Result<log::CommittedEvent> read_header(core::Seq seq) const override {
    return read(seq);
  }
  [[nodiscard]] core::Result<void> for_each(
      core::Seq from, core::Seq to,
      const std::function<bool(const log::CommittedEvent&)>& visit) const override;
  [[nodiscard]] core::Result<void> select(core::Seq from, core::Seq to,
                                          const log::Selection& selection) const override;

 private:
  MemoryRows rows_;
  std::vector<log::CommittedEvent> events_;
  log::Head head_;
};

/// All rows of the columns that projections fold.
[[nodiscard]] Rows folded_rows(const log::RowReader& rows);

}  // namespace gjallar::testing
