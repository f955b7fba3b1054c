#pragma once

#include <memory>
#include <string>

#include "broker/log/fold.h"
#include "broker/projections/alert_step.h"

namespace gjallar::projections {

/// Column `view`: alerts by reference, each alert's history, the live alerts by area, by role and by expiry,
/// and the escalations (keys in row_keys.h).
class ViewFold final : public log::Fold {
 public:
  explicit ViewFold(std::shared_ptr<const AlertStep> step) : step_(std::move(step)) {}
  [[nodiscard]] std::string_view name() const noexcept override { return "views"; }
  [[nodiscard]] std::vector<log::Column> columns() const override { return {log::Column::kView}; }
  [[nodiscard]] core::Result<void> apply(const log::Record& record, log::RowWriter& rows) override;
  [[nodiscard]] core::Result<void> reload(const log::RowReader& rows) override;
  [[nodiscard]] core::Result<bool> upgrade(log::RowWriter& rows) override;

 private:
  std::shared_ptr<const AlertStep> step_;
  std::string upgraded_up_to_;
};

}  // namespace gjallar::projections
