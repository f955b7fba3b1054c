// Thousands of schedules, and deliberate faults each of which some schedule must find.
#include "tests/support/fanout_simulation.h"

#include <catch2/catch.hpp>

#include "broker/core/fault.h"
#include "tests/support/rounds.h"

using namespace gjallar;
using namespace gjallar::testing;

TEST_CASE("whatever the schedule, every client ends with what concerns it, in order and once") {
  const int schedules = rounds(5'000);
  for (int seed = 1; seed <= schedules; ++seed) {
    const Finding finding = FanoutSimulation(static_cast<std::uint64_t>(seed)).run();
    INFO("seed " << seed << ": " << finding);
    REQUIRE(finding.empty());
  }
}

#ifdef GJALLAR_FAULTS
namespace {

struct Named {
  core::Fault fault;
  const char* name;
};
#define NAMED(fault)           \
  Named {                      \
    core::Fault::fault, #fault \
  }

const std::vector<Named> kFaults{
    NAMED(kRegisteredLate),      NAMED(kRingOffByOne),
    NAMED(kDuplicateFilterOff),  NAMED(kCursorMovedByOvertaking),
    NAMED(kOvertakingUnmarked),  NAMED(kOvertakingLeftOut),
    NAMED(kSliceShort),          NAMED(kDetachForgotten),
    NAMED(kPreviousUnconcerned), NAMED(kWakeForgotten),
    NAMED(kWindowIgnored),       NAMED(kWrittenForgotten),
    NAMED(kGapHidden),           NAMED(kCaughtUpEarly),
    NAMED(kHeartbeatAhead),      NAMED(kSyncSkipped),
};

}  // namespace

TEST_CASE("each deliberate fault is found by some schedule") {
  for (const Named& named : kFaults) {
    core::active_fault = named.fault;
    int seed = 0;
    Finding finding;
    while (finding.empty() && ++seed <= 500)
      finding = FanoutSimulation(static_cast<std::uint64_t>(seed)).run();
    core::active_fault = core::Fault::kNone;
    INFO(named.name);
    CHECK_FALSE(finding.empty());
    if (!finding.empty()) WARN(named.name << " found by seed " << seed << ": " << finding);
  }
}
#endif
