#include "broker/fanout/start.h"

#include <utility>

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

StartPlan forked(core::Seq from) {
  return given_up(gjallar::v1::RESUMPTION_FORK, gjallar::v1::GAP_REASON_FORK, from);
}

}  // namespace

StartPlan plan_start(const SessionRequest& request, const core::LogId& log_id, core::Seq head_seq) {
  StartPlan plan;
  const bool saw_any = request.seen && request.seen->seq != 0;
  if (saw_any && request.seen->seq <= head_seq) plan.to_check = std::make_shared<SeenHead>(*request.seen);
  if (!request.cursor && !request.after) {
    if (saw_any && !plan.to_check) return forked(request.seen->seq);
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
  if (saw_any && !plan.to_check) return forked(position);
  plan.position = position;
  plan.replaying = head_seq - position;
  plan.resumption =
      plan.replaying == 0 ? gjallar::v1::RESUMPTION_UP_TO_DATE : gjallar::v1::RESUMPTION_REPLAYING;
  // Who asks for all history wants it in order.
  plan.urgent_first = plan.replaying > 0 && (request.cursor || position > 0) &&
                      !core::faulty(core::Fault::kUrgentFirstLeftOut);
  return plan;
}

StartPlan after_check(StartPlan plan, bool holds) {
  const auto checked = std::exchange(plan.to_check, nullptr);
  if (holds || !checked || core::faulty(core::Fault::kForkHidden)) return plan;
  return forked(plan.position.value_or(checked->seq));
}

}  // namespace gjallar::fanout
