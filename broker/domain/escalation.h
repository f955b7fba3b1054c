#pragma once

#include "broker/core/ids.h"
#include "gjallar/v1/command.pb.h"

namespace gjallar::domain {

/// A step that was taken to reach a service otherwise, as far as decisions need it. At most one for each
/// alert, version, service, step and way.
struct TakenStep {
  core::ServiceNumber service = 0;
  gjallar::v1::EscalationStep step = gjallar::v1::ESCALATION_STEP_UNSPECIFIED;
  gjallar::v1::EscalationWay way = gjallar::v1::ESCALATION_WAY_UNSPECIFIED;
  core::Version version = 0;
  core::Seq seq = 0;  ///< of the event that took it
  gjallar::v1::EscalationOutcome outcome = gjallar::v1::ESCALATION_OUTCOME_UNSPECIFIED;
};

}  // namespace gjallar::domain
