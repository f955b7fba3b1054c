#include "broker/projections/alerts.h"

#include <algorithm>
#include <utility>

#include "broker/core/identity.h"
#include "broker/projections/alert_rows.h"
#include "broker/projections/parse.h"
#include "broker/projections/row_keys.h"
#include "gjallar/storage/v1/rows.pb.h"

namespace gjallar::projections {

core::Result<AlertAt> decode_alert_row(std::string_view bytes) {
  auto row = parse<storage::v1::AlertRow>(bytes, "alert");
  if (!row) return row.error();
  auto targeted = domain::ServiceSet::decode(row.value().targeted());
  if (!targeted) return targeted.error();
  AlertAt out;
  out.alert = std::move(*row.value().mutable_alert());
  out.seq = row.value().last_seq();
  out.targeted = std::move(targeted.value());
  return out;
}

core::Result<std::optional<AlertAt>> alert_row(const log::RowReader& rows, std::string_view alert_id) {
  const auto bytes = rows.get(log::Column::kAlert, alert_id);
  if (!bytes) return bytes.error();
  if (!bytes.value()) return std::optional<AlertAt>();
  auto alert = decode_alert_row(*bytes.value());
  if (!alert) return alert.error();
  return std::optional(std::move(alert.value()));
}

core::Result<std::optional<std::string>> find_alert_id(const log::RowReader& rows,
                                                       std::string_view id_or_reference) {
  if (core::is_uuid(id_or_reference)) {
    const auto row = rows.get(log::Column::kAlert, id_or_reference);
    if (!row) return row.error();
    return row.value() ? std::optional(std::string(id_or_reference)) : std::optional<std::string>();
  }
  const auto reference = core::canonical_reference(id_or_reference);
  if (!reference) return std::optional<std::string>();
  return rows.get(log::Column::kView, keys::reference(*reference));
}

core::Result<std::optional<AlertAt>> find_alert(const log::RowReader& rows,
                                                std::string_view id_or_reference) {
  if (core::is_uuid(id_or_reference)) return alert_row(rows, id_or_reference);
  const auto id = find_alert_id(rows, id_or_reference);
  if (!id) return id.error();
  if (!id.value()) return std::optional<AlertAt>();
  return alert_row(rows, *id.value());
}

core::Result<void> for_each_live(const log::RowReader& rows,
                                 const std::function<bool(const AlertAt&)>& visit) {
  core::Result<void> read;
  GJALLAR_TRY(rows.scan(log::Column::kView, "l", "m", [&](std::string_view key, std::string_view) {
    const auto alert = alert_row(rows, key.substr(1));
    if (!alert) {
      read = alert.error();
      return false;
    }
    if (!alert.value()) {
      read = corrupt("A live alert has no row.");
      return false;
    }
    return visit(*alert.value());
  }));
  return read;
}

core::Result<std::vector<AlertAt>> live_alerts_for(const log::RowReader& rows,
                                                   const v1::DirectoryEntry& service) {
  std::vector<AlertAt> out;
  GJALLAR_TRY(for_each_live(rows, [&](const AlertAt& at) {
    if (domain::matches(domain::match_keys_of(at.alert), service)) out.push_back(at);
    return true;
  }));
  std::sort(out.begin(), out.end(),
            [](const AlertAt& a, const AlertAt& b) { return shown_before(a.alert, b.alert); });
  return out;
}

core::Result<std::vector<std::string>> due_to_expire(const log::RowReader& rows, core::WallTime now,
                                                     std::size_t max) {
  std::vector<std::string> out;
  if (max == 0) return out;
  GJALLAR_TRY(rows.scan(log::Column::kView, "e", "f", [&](std::string_view key, std::string_view) {
    auto row = keys::parse_expiry(key);
    if (!row || row->expires > now) return false;
    out.push_back(std::move(row->alert_id));
    return out.size() < max;
  }));
  return out;
}

core::Result<std::optional<core::WallTime>> next_expiry(const log::RowReader& rows) {
  std::optional<core::WallTime> next;
  GJALLAR_TRY(rows.scan(log::Column::kView, "e", "f", [&](std::string_view key, std::string_view) {
    if (const auto row = keys::parse_expiry(key)) next = row->expires;
    return false;
  }));
  return next;
}

core::Result<std::vector<std::string>> due_to_ask(const log::RowReader& rows, core::WallTime now,
                                                  std::size_t max) {
  std::vector<std::string> out;
  if (max == 0) return out;
  GJALLAR_TRY(rows.scan(log::Column::kView, "q", "r", [&](std::string_view key, std::string_view) {
    auto row = keys::parse_expiry_question(key);
    if (!row || row->expires > now) return false;
    out.push_back(std::move(row->alert_id));
    return out.size() < max;
  }));
  return out;
}

core::Result<std::optional<core::WallTime>> next_question(const log::RowReader& rows) {
  std::optional<core::WallTime> next;
  GJALLAR_TRY(rows.scan(log::Column::kView, "q", "r", [&](std::string_view key, std::string_view) {
    if (const auto row = keys::parse_expiry_question(key)) next = row->expires;
    return false;
  }));
  return next;
}

bool shown_before(const v1::Alert& a, const v1::Alert& b) {
  const bool a_urgent = a.level() == v1::GRADE_LEVEL_URGENT;
  const bool b_urgent = b.level() == v1::GRADE_LEVEL_URGENT;
  if (a_urgent != b_urgent) return a_urgent;
  const core::WallTime a_changed = core::from_timestamp(a.changed());
  const core::WallTime b_changed = core::from_timestamp(b.changed());
  if (a_changed != b_changed) return a_changed > b_changed;
  return a.alert_id() < b.alert_id();
}

}  // namespace gjallar::projections
