#include "broker/core/token_bucket.h"

#include <catch2/catch.hpp>

using namespace gjallar;
using std::chrono::milliseconds;

TEST_CASE("a bucket gives so many at once, and then so many a second") {
  core::SteadyTime now{};
  core::TokenBucket bucket(10, 3, now);
  for (int i = 0; i < 3; ++i)
    CHECK(bucket.take(now).count() == 0);
  CHECK(bucket.take(now) == milliseconds(101));
  now += milliseconds(99);
  CHECK(bucket.take(now).count() > 0);
  now += milliseconds(2);
  CHECK(bucket.take(now).count() == 0);
  CHECK(bucket.take(now).count() > 0);
  now += std::chrono::hours(1);  // however long the silence
  for (int i = 0; i < 3; ++i)
    CHECK(bucket.take(now).count() == 0);
  CHECK(bucket.take(now).count() > 0);
}
