#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "broker/domain/principal.h"
#include "broker/domain/token.h"
#include "broker/log/event_log.h"
#include "broker/projections/live_tokens.h"
#include "gjallar/storage/v1/rows.pb.h"
#include "gjallar/v1/operator_service.pb.h"

/// The tokens of the log, read from column `directory`. Any thread.
namespace gjallar::projections {

namespace keys {
/// "t" token id → TokenRow, in column directory.
[[nodiscard]] std::string token(std::string_view token_id);
/// "n" → how many tokens are in force, u64, in column directory.
[[nodiscard]] std::string tokens_in_force();
}  // namespace keys

/// The token as it stands; nothing if there is none.
[[nodiscard]] core::Result<std::optional<domain::TokenAt>> find_token(const log::RowReader& rows,
                                                                      std::string_view token_id);
/// How many are in force.
[[nodiscard]] core::Result<std::size_t> tokens_in_force(const log::RowReader& rows);
/// Those in force.
[[nodiscard]] core::Result<Tokens> tokens_at(const log::RowReader& rows);

/// All tokens by id, without their hashes. PERMISSION_DENIED without the right to operate or to audit.
[[nodiscard]] core::Result<gjallar::v1::ListTokensResponse> list_tokens(
    const log::LogSnapshot& snapshot, const domain::Principal& principal,
    const gjallar::v1::ListTokensRequest& request);

/// The row of a token after an event; `before` is nullptr for its first. Where the payload was destroyed, no
/// secret is known any more. DATA_CORRUPT if the event is about another token than its subject.
[[nodiscard]] core::Result<gjallar::storage::v1::TokenRow> token_row_after(
    const gjallar::storage::v1::TokenRow* before, const log::Record& record);

}  // namespace gjallar::projections
