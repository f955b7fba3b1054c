#include "broker/core/identity.h"

#include <catch2/catch.hpp>
#include <cctype>
#include <set>
#include <utility>

namespace gjallar::core {
namespace {

constexpr std::string_view kCrockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

std::string nth_reference(std::uint64_t n) {
  SeededRandom random(n);
  return reference_of(new_alert_id(ManualClock().wall(), random));
}

TEST_CASE("an alert id is a UUIDv7 of its moment, so later ids sort after earlier ones") {
  SeededRandom random(1);
  ManualClock clock;
  std::string last;
  for (int i = 0; i < 200; ++i) {
    const std::string id = new_alert_id(clock.wall(), random).value();
    CHECK(is_uuid(id));
    CHECK(id[14] == '7');
    CHECK(std::string_view("89ab").find(id[19]) != std::string_view::npos);
    CHECK(id > last);
    last = id;
    clock.advance(std::chrono::milliseconds(1));
  }
  // 2026-01-01T00:00:00Z is 0x019b76da_a800 milliseconds.
  CHECK(new_alert_id(ManualClock().wall(), random).value().substr(0, 13) == "019b76da-a800");
}

TEST_CASE("only a UUID in lower case with hyphens is taken for one") {
  CHECK(is_uuid("019b76da-a800-7000-8000-000000000000"));
  for (const char* text : {"", "019b76daa80070008000000000000000", "019B76DA-A800-7000-8000-000000000000",
                           "019b76da-a800-7000-8000-00000000000", "019b76da-a800-7000-8000-0000000000000",
                           "019b76da-a800-7000-8000-00000000000g", "019b76da+a800-7000-8000-000000000000"}) {
    CHECK_FALSE(is_uuid(text));
  }
}

TEST_CASE(
    "a reference is three groups of four, each beginning with a letter, and a function of the id alone") {
  for (std::uint64_t n = 0; n < 500; ++n) {
    const std::string reference = nth_reference(n);
    CHECK(reference == nth_reference(n));
    REQUIRE(reference.size() == 17);
    CHECK(reference.substr(0, 2) == "GJ");
    for (const std::size_t group : {2U, 7U, 12U}) {
      CHECK(reference[group] == '-');
      CHECK((reference[group + 1] >= 'A' && reference[group + 1] <= 'Z'));
      for (std::size_t i = 1; i <= 4; ++i)
        CHECK(kCrockford.find(reference[group + i]) != std::string_view::npos);
    }
  }
  CHECK(reference_of(AlertId("019b76da-a800-7000-8000-000000000000")) !=
        reference_of(AlertId("019b76da-a800-7000-8000-000000000001")));
}

TEST_CASE("a reference is understood however people type it") {
  const std::string reference = nth_reference(3);
  std::string lower = reference;
  for (char& c : lower)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  std::string bare;
  for (const char c : reference) {
    if (c != '-') bare.push_back(c);
  }
  CHECK(canonical_reference(reference) == reference);
  CHECK(canonical_reference(lower) == reference);
  CHECK(canonical_reference(bare) == reference);
  for (std::uint64_t n = 0; n < 100; ++n) {
    const std::string original = nth_reference(n);
    std::string confused = original;
    for (char& c : confused)
      c = c == '0' ? 'o' : c == '1' ? 'l' : c;
    CHECK(canonical_reference(confused) == original);
  }
}

TEST_CASE("what isn't formed like a reference is refused") {
  for (const char* text : {"", "GJ", "GJ-", "AB-K7Q2-M3ZT-B81X", "GJ-K7Q2-M3ZT", "GJ-K7Q2-M3ZT-B81X-A",
                           "GJ-U7Q2-M3ZT-B81X", "GJ-17Q2-M3ZT-B81X", "GJ-K7Q2-M3ZT-B8!X"}) {
    CHECK_FALSE(canonical_reference(text).has_value());
  }
}

TEST_CASE("a wrong character in a reference is caught") {
  for (std::uint64_t n = 0; n < 100; ++n) {
    const std::string reference = nth_reference(n);
    for (std::size_t at = 3; at < reference.size(); ++at) {
      if (reference[at] == '-') continue;
      for (const char other : kCrockford) {
        if (other == reference[at]) continue;
        std::string wrong = reference;
        wrong[at] = other;
        INFO(reference << " typed as " << wrong);
        CHECK_FALSE(canonical_reference(wrong).has_value());
      }
    }
  }
}

TEST_CASE("two neighbours swapped in a reference are caught") {
  for (std::uint64_t n = 0; n < 200; ++n) {
    const std::string reference = nth_reference(n);
    for (std::size_t at = 3; at + 2 < reference.size(); ++at) {
      const char a = reference[at];
      const char b = reference[at + 1];
      if (a == b || a == '-' || b == '-') continue;
      std::string wrong = reference;
      std::swap(wrong[at], wrong[at + 1]);
      INFO(reference << " typed as " << wrong);
      CHECK_FALSE(canonical_reference(wrong).has_value());
    }
  }
}

TEST_CASE("a log id is sixteen characters of Crockford base32, another one each time") {
  SeededRandom random(1);
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string id = new_log_id(random).value();
    CHECK(id.size() == 16);
    CHECK(id.find_first_not_of(kCrockford) == std::string::npos);
    CHECK(seen.insert(id).second);
  }
}

TEST_CASE("a cursor survives being written and read; anything else is no cursor") {
  SeededRandom random(1);
  for (const Seq seq : {Seq{0}, Seq{1}, Seq{18'446'744'073'709'551'615U}}) {
    const Cursor cursor{new_log_id(random), seq};
    CHECK(parse_cursor(to_text(cursor)) == cursor);
  }
  for (const char* text : {"", ".", "A.", ".5", "A.5x", "A.-1", "A. 5", "a.5", "A.18446744073709551616", "5",
                           "A.5.6", "ABCDEFGHABCDEFGHABCDEFGHABCDEFGHA.1"}) {
    CHECK_FALSE(parse_cursor(text).has_value());
  }
}

TEST_CASE("a seeded source repeats itself from its seed; the system's doesn't") {
  SeededRandom first(7);
  SeededRandom second(7);
  SeededRandom other(8);
  const Digest bytes = first.bytes32();
  CHECK(bytes == second.bytes32());
  CHECK(bytes != other.bytes32());
  SystemRandom system;
  CHECK(system.bytes32() != system.bytes32());
}

}  // namespace
}  // namespace gjallar::core
