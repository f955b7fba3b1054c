#include "broker/core/digest.h"

#include <catch2/catch.hpp>

namespace gjallar::core {
namespace {

TEST_CASE("SHA-256 agrees with the examples of FIPS 180-4") {
  CHECK(to_hex(as_view(sha256(""))) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(as_view(sha256("abc"))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_hex(as_view(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST_CASE("SHA-256 of parts is that of their concatenation") {
  CHECK(sha256("a", "b", "c") == sha256("abc"));
  CHECK(sha256("", "abc") == sha256("abc"));
}

TEST_CASE("HMAC-SHA-256 agrees with test case 2 of RFC 4231") {
  CHECK(to_hex(as_view(hmac_sha256("Jefe", "what do ya want for nothing?"))) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  // RFC 4231: a key beyond a block, after another one on the same thread; and the first one again.
  CHECK(to_hex(as_view(hmac_sha256(std::string(131, '\xaa'),
                                   "Test Using Larger Than Block-Size Key - Hash Key First"))) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  CHECK(to_hex(as_view(hmac_sha256("Jefe", "what do ya want for nothing?"))) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("a digest is taken from exactly 32 bytes, else left as it was") {
  const Digest digest = sha256("abc");
  Digest out{};
  CHECK(digest_from(as_view(digest), out));
  CHECK(out == digest);
  CHECK_FALSE(digest_from(as_view(digest).substr(1), out));
  CHECK_FALSE(digest_from(std::string(33, 'x'), out));
  CHECK(out == digest);
}

TEST_CASE("comparing in constant time compares") {
  CHECK(equal_in_constant_time("secret", "secret"));
  CHECK_FALSE(equal_in_constant_time("secret", "secreT"));
  CHECK_FALSE(equal_in_constant_time("secret", "secre"));
  CHECK(equal_in_constant_time("", ""));
}

}  // namespace
}  // namespace gjallar::core
