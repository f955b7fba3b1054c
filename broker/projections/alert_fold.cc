#include "broker/projections/alert_fold.h"

#include "broker/domain/concerns.h"
#include "broker/projections/parse.h"
#include "gjallar/storage/v1/rows.pb.h"

namespace gjallar::projections {

core::Result<void> AlertFold::apply(const log::Record& record, log::RowWriter& rows) {
  const log::Header& header = record.header;
  if (header.subject_kind != domain::SubjectKind::kAlert) return {};
  const auto bytes = rows.get(log::Column::kAlert, header.subject);
  if (!bytes) return bytes.error();
  AlertStep step;
  step.seq = header.seq;
  domain::ServiceSet targeted;
  if (bytes.value()) {
    auto row = parse<storage::v1::AlertRow>(*bytes.value(), "alert");
    if (!row) return row.error();
    auto set = domain::ServiceSet::decode(row.value().targeted());
    if (!set) return set.error();
    targeted = std::move(set.value());
    step.before = std::move(*row.value().mutable_alert());
  }
  auto after = alert_after(step.before ? &*step.before : nullptr, record);
  if (!after) return after.error();
  if (after.value().alert_id() != header.subject) {
    return corrupt("An event's payload is about another alert than its header.");
  }
  step.after = std::move(after.value());
  step.targets = domain::targets_of(header.type, header.reach, targeted, directory_->at_head());

  targeted |= step.targets;
  storage::v1::AlertRow row;
  row.mutable_alert()->Swap(&step.after);
  row.set_last_seq(header.seq);
  row.set_targeted(targeted.encode());
  rows.put(log::Column::kAlert, header.subject, row.SerializeAsString());
  row.mutable_alert()->Swap(&step.after);
  *step_ = std::move(step);
  return {};
}

core::Result<void> AlertFold::reload(const log::RowReader&) {
  *step_ = AlertStep();
  return {};
}

}  // namespace gjallar::projections
