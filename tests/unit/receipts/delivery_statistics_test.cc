#include "broker/receipts/delivery_statistics.h"

#include <catch2/catch.hpp>

using namespace gjallar;
using core::Micros;
using receipts::percentile;

namespace {

std::vector<Micros> one_to(int last) {
  std::vector<Micros> out;
  for (int i = 1; i <= last; ++i)
    out.emplace_back(i);
  return out;
}

}  // namespace

TEST_CASE("a percentile is the nearest rank") {
  CHECK_FALSE(percentile({}, 50).has_value());
  CHECK(percentile(one_to(1), 1) == Micros(1));
  CHECK(percentile(one_to(1), 95) == Micros(1));
  CHECK(percentile(one_to(2), 50) == Micros(1));
  CHECK(percentile(one_to(3), 50) == Micros(2));
  CHECK(percentile(one_to(4), 50) == Micros(2));
  CHECK(percentile(one_to(10), 95) == Micros(10));
  CHECK(percentile(one_to(19), 95) == Micros(19));
  CHECK(percentile(one_to(20), 95) == Micros(19));
  CHECK(percentile(one_to(100), 95) == Micros(95));
  CHECK(percentile(one_to(100), 100) == Micros(100));
}

TEST_CASE("a reception before the event, by another clock, counts as at once") {
  v1::GetDeliveryResponse response;
  *response.mutable_time() = core::to_timestamp(core::WallTime(Micros(1'000'000)));
  *response.add_services()->mutable_received() = core::to_timestamp(core::WallTime(Micros(900'000)));
  *response.add_services()->mutable_received() = core::to_timestamp(core::WallTime(Micros(4'000'000)));
  response.add_services();
  receipts::count_delivery(response);
  CHECK(response.targeted() == 3);
  CHECK(response.received() == 2);
  CHECK(response.not_received() == 1);
  CHECK(response.first_received().seconds() == 0);
  CHECK(response.first_received().nanos() == 0);
  CHECK(response.last_received().seconds() == 3);
  CHECK(response.skew().seconds() == 3);
}
