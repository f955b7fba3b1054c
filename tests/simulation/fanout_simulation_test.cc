// Thousands of schedules, and deliberate faults each of which some schedule must find.
#include "tests/support/fanout_simulation.h"

#include <catch2/catch.hpp>
#include <set>

#include "tests/simulation/faults.h"
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

TEST_CASE("every deliberate fault is looked for, once") {
  std::set<core::Fault> looked_for;
  for (const auto* const faults : {&kFaultsOfFanout, &kFaultsOfComingBack}) {
    for (const NamedFault& named : *faults)
      CHECK(looked_for.insert(named.fault).second);
  }
  CHECK(looked_for.count(core::Fault::kNone) == 0);
  CHECK(looked_for.size() == static_cast<std::size_t>(core::Fault::kLast));
  CHECK(looked_for.size() >= 12);
}

#ifdef GJALLAR_FAULTS
TEST_CASE("each deliberate fault of the fan-out is found by some schedule") {
  const auto run = [](std::uint64_t seed) { return FanoutSimulation(seed).run(); };
  for (const NamedFault& named : kFaultsOfFanout) {
    Finding finding;
    const int seed = seed_that_finds(named.fault, 500, run, finding);
    INFO(named.name);
    CHECK(seed != 0);
    if (seed != 0) WARN(named.name << " found by seed " << seed << ": " << finding);
  }
}
#endif
