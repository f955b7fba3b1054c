#pragma once

#include "broker/log/event_log.h"
#include "broker/log/store_rows.h"

namespace gjallar::log {

/// A moment of the local log. Taken between two batches, so rows, events and head agree.
class LocalSnapshot final : public LogSnapshot {
 public:
  explicit LocalSnapshot(const RocksStore& store);
  [[nodiscard]] const RowReader& rows() const override { return rows_; }
  [[nodiscard]] Head head() const override { return head_; }
  [[nodiscard]] core::Result<CommittedEvent> read(core::Seq seq) const override;
  [[nodiscard]] core::Result<CommittedEvent> read_header(core::Seq seq) const override;
  [[nodiscard]] core::Result<void> for_each(
      core::Seq from, core::Seq to, const std::function<bool(const CommittedEvent&)>& visit) const override;
  [[nodiscard]] core::Result<void> select(core::Seq from, core::Seq to,
                                          const Selection& selection) const override;
  [[nodiscard]] core::Result<void> check_files() const override { return store_.check_files(); }

 private:
  const RocksStore& store_;
  StoreSnapshot snapshot_;
  StoreRows rows_;
  Head head_;
};

}  // namespace gjallar::log
