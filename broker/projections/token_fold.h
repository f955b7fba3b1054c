#pragma once

#include <memory>

#include "broker/log/fold.h"
#include "broker/projections/live_tokens.h"

namespace gjallar::projections {

/// Column `directory`, beside the services: the tokens at the head, and how many are in force. Keeps `tokens`
/// at the head of what it folds.
class TokenFold final : public log::Fold {
 public:
  explicit TokenFold(std::shared_ptr<LiveTokens> tokens) : tokens_(std::move(tokens)) {}
  [[nodiscard]] std::string_view name() const noexcept override { return "token"; }
  [[nodiscard]] std::vector<log::Column> columns() const override { return {log::Column::kDirectory}; }
  [[nodiscard]] core::Result<void> apply(const log::Record& record, log::RowWriter& rows) override;
  [[nodiscard]] core::Result<void> reload(const log::RowReader& rows) override;
  void settled() override { tokens_->publish(); }

 private:
  std::shared_ptr<LiveTokens> tokens_;
  bool loaded_ = false;
};

}  // namespace gjallar::projections
