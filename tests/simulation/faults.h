// The deliberate faults of broker/core/fault.h, and who must find each. Every one is found by somebody.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "broker/core/fault.h"

namespace gjallar::testing {

struct NamedFault {
  core::Fault fault;
  const char* name;
};
#define GJALLAR_NAMED(fault)   \
  NamedFault {                 \
    core::Fault::fault, #fault \
  }

/// Found by the simulated fan-out.
inline const std::vector<NamedFault> kFaultsOfFanout{
    GJALLAR_NAMED(kRegisteredLate),
    GJALLAR_NAMED(kRingOffByOne),
    GJALLAR_NAMED(kDuplicateFilterOff),
    GJALLAR_NAMED(kCursorMovedByOvertaking),
    GJALLAR_NAMED(kOvertakingUnmarked),
    GJALLAR_NAMED(kOvertakingLeftOut),
    GJALLAR_NAMED(kSliceShort),
    GJALLAR_NAMED(kDetachForgotten),
    GJALLAR_NAMED(kPreviousUnconcerned),
    GJALLAR_NAMED(kWakeForgotten),
    GJALLAR_NAMED(kWindowIgnored),
    GJALLAR_NAMED(kWrittenForgotten),
    GJALLAR_NAMED(kGapHidden),
    GJALLAR_NAMED(kCaughtUpEarly),
    GJALLAR_NAMED(kHeartbeatAhead),
    GJALLAR_NAMED(kSyncSkipped),
    GJALLAR_NAMED(kUrgentFirstLeftOut),
    GJALLAR_NAMED(kForkHidden),
    GJALLAR_NAMED(kInterestChangeUntold),
    GJALLAR_NAMED(kCursorBeforeState),
    GJALLAR_NAMED(kSentAfterGoodbye),
    GJALLAR_NAMED(kSlowForgotten),
    GJALLAR_NAMED(kSlowAtOnce),
    GJALLAR_NAMED(kDrainingLetsIn),
    GJALLAR_NAMED(kLimitIgnored),
    GJALLAR_NAMED(kPlaceKept),
    GJALLAR_NAMED(kRetryTogether),
};
/// Found by what is read from a real log of a random history.
inline const std::vector<NamedFault> kFaultsOfComingBack{
    GJALLAR_NAMED(kUrgentFirstStale),   GJALLAR_NAMED(kForkUnnoticed),    GJALLAR_NAMED(kRetractionsUntold),
    GJALLAR_NAMED(kRetractionsForEver), GJALLAR_NAMED(kLookBackCutShort),
};
#undef GJALLAR_NAMED

/// The first seed with which `run` finds something wrong while the fault is on; 0: none of the first `most`.
/// What it found is put into `finding`.
inline int seed_that_finds([[maybe_unused]] core::Fault fault, int most,
                           const std::function<std::string(std::uint64_t)>& run, std::string& finding) {
#ifdef GJALLAR_FAULTS
  core::active_fault = fault;
#endif
  int seed = 0;
  finding.clear();
  while (finding.empty() && seed < most)
    finding = run(static_cast<std::uint64_t>(++seed));
#ifdef GJALLAR_FAULTS
  core::active_fault = core::Fault::kNone;
#endif
  return finding.empty() ? 0 : seed;
}

}  // namespace gjallar::testing
