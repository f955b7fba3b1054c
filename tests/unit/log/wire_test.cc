#include "broker/log/wire.h"

#include <catch2/catch.hpp>
#include <limits>

using namespace gjallar;

TEST_CASE("what is written big-endian is read back, and from the first missing byte on all is zero") {
  log::ByteWriter out;
  out.u8(0xFE);
  out.u16(0xFEDC);
  out.u32(0xFEDC'BA98);
  out.u64(0xFEDC'BA98'7654'3210);
  out.i64(std::numeric_limits<std::int64_t>::min() + 5);
  out.text("ab");
  const std::string bytes = out.take();
  REQUIRE(bytes.substr(0, 7) == "\xFE\xFE\xDC\xFE\xDC\xBA\x98");

  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    INFO(size);
    const bool whole = size == bytes.size();
    log::ByteReader in(std::string_view(bytes).substr(0, size));
    CHECK(in.u8() == (size >= 1 ? 0xFE : 0));
    CHECK(in.u16() == (size >= 3 ? 0xFEDC : 0));
    CHECK(in.u32() == (size >= 7 ? 0xFEDC'BA98 : 0));
    CHECK(in.u64() == (size >= 15 ? 0xFEDC'BA98'7654'3210 : 0));
    CHECK(in.i64() == (size >= 23 ? std::numeric_limits<std::int64_t>::min() + 5 : 0));
    CHECK(in.text_view() == (whole ? "ab" : ""));
    CHECK(in.failed() == !whole);
    CHECK(in.whole() == whole);
    CHECK(in.u8() == 0);
    CHECK(in.failed());
  }
}
