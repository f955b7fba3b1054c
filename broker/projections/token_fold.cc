#include "broker/projections/token_fold.h"

#include "broker/log/record.h"
#include "broker/projections/parse.h"
#include "broker/projections/tokens.h"

namespace gjallar::projections {

core::Result<void> TokenFold::apply(const log::Record& record, log::RowWriter& rows) {
  if (record.header.subject_kind != domain::SubjectKind::kToken) return {};
  const std::string key = keys::token(record.header.subject);
  const auto held = rows.get(log::Column::kDirectory, key);
  if (!held) return held.error();
  const auto before = parse<storage::v1::TokenRow>(held.value().value_or(""), "token");
  if (!before) return before.error();
  const bool known = held.value().has_value();
  auto row = token_row_after(known ? &before.value() : nullptr, record);
  if (!row) return row.error();
  rows.put(log::Column::kDirectory, key, row.value().SerializeAsString());

  const bool was_in_force = known && !before.value().entry().revoked();
  const bool is_in_force = !row.value().entry().revoked();
  if (was_in_force != is_in_force) {
    const auto count = tokens_in_force(rows);
    if (!count) return count.error();
    const std::size_t now = is_in_force ? count.value() + 1 : count.value() - 1;
    rows.put(log::Column::kDirectory, keys::tokens_in_force(), log::seq_key(now));
  }
  domain::TokenAt token;
  token.version = row.value().version();
  token.entry.Swap(row.value().mutable_entry());
  tokens_->apply(std::move(token));
  return {};
}

core::Result<void> TokenFold::reload(const log::RowReader& rows) {
  auto tokens = tokens_at(rows);
  if (!tokens) return tokens.error();
  tokens_->replace(std::move(tokens.value()));
  // At start, what the rows hold is synced; later a reload may happen in the middle of a group.
  if (!loaded_) tokens_->publish();
  loaded_ = true;
  return {};
}

}  // namespace gjallar::projections
