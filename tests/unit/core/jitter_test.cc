#include "broker/core/jitter.h"

#include <catch2/catch.hpp>
#include <set>

using namespace gjallar;

TEST_CASE("advice is drawn from what is least to three times as much, and spread over all of it") {
  const std::chrono::milliseconds least(1'000);
  std::set<std::int64_t> thirds;
  for (int n = 0; n < 300; ++n) {
    const std::int64_t advice = core::jittered(least).count();
    CHECK(advice >= 1'000);
    CHECK(advice <= 3'000);
    thirds.insert((advice - 1'000) / 667);
  }
  CHECK(thirds.size() == 3);
}
