#pragma once

#include <memory>

#include "broker/log/fold.h"
#include "broker/projections/live_directory.h"

namespace gjallar::projections {

/// Column `directory`: the services at the head, and which events were about each. Keeps `directory` at the
/// head of what it folds.
class DirectoryFold final : public log::Fold {
 public:
  explicit DirectoryFold(std::shared_ptr<LiveDirectory> directory) : directory_(std::move(directory)) {}
  [[nodiscard]] std::string_view name() const noexcept override { return "directory"; }
  [[nodiscard]] std::vector<log::Column> columns() const override { return {log::Column::kDirectory}; }
  [[nodiscard]] core::Result<void> apply(const log::Record& record, log::RowWriter& rows) override;
  [[nodiscard]] core::Result<void> reload(const log::RowReader& rows) override;
  void settled() override { directory_->publish(); }

 private:
  std::shared_ptr<LiveDirectory> directory_;
  bool loaded_ = false;
};

}  // namespace gjallar::projections
