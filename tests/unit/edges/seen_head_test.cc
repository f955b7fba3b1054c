#include "broker/edges/seen_head.h"

#include <catch2/catch.hpp>

namespace v1 = gjallar::v1;
using gjallar::edges::seen_head_in;
using gjallar::edges::seen_head_of;

namespace {

const std::string kSeenHex = std::string(62, '0') + "aF";

}  // namespace

TEST_CASE("a head that was seen is a seq and a chain hash, in hexadecimal in a query") {
  const auto seen = seen_head_in("12:" + kSeenHex, "seen");
  REQUIRE(seen.has_value());
  REQUIRE(seen->has_value());
  CHECK((*seen)->seq == 12);
  CHECK((*seen)->hash[31] == 0xAF);
  CHECK((*seen)->hash[0] == 0);
  CHECK_FALSE(seen_head_in("", "seen")->has_value());
  CHECK_FALSE(seen_head_in("0:" + kSeenHex, "seen")->has_value());
}

TEST_CASE("a malformed head that was seen names its field and never the value") {
  for (const std::string& text :
       {std::string("12"), std::string("12:"), "12:" + kSeenHex + "0", ":" + kSeenHex, "-1:" + kSeenHex,
        "x:" + kSeenHex, "12:" + std::string(64, 'g')}) {
    const auto seen = seen_head_in(text, "seen");
    REQUIRE(seen.has_error());
    CHECK(seen.error().code == v1::ERROR_CODE_INVALID_ARGUMENT);
    CHECK(seen.error().field == "seen");
    CHECK(seen.error().message.find("gggg") == std::string::npos);
  }
}

TEST_CASE("a message says a head that was seen by seq and 32 bytes, together or not at all") {
  CHECK((*seen_head_of(7, std::string(32, 'h')))->seq == 7);
  CHECK_FALSE(seen_head_of(0, "")->has_value());
  CHECK_FALSE(seen_head_of(0, std::string(32, 'h'))->has_value());
  CHECK(seen_head_of(7, "").error().field == "start.seen_hash");
  CHECK(seen_head_of(7, "short").error().field == "start.seen_hash");
}
