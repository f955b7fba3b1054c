#include "broker/projections/target_fold.h"

#include "broker/domain/concerns.h"
#include "broker/projections/parse.h"

namespace gjallar::projections {

core::Result<void> TargetFold::apply(const log::Record& record, log::RowWriter& rows) {
  const log::Header& header = record.header;
  if (header.subject_kind == domain::SubjectKind::kAlert) {
    if (step_->seq != header.seq) {
      return core::make_error(v1::ERROR_CODE_INTERNAL, "",
                              "The fold of targets ran before the fold of alerts.",
                              "Report it: this is a fault of the broker.");
    }
    if (!step_->targets.empty())
      rows.put(log::Column::kTarget, log::seq_key(header.seq), step_->targets.encode());
    return {};
  }
  const domain::ServiceSet targets = domain::targets_of(header.reach, {}, directory_->at_head());
  if (!targets.empty()) rows.put(log::Column::kTarget, log::seq_key(header.seq), targets.encode());
  return {};
}

core::Result<void> TargetFold::reload(const log::RowReader&) {
  return {};
}

}  // namespace gjallar::projections
