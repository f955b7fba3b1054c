#include "broker/projections/tokens.h"

#include <utility>

#include "broker/log/record.h"
#include "broker/projections/parse.h"

namespace gjallar::projections {
namespace {

/// Visits the rows of all tokens by id.
core::Result<void> for_each_token(const log::RowReader& rows,
                                  const std::function<void(storage::v1::TokenRow)>& visit) {
  core::Result<void> read;
  GJALLAR_TRY(rows.scan(log::Column::kDirectory, "t", "u", [&](std::string_view, std::string_view value) {
    auto row = parse<storage::v1::TokenRow>(value, "token");
    if (!row) {
      read = row.error();
      return false;
    }
    visit(std::move(row.value()));
    return true;
  }));
  return read;
}

google::protobuf::Timestamp timestamp_of(std::int64_t us) {
  return core::to_timestamp(core::WallTime(core::Micros(us)));
}

}  // namespace

std::string keys::token(std::string_view token_id) {
  return std::string("t").append(token_id);
}

std::string keys::tokens_in_force() {
  return "n";
}

core::Result<std::optional<domain::TokenAt>> find_token(const log::RowReader& rows,
                                                        std::string_view token_id) {
  const auto bytes = rows.get(log::Column::kDirectory, keys::token(token_id));
  if (!bytes) return bytes.error();
  if (!bytes.value()) return std::optional<domain::TokenAt>();
  auto row = parse<storage::v1::TokenRow>(*bytes.value(), "token");
  if (!row) return row.error();
  domain::TokenAt token;
  token.entry.Swap(row.value().mutable_entry());
  token.version = row.value().version();
  return std::optional(std::move(token));
}

core::Result<std::size_t> tokens_in_force(const log::RowReader& rows) {
  const auto bytes = rows.get(log::Column::kDirectory, keys::tokens_in_force());
  if (!bytes) return bytes.error();
  if (!bytes.value()) return std::size_t{0};
  const auto count = log::seq_of_key(*bytes.value());
  if (!count) return corrupt("The stored count of tokens can't be read.");
  return static_cast<std::size_t>(count.value());
}

core::Result<Tokens> tokens_at(const log::RowReader& rows) {
  Tokens tokens;
  GJALLAR_TRY(for_each_token(rows, [&tokens](storage::v1::TokenRow row) {
    if (row.entry().revoked()) return;
    domain::TokenAt token;
    token.version = row.version();
    token.entry.Swap(row.mutable_entry());
    std::string id = token.entry.token_id();
    tokens.emplace(std::move(id), std::move(token));
  }));
  return tokens;
}

core::Result<v1::ListTokensResponse> list_tokens(const log::LogSnapshot& snapshot,
                                                 const domain::Principal& principal,
                                                 const v1::ListTokensRequest& request) {
  if (!principal.rights.operate && !principal.rights.audit) {
    return core::make_error(v1::ERROR_CODE_PERMISSION_DENIED, "list_tokens", "You may not list the tokens.",
                            "Ask the operator for the right to operate or to audit.");
  }
  v1::ListTokensResponse response;
  GJALLAR_TRY(for_each_token(snapshot.rows(), [&](const storage::v1::TokenRow& row) {
    if (row.entry().revoked() && !request.include_revoked()) return;
    if (!request.principal().empty() && row.entry().principal() != request.principal()) return;
    v1::TokenInfo& info = *response.add_tokens();
    info.set_token_id(row.entry().token_id());
    info.set_principal(row.entry().principal());
    *info.mutable_issued() = timestamp_of(row.issued_us());
    if (row.rotated_us() != 0) *info.mutable_rotated() = timestamp_of(row.rotated_us());
    info.set_revoked(row.entry().revoked());
  }));
  return response;
}

core::Result<storage::v1::TokenRow> token_row_after(const storage::v1::TokenRow* before,
                                                    const log::Record& record) {
  const log::Header& header = record.header;
  storage::v1::TokenRow row;
  if (before != nullptr) row = *before;
  if (record.payload) {
    auto payload = parse<v1::EventPayload>(record.payload->bytes, "event");
    if (!payload) return payload.error();
    if (payload.value().token().token_id() != header.subject) {
      return corrupt("An event's payload is about another token than its header.");
    }
    row.mutable_entry()->Swap(payload.value().mutable_token());
  } else {
    v1::TokenEntry& entry = *row.mutable_entry();
    entry.set_token_id(header.subject);
    entry.clear_secret_sha256();
    entry.clear_previous_sha256();
    entry.clear_previous_until();
    if (header.type == v1::EVENT_TYPE_TOKEN_REVOKED) entry.set_revoked(true);
  }
  const std::int64_t time_us = header.time.time_since_epoch().count();
  if (before == nullptr) row.set_issued_us(time_us);
  if (header.type == v1::EVENT_TYPE_TOKEN_ROTATED) row.set_rotated_us(time_us);
  row.set_version(header.version);
  return row;
}

}  // namespace gjallar::projections
