#pragma once

#include <memory>

#include "broker/log/fold.h"
#include "broker/projections/alert_step.h"
#include "broker/projections/live_directory.h"

namespace gjallar::projections {

/// Column `target`: for each event the set of services it concerns. An event that concerns none has no row.
class TargetFold final : public log::Fold {
 public:
  TargetFold(std::shared_ptr<const LiveDirectory> directory, std::shared_ptr<const AlertStep> step)
      : directory_(std::move(directory)), step_(std::move(step)) {}
  [[nodiscard]] std::string_view name() const noexcept override { return "targets"; }
  [[nodiscard]] std::vector<log::Column> columns() const override { return {log::Column::kTarget}; }
  [[nodiscard]] core::Result<void> apply(const log::Record& record, log::RowWriter& rows) override;
  [[nodiscard]] core::Result<void> reload(const log::RowReader& rows) override;

 private:
  std::shared_ptr<const LiveDirectory> directory_;
  std::shared_ptr<const AlertStep> step_;
};

}  // namespace gjallar::projections
