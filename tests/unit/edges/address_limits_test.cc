#include "broker/edges/address_limits.h"

#include <catch2/catch.hpp>
#include <set>
#include <vector>

namespace v1 = gjallar::v1;
using gjallar::edges::AddressLimits;

TEST_CASE("an address may have so many places and no more, and another address its own") {
  AddressLimits limits(2);
  auto first = limits.enter("192.0.2.1");
  auto second = limits.enter("192.0.2.1");
  REQUIRE(first.has_value());
  REQUIRE(second.has_value());
  const auto third = limits.enter("192.0.2.1");
  REQUIRE(third.has_error());
  CHECK(third.error().code == v1::ERROR_CODE_OVERLOADED);
  CHECK(limits.enter("2001:db8::1").has_value());
  CHECK(limits.count("192.0.2.1") == 2);
  second->leave();
  CHECK(limits.count("192.0.2.1") == 1);
  CHECK(limits.enter("192.0.2.1").has_value());
}

TEST_CASE("a place goes with its owner and is given back once") {
  AddressLimits limits(5);
  {
    AddressLimits::Place kept;
    {
      auto place = limits.enter("192.0.2.1");
      kept = std::move(*place);
    }
    CHECK(limits.count("192.0.2.1") == 1);
    AddressLimits::Place other(std::move(kept));
    kept.leave();
    CHECK(limits.count("192.0.2.1") == 1);
  }
  CHECK(limits.count("192.0.2.1") == 0);
}

TEST_CASE("those who are refused are told different times to wait") {
  AddressLimits limits(1);
  const auto place = limits.enter("192.0.2.1");
  std::set<std::int64_t> waits;
  for (int n = 0; n < 20; ++n) {
    const auto refused = limits.enter("192.0.2.1");
    REQUIRE(refused.has_error());
    REQUIRE(refused.error().retry_after.has_value());
    CHECK(refused.error().retry_after->count() >= 5'000);
    CHECK(refused.error().retry_after->count() <= 15'000);
    waits.insert(refused.error().retry_after->count());
  }
  CHECK(waits.size() > 5);
}

TEST_CASE("a limit of 0 is none") {
  AddressLimits limits(0);
  std::vector<AddressLimits::Place> places;
  for (int n = 0; n < 10'000; ++n) {
    auto place = limits.enter("192.0.2.1");
    REQUIRE(place.has_value());
    places.push_back(std::move(*place));
  }
  CHECK(limits.count("192.0.2.1") == 0);
}

TEST_CASE("the address in a peer of gRPC is without its port") {
  using gjallar::edges::address_of_peer;
  CHECK(address_of_peer("ipv4:127.0.0.1:4711") == "127.0.0.1");
  CHECK(address_of_peer("ipv4:127.0.0.1:1") == "127.0.0.1");
  CHECK(address_of_peer("ipv6:%5B::1%5D:4711") == "%5B::1%5D");
  CHECK(address_of_peer("unix:/tmp/socket") == "unix:/tmp/socket");
  CHECK(address_of_peer("") == "");
  CHECK(address_of_peer("ipv4:") == "ipv4:");
}
