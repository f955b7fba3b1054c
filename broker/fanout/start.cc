#include "broker/fanout/start.h"

#include "broker/core/fault.h"

namespace gjallar::fanout {
namespace {

StartPlan given_up(gjallar::v1::Resumption resumption, gjallar::v1::GapReason reason, core::Seq from) {
  StartPlan plan;
  plan.resumption = resumption;
  plan.gap_reason = reason;
  plan.gap_from = from;
  return plan;
}

}  // namespace

StartPlan plan_start(const SessionRequest& request, const core::LogId& log_id, core::Seq head_seq) {
  StartPlan plan;
  if (!request.cursor && !request.after) {
    plan.resumption = gjallar::v1::RESUMPTION_STATE;
    return plan;
  }
  const core::Seq position = request.cursor ? request.cursor->seq : *request.after;
  if (request.cursor && request.cursor->log_id != log_id) {
    return given_up(gjallar::v1::RESUMPTION_FORK, gjallar::v1::GAP_REASON_OTHER_LOG, position);
  }
  if (position > head_seq && !core::faulty(core::Fault::kGapHidden)) {
    return given_up(gjallar::v1::RESUMPTION_GAP, gjallar::v1::GAP_REASON_AHEAD_OF_LOG, position);
  }
  plan.position = position;
  plan.replaying = head_seq - position;
  plan.resumption =
      plan.replaying == 0 ? gjallar::v1::RESUMPTION_UP_TO_DATE : gjallar::v1::RESUMPTION_REPLAYING;
  return plan;
}

}  // namespace gjallar::fanout
