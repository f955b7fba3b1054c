#include "broker/domain/service_set.h"

#include "broker/core/limits.h"
#include "tests/support/refused.h"

namespace gjallar::domain {
namespace {

ServiceSet set_of(const std::vector<core::ServiceNumber>& numbers) {
  ServiceSet set;
  for (const core::ServiceNumber number : numbers)
    set.add(number);
  return set;
}

std::vector<core::ServiceNumber> numbers_of(const ServiceSet& set) {
  std::vector<core::ServiceNumber> numbers;
  set.for_each([&numbers](core::ServiceNumber number) { numbers.push_back(number); });
  return numbers;
}

std::string bytes(std::initializer_list<int> values) {
  std::string out;
  for (const int value : values)
    out.push_back(static_cast<char>(value));
  return out;
}

TEST_CASE("a set holds what was added and not what was removed, and is visited in order") {
  ServiceSet set = set_of({130, 0, 63, 64, 64});
  CHECK(numbers_of(set) == std::vector<core::ServiceNumber>{0, 63, 64, 130});
  CHECK(set.count() == 4);
  set.remove(64);
  set.remove(9'999);
  CHECK_FALSE(set.contains(64));
  CHECK_FALSE(set.contains(9'999));
  CHECK(set.contains(130));
  CHECK_FALSE(set.empty());
  CHECK(ServiceSet().empty());
}

TEST_CASE("union and intersection work between sets of different length") {
  ServiceSet all = set_of({1, 2});
  all |= set_of({2, 500});
  CHECK(all == set_of({1, 2, 500}));
  all &= set_of({2, 3});
  CHECK(all == set_of({2}));
  ServiceSet few = set_of({2});
  few &= set_of({2, 500});
  CHECK(few == set_of({2}));
}

TEST_CASE("sets are equal by what they hold, however long they once were") {
  ServiceSet set = set_of({1, 1'000});
  set.remove(1'000);
  CHECK(set == set_of({1}));
  CHECK(set_of({1}) == set);
  CHECK(set.encode() == set_of({1}).encode());
  CHECK_FALSE(set == set_of({2}));
}

TEST_CASE("the encodings on disk never change") {
  CHECK(ServiceSet().encode() == bytes({0}));
  CHECK(set_of({0, 9}).encode() ==
        bytes({0, 0x01, 0x02, 0, 0, 0, 0, 0, 0}));  // 8 bytes either way: the bitmap
  CHECK(set_of({5}).encode() == bytes({1, 0, 0, 0, 5}));
  CHECK(set_of({1, 70'000}).encode() == bytes({1, 0, 0, 0, 1, 0, 1, 0x11, 0x70}));
}

TEST_CASE("bytes that no set encodes to are refused as corrupt") {
  const std::string number_beyond_the_directory = bytes({1, 0x7F, 0xFF, 0xFF, 0xFF});
  for (const std::string& damaged :
       {bytes({}), bytes({2}), bytes({0, 1}), bytes({0, 0, 0, 0, 0, 0, 0, 0, 0}), bytes({1}),
        bytes({1, 0, 0, 0}), bytes({1, 0, 0, 0, 5, 0, 0, 0, 5}), bytes({1, 0, 0, 0, 9, 0, 0, 0, 5}),
        bytes({1, 0, 0, 0, 5, 0, 0, 0, 9}), bytes({0, 1, 0, 0, 0, 0, 0, 0, 0}), number_beyond_the_directory,
        bytes({0}) + std::string(core::limits::kServicesMax, '\xFF')}) {
    testing::check_refused(ServiceSet::decode(damaged), v1::ERROR_CODE_DATA_CORRUPT, "");
  }
}

TEST_CASE("the last number a directory can give survives being stored") {
  const ServiceSet set = set_of({core::limits::kServicesMax - 1});
  CHECK(ServiceSet::decode(set.encode()).value() == set);
}

}  // namespace
}  // namespace gjallar::domain
