#include "broker/projections/candidates.h"

#include <set>
#include <string>
#include <utility>

#include "broker/domain/area.h"
#include "broker/projections/alert_rows.h"
#include "broker/projections/history.h"
#include "broker/projections/parse.h"
#include "broker/projections/row_keys.h"

namespace gjallar::projections {
namespace {

/// A UUID in text: what ends the keys of live alerts by area and role.
constexpr std::size_t kAlertIdLength = 36;

core::Result<void> collect(const log::RowReader& rows, const std::string& prefix,
                           std::set<std::string>& ids) {
  return rows.scan(log::Column::kView, prefix, log::after_prefix(prefix),
                   [&ids](std::string_view key, std::string_view) {
                     if (key.size() > kAlertIdLength) ids.emplace(key.substr(key.size() - kAlertIdLength));
                     return true;
                   });
}

/// Areas that meet `area`: those around it by their whole code, itself and those within by the beginning of
/// theirs.
core::Result<std::set<std::string>> live_in(const log::RowReader& rows, std::string_view area) {
  std::set<std::string> ids;
  GJALLAR_TRY(collect(rows, "a" + std::string(area), ids));
  for (std::string_view around = domain::parent(area); !around.empty(); around = domain::parent(around)) {
    GJALLAR_TRY(collect(rows, keys::live_in_area(around, {}), ids));
  }
  return ids;
}

core::Result<std::set<std::string>> live_for(const log::RowReader& rows, std::string_view role) {
  std::set<std::string> ids;
  GJALLAR_TRY(collect(rows, keys::live_for_role(role, {}), ids));
  GJALLAR_TRY(collect(rows, keys::live_for_role(keys::kEveryRole, {}), ids));
  return ids;
}

core::Result<void> visit_ids(const log::RowReader& rows, const core::Result<std::set<std::string>>& ids,
                             const std::function<void(AlertAt&&)>& visit) {
  if (!ids) return ids.error();
  for (const std::string& id : ids.value()) {
    auto at = alert_row(rows, id);
    if (!at) return at.error();
    if (!at.value()) return corrupt("A live alert has no row.");
    visit(std::move(*at.value()));
  }
  return {};
}

core::Result<void> visit_at_head(const log::RowReader& rows, const v1::ListAlertsRequest& request,
                                 const std::function<void(AlertAt&&)>& visit) {
  if (request.include_ended()) {
    core::Result<void> read;
    GJALLAR_TRY(rows.scan(log::Column::kAlert, {}, {}, [&](std::string_view, std::string_view value) {
      auto at = decode_alert_row(value);
      if (!at) {
        read = at.error();
        return false;
      }
      visit(std::move(at.value()));
      return true;
    }));
    return read;
  }
  if (!request.area().empty()) return visit_ids(rows, live_in(rows, request.area()), visit);
  if (!request.role().empty()) return visit_ids(rows, live_for(rows, request.role()), visit);
  return for_each_live(rows, [&visit](const AlertAt& at) {
    visit(AlertAt(at));
    return true;
  });
}

bool ends(v1::EventType type) {
  return type == v1::EVENT_TYPE_ALERT_RETRACTED || type == v1::EVENT_TYPE_ALERT_EXPIRED ||
         type == v1::EVENT_TYPE_ALERT_SUPERSEDED;
}

}  // namespace

core::Result<void> for_each_candidate(const log::LogSnapshot& snapshot, const v1::ListAlertsRequest& request,
                                      core::Seq seq, const std::function<void(AlertAt&&)>& visit) {
  const log::RowReader& rows = snapshot.rows();
  if (seq == snapshot.head().seq) return visit_at_head(rows, request, visit);
  core::Result<void> read;
  GJALLAR_TRY(rows.scan(log::Column::kView, "r", "s", [&](std::string_view, std::string_view alert_id) {
    const auto last = last_event_of(rows, alert_id, seq);
    if (!last) {
      read = last.error();
      return false;
    }
    if (!last.value() || (ends(last.value()->type) && !request.include_ended())) return true;
    auto at = alert_as_of(snapshot, alert_id, seq);
    if (!at) {
      read = at.error();
      return false;
    }
    if (at.value()) visit(std::move(*at.value()));
    return true;
  }));
  return read;
}

}  // namespace gjallar::projections
