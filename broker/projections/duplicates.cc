#include "broker/projections/duplicates.h"

#include <algorithm>
#include <map>
#include <utility>

#include "broker/core/limits.h"
#include "broker/domain/area.h"
#include "broker/domain/duplicates.h"
#include "broker/domain/status_class.h"
#include "broker/domain/substances.h"
#include "broker/projections/alert_rows.h"
#include "broker/projections/row_keys.h"

namespace gjallar::projections {
namespace {

namespace limits = core::limits;

std::string_view indexed_area(std::string_view area) {
  const std::string_view above = domain::parent(area);
  return domain::parent(above).empty() ? area : above;
}

/// Looks through the index, newest rows first, as far as the bounds go.
class Search {
 public:
  Search(const log::RowReader& rows, core::WallTime since) : rows_(rows), since_(since) {}

  /// Whether there is any row of this substance, wherever and however old.
  [[nodiscard]] core::Result<bool> has_any(const keys::SubstanceRow& row) const {
    const std::string prefix = keys::live_with_substance(row);
    bool found = false;
    GJALLAR_TRY(rows_.scan(log::Column::kView, prefix, log::after_prefix(prefix),
                           [&found](std::string_view, std::string_view) {
                             found = true;
                             return false;
                           }));
    return found;
  }

  /// Rows of exactly this area.
  core::Result<void> look_in(const keys::SubstanceRow& row) {
    if (ranges_++ >= limits::kDuplicateRangesMax) return {};
    const std::string prefix = keys::live_with_substance_in(row);
    const std::string last = prefix + std::string(8, '\xff');
    return rows_.scan_back(log::Column::kView, last, [&](std::string_view key, std::string_view) {
      if (key.substr(0, prefix.size()) != prefix || looked_++ >= limits::kDuplicateRowsMax) return false;
      const auto found = keys::parse_live_with_substance(key);
      if (!found || found->sent < since_) return false;
      found_.emplace(found->alert_id, found->sent);
      return true;
    });
  }

  /// Rows of every area within a country.
  core::Result<void> look_within(const keys::SubstanceRow& row) {
    if (ranges_++ >= limits::kDuplicateRangesMax) return {};
    const std::string prefix = keys::live_with_substance(row) + std::string(row.area) + "-";
    return rows_.scan(log::Column::kView, prefix, log::after_prefix(prefix),
                      [&](std::string_view key, std::string_view) {
                        if (looked_++ >= limits::kDuplicateRowsMax) return false;
                        const auto found = keys::parse_live_with_substance(key);
                        if (found && found->sent >= since_) found_.emplace(found->alert_id, found->sent);
                        return true;
                      });
  }

  [[nodiscard]] std::vector<std::string> newest_first() const {
    std::vector<std::pair<core::WallTime, std::string>> order;
    for (const auto& entry : found_)
      order.emplace_back(entry.second, entry.first);
    std::sort(order.rbegin(), order.rend());
    std::vector<std::string> ids;
    for (auto& entry : order)
      ids.push_back(std::move(entry.second));
    return ids;
  }

 private:
  const log::RowReader& rows_;
  const core::WallTime since_;
  std::size_t ranges_ = 0;
  std::size_t looked_ = 0;
  std::map<std::string, core::WallTime> found_;
};

core::Result<void> look(Search& search, keys::SubstanceRow row, const std::set<std::string>& areas) {
  // Of most substances nothing is live: one look tells that, where each area costs two of its own.
  const auto any = search.has_any(row);
  if (!any) return any.error();
  if (!any.value()) return {};
  for (const std::string& area : areas) {
    row.area = area;
    GJALLAR_TRY(search.look_in(row));
    const std::string_view country = domain::parent(area);
    if (country.empty()) {
      GJALLAR_TRY(search.look_within(row));
    } else if (areas.count(std::string(country)) == 0) {
      row.area = country;
      GJALLAR_TRY(search.look_in(row));
    }
  }
  return {};
}

/// Whether it was the alert's before the change that `other` is about the same: then it was asked about, or
/// linked, when the later of the two was issued.
bool is_settled(const v1::Alert* held, const v1::Alert& other) {
  return held != nullptr &&
         (held->alert_id() == other.alert_id() || domain::names_alert(held->content(), other) ||
          domain::names_alert(other.content(), *held) ||
          domain::are_about_the_same(held->content(), other.content()));
}

}  // namespace

std::set<std::string> indexed_areas(const v1::Audience& audience) {
  std::set<std::string> out;
  for (const v1::AudienceGroup& group : audience.groups()) {
    for (const std::string& area : group.areas())
      out.emplace(indexed_area(area));
  }
  return out;
}

core::Result<std::vector<AlertAt>> possible_duplicates(const log::RowReader& rows,
                                                       const v1::AlertContent& content, core::WallTime since,
                                                       const v1::Alert* held) {
  std::vector<AlertAt> out;
  const std::vector<std::string> substances = domain::substance_keys(content);
  if (substances.empty() || !domain::may_be_duplicate(content.status())) return out;
  const std::set<std::string> areas = indexed_areas(content.audience());
  Search search(rows, since);
  keys::SubstanceRow row;
  row.status = domain::status_class(content.status());
  for (const std::string& substance : substances) {
    row.substance = substance;
    row.report = false;
    GJALLAR_TRY(look(search, row, areas));
    if (!content.report()) continue;
    row.report = true;
    GJALLAR_TRY(look(search, row, areas));
  }
  for (const std::string& id : search.newest_first()) {
    if (out.size() == limits::kPossibleDuplicatesMax) break;
    auto at = alert_row(rows, id);
    if (!at) return at.error();
    if (!at.value() || !domain::may_be_duplicate(at.value()->alert.content().status())) continue;
    if (domain::names_alert(content, at.value()->alert) || is_settled(held, at.value()->alert)) continue;
    if (!domain::audiences_meet(content.audience(), at.value()->alert.content().audience())) continue;
    out.push_back(std::move(*at.value()));
  }
  return out;
}

}  // namespace gjallar::projections
