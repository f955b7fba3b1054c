#pragma once

#include <memory>

#include "broker/log/fold.h"
#include "broker/projections/alert_step.h"
#include "broker/projections/live_directory.h"

namespace gjallar::projections {

/// Column `alert`: each alert at the head, with every service that any of its events concerned. Finds the
/// targets of its events, once, and leaves them in `step` for TargetFold and ViewFold, which run after it on
/// the same record.
class AlertFold final : public log::Fold {
 public:
  AlertFold(std::shared_ptr<const LiveDirectory> directory, std::shared_ptr<AlertStep> step)
      : directory_(std::move(directory)), step_(std::move(step)) {}
  [[nodiscard]] std::string_view name() const noexcept override { return "alerts"; }
  [[nodiscard]] std::vector<log::Column> columns() const override { return {log::Column::kAlert}; }
  [[nodiscard]] core::Result<void> apply(const log::Record& record, log::RowWriter& rows) override;
  [[nodiscard]] core::Result<void> reload(const log::RowReader& rows) override;

 private:
  std::shared_ptr<const LiveDirectory> directory_;
  std::shared_ptr<AlertStep> step_;
};

}  // namespace gjallar::projections
