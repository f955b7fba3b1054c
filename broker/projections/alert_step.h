#pragma once

#include <optional>

#include "broker/domain/service_set.h"
#include "broker/log/record.h"
#include "gjallar/v1/alert.pb.h"

namespace gjallar::projections {

/// What one record did to its alert. AlertFold makes it once a record; the folds after it read it.
struct AlertStep {
  core::Seq seq = 0;  ///< of the record; 0: none yet
  std::optional<gjallar::v1::Alert> before;
  gjallar::v1::Alert after;
  domain::ServiceSet targets;  ///< of this event; all that were told up to it, unless it is a notice
};

/// The alert after a record about an alert. If the payload was destroyed, what the header and `before` tell,
/// marked redacted, with empty content. Pure. DATA_CORRUPT if the payload can't be read or doesn't follow
/// from `before`.
[[nodiscard]] core::Result<gjallar::v1::Alert> alert_after(const gjallar::v1::Alert* before,
                                                           const log::Record& record);

}  // namespace gjallar::projections
