#pragma once

#include "broker/log/fold.h"

namespace gjallar::projections {

/// Column `overdose`: every count that was sent, by status, county and time, and when each county last had a
/// hint. A count whose payload was destroyed leaves no row.
class OverdoseFold final : public log::Fold {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "overdose"; }
  [[nodiscard]] std::vector<log::Column> columns() const override { return {log::Column::kOverdose}; }
  [[nodiscard]] core::Result<void> apply(const log::Record& record, log::RowWriter& rows) override;
  [[nodiscard]] core::Result<void> reload(const log::RowReader&) override { return {}; }
};

}  // namespace gjallar::projections
