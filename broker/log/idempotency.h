#pragma once

#include "broker/log/fold.h"
#include "gjallar/storage/v1/rows.pb.h"

namespace gjallar::log {

/// SHA-256(principal, a 0 byte, key): a key means something only together with who used it.
[[nodiscard]] core::Digest idempotency_hash(std::string_view principal, std::string_view key);

/// The command that a key was used for, if it is still remembered at `now`.
[[nodiscard]] core::Result<std::optional<gjallar::storage::v1::IdempotencyRow>> find_command(
    const RowReader& rows, const core::Digest& hash, core::WallTime now);

/// Keeps column `idempotency`: hash → IdempotencyRow, from headers alone. Rows older than
/// kIdempotencyRetention are erased as the log goes on, at most a few with each event, so that what is there
/// is a function of the log.
class IdempotencyFold final : public Fold {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "idempotency"; }
  [[nodiscard]] std::vector<Column> columns() const override { return {Column::kIdempotency}; }
  [[nodiscard]] core::Result<void> apply(const Record& record, RowWriter& rows) override;
  [[nodiscard]] core::Result<void> reload(const RowReader& rows) override;

 private:
  [[nodiscard]] core::Result<void> forget_old(const Header& present, RowWriter& rows);

  core::Seq oldest_ = 1;                       ///< first event whose key may still be remembered
  std::optional<core::WallTime> oldest_time_;  ///< its time, once it was read
};

}  // namespace gjallar::log
