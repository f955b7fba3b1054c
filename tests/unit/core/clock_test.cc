#include "broker/core/clock.h"

#include <catch2/catch.hpp>
#include <limits>

namespace gjallar::core {
namespace {

TEST_CASE("a time survives the way through a timestamp, before 1970 too") {
  for (const std::int64_t us : {0LL, 1LL, 999'999LL, 1'767'225'600'000'001LL, -1LL, -1'500'000LL}) {
    const WallTime time{Micros(us)};
    const auto timestamp = to_timestamp(time);
    CHECK(timestamp.nanos() >= 0);
    CHECK(timestamp.nanos() < 1'000'000'000);
    CHECK(from_timestamp(timestamp) == time);
  }
}

TEST_CASE("nanoseconds are cut to microseconds") {
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(5);
  timestamp.set_nanos(1'999);
  CHECK(from_timestamp(timestamp) == WallTime(Micros(5'000'001)));
}

TEST_CASE(
    "a timestamp beyond what a microsecond clock holds is a very early or very late time, no overflow") {
  google::protobuf::Timestamp timestamp;
  for (const std::int64_t seconds : {9'300'000'000'000LL, std::numeric_limits<long long>::max()}) {
    timestamp.set_seconds(seconds);
    timestamp.set_nanos(std::numeric_limits<std::int32_t>::max());
    CHECK(from_timestamp(timestamp) > ManualClock().wall() + std::chrono::hours(24 * 365 * 100'000L));
    timestamp.set_seconds(-seconds);
    timestamp.set_nanos(std::numeric_limits<std::int32_t>::min());
    CHECK(from_timestamp(timestamp) - Micros(1) < WallTime(Micros(0)));
  }
}

TEST_CASE("a time is written in UTC with microseconds") {
  CHECK(to_rfc3339(ManualClock().wall()) == "2026-01-01T00:00:00.000000Z");
  CHECK(to_rfc3339(ManualClock().wall() + Micros(1'000'042)) == "2026-01-01T00:00:01.000042Z");
}

TEST_CASE("a manual clock stands still until it is moved, and its wall can step alone") {
  ManualClock clock;
  const WallTime wall = clock.wall();
  const SteadyTime steady = clock.steady();
  CHECK(clock.wall() == wall);
  clock.advance(std::chrono::seconds(2));
  CHECK(clock.wall() - wall == std::chrono::seconds(2));
  CHECK(clock.steady() - steady == std::chrono::seconds(2));
  clock.step_wall(-std::chrono::seconds(5));
  CHECK(clock.wall() - wall == -std::chrono::seconds(3));
  CHECK(clock.steady() - steady == std::chrono::seconds(2));
}

TEST_CASE("the system clock's steady time never goes back") {
  const SystemClock clock;
  const SteadyTime first = clock.steady();
  CHECK(clock.steady() >= first);
  CHECK(clock.wall() > ManualClock().wall() - std::chrono::hours(24 * 3'650));
}

}  // namespace
}  // namespace gjallar::core
