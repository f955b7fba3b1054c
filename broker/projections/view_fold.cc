#include "broker/projections/view_fold.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "broker/core/clock.h"
#include "broker/domain/life.h"
#include "broker/domain/match_keys.h"
#include "broker/domain/status_class.h"
#include "broker/domain/substances.h"
#include "broker/projections/duplicates.h"
#include "broker/projections/escalation_fold.h"
#include "broker/projections/parse.h"
#include "broker/projections/row_keys.h"

namespace gjallar::projections {
namespace {

/// Keys in order, none twice.
using Keys = std::vector<std::string>;
/// Of an alert with two areas.
constexpr std::size_t kRowsUsual = 12;

/// The rows by which alerts about the same are found.
void add_substance_rows(const v1::Alert& alert, Keys& out) {
  const std::vector<std::string> substances = domain::substance_keys(alert.content());
  if (substances.empty() || !domain::may_be_duplicate(alert.content().status())) return;
  const std::set<std::string> areas = indexed_areas(alert.content().audience());
  keys::SubstanceRow row;
  row.status = domain::status_class(alert.content().status());
  row.report = alert.content().report();
  const core::WallTime sent = core::from_timestamp(alert.sent());
  for (const std::string& substance : substances) {
    row.substance = substance;
    for (const std::string& area : areas) {
      row.area = area;
      out.push_back(keys::live_with_substance(row, sent, alert.alert_id()));
    }
  }
}

/// The rows by which a live alert is found; none for one that has ended.
Keys live_rows(const v1::Alert& alert) {
  Keys out;
  if (alert.phase() != v1::PHASE_LIVE) return out;
  out.reserve(kRowsUsual);
  out.push_back(keys::live(alert.alert_id()));
  for (const v1::AudienceGroup& group : alert.content().audience().groups()) {
    for (const std::string& area : group.areas())
      out.push_back(keys::live_in_area(area, alert.alert_id()));
    for (const std::string& role : group.roles())
      out.push_back(keys::live_for_role(role, alert.alert_id()));
    if (group.roles().empty()) out.push_back(keys::live_for_role(keys::kEveryRole, alert.alert_id()));
  }
  if (alert.content().has_expires()) {
    out.push_back(keys::expiry(core::from_timestamp(alert.content().expires()), alert.alert_id()));
  }
  if (const auto at = domain::expiry_question_at(alert))
    out.push_back(keys::expiry_question(*at, alert.alert_id()));
  add_substance_rows(alert, out);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace

core::Result<void> ViewFold::apply(const log::Record& record, log::RowWriter& rows) {
  const log::Header& header = record.header;
  if (header.subject_kind != domain::SubjectKind::kAlert) return {};
  if (step_->seq != header.seq) {
    return core::make_error(v1::ERROR_CODE_INTERNAL, "", "The fold of views ran before the fold of alerts.",
                            "Report it: this is a fault of the broker.");
  }
  if (!step_->before) rows.put(log::Column::kView, keys::reference(step_->after.reference()), header.subject);

  keys::History history;
  history.type = header.type;
  history.version = header.version;
  history.made_version = !step_->before || step_->before->version() != header.version;
  rows.put(log::Column::kView, keys::history(header.subject, header.seq), keys::encode_history(history));

  const Keys before = step_->before ? live_rows(*step_->before) : Keys();
  const Keys after = live_rows(step_->after);
  for (const std::string& key : before) {
    if (!std::binary_search(after.begin(), after.end(), key)) rows.erase(log::Column::kView, key);
  }
  for (const std::string& key : after) {
    if (!std::binary_search(before.begin(), before.end(), key)) rows.put(log::Column::kView, key, {});
  }
  return fold_escalation(record, rows);
}

core::Result<void> ViewFold::reload(const log::RowReader&) {
  return {};
}

core::Result<bool> ViewFold::upgrade(log::RowWriter& rows) {
  return upgrade_escalations(rows, upgraded_up_to_);
}

}  // namespace gjallar::projections
