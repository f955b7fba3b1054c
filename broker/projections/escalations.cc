#include "broker/projections/escalations.h"

#include <utility>

#include "broker/projections/parse.h"
#include "broker/projections/row_keys.h"

namespace gjallar::projections {

core::Result<std::vector<EscalationOf>> escalations_at(const log::RowReader& rows,
                                                       std::string_view alert_id) {
  std::vector<EscalationOf> out;
  core::Result<void> read;
  const std::string prefix = keys::escalations(alert_id);
  GJALLAR_TRY(rows.scan(log::Column::kView, prefix, log::after_prefix(prefix),
                        [&](std::string_view key, std::string_view value) {
                          const auto parsed = keys::parse_escalation(key);
                          auto row = parse<storage::v1::EscalationRow>(value, "escalation");
                          if (!parsed || !row) {
                            read = row ? corrupt("A key of an escalation has another form.") : row.error();
                            return false;
                          }
                          out.push_back({parsed->service, parsed->step, parsed->way, std::move(row.value())});
                          return true;
                        }));
  GJALLAR_TRY(read);
  return out;
}

core::Result<std::vector<EscalationOf>> escalations_of(const log::LogSnapshot& snapshot,
                                                       const std::string& alert_id) {
  return escalations_at(snapshot.rows(), alert_id);
}

core::Result<std::vector<domain::TakenStep>> steps_taken(const log::RowReader& rows,
                                                         std::string_view alert_id) {
  const auto escalations = escalations_at(rows, alert_id);
  if (!escalations) return escalations.error();
  std::vector<domain::TakenStep> out;
  out.reserve(escalations.value().size());
  for (const EscalationOf& one : escalations.value()) {
    out.push_back({one.service, one.step, one.way, one.row.version(), one.row.seq(), one.row.outcome()});
  }
  return out;
}

}  // namespace gjallar::projections
