#include "tools/gjallar/opening_hours.h"

#include <catch2/catch.hpp>

#include "tests/support/refused.h"

namespace gjallar::tool {
namespace {

std::string read_and_written(const std::string& text) {
  const auto hours = parse_opening_hours(text, "hours");
  REQUIRE(hours.has_value());
  return opening_hours_text(*hours);
}

}  // namespace

TEST_CASE("opening hours are read as people write them and written in as few words") {
  CHECK(read_and_written("mon-fri 08:00-16:30") == "mon-fri 08:00-16:30");
  CHECK(read_and_written("always") == "always");
  CHECK(read_and_written("daily 00:00-24:00") == "mon-sun 00:00-24:00");
  CHECK(read_and_written("mon-thu 13:00-16:00 08:00-12:00;fri 08:00-12:00") ==
        "mon-thu 08:00-12:00 13:00-16:00; fri 08:00-12:00");
  CHECK(read_and_written(" sat  10:00-14:00 ; mon 10:00-14:00 ") == "mon 10:00-14:00; sat 10:00-14:00");
  CHECK(read_and_written("sat-mon 10:00-14:00") == "mon 10:00-14:00; sat-sun 10:00-14:00");
  CHECK(read_and_written("mon 08:00-12:00; tue 08:00-12:00") == "mon-tue 08:00-12:00");
}

TEST_CASE("each day of the week gets its own span, in minutes of the day") {
  const auto hours = parse_opening_hours("mon-tue 08:00-16:30", "hours");
  REQUIRE(hours.has_value());
  REQUIRE(hours->size() == 2);
  CHECK((*hours)[1].weekday() == 2);
  CHECK((*hours)[1].opens_minute() == 480);
  CHECK((*hours)[1].closes_minute() == 990);
}

TEST_CASE("a span over midnight goes on into the next day, after Sunday into Monday") {
  CHECK(read_and_written("fri 22:00-04:00") == "fri 22:00-24:00; sat 00:00-04:00");
  CHECK(read_and_written("sun 22:00-04:00") == "mon 00:00-04:00; sun 22:00-24:00");
  CHECK(read_and_written("sun 22:00-00:00") == "sun 22:00-24:00");
  CHECK(read_and_written("daily 22:00-06:00") == "mon-sun 00:00-06:00 22:00-24:00");
}

TEST_CASE("what is written is read back as the same") {
  for (const char* text : {"mon 00:00-00:01", "mon-wed 08:00-12:00; thu 09:00-12:00 13:00-24:00",
                           "daily 07:00-19:00", "tue 08:00-09:00; thu 08:00-09:00", "always"}) {
    const std::string once = read_and_written(text);
    CHECK(read_and_written(once) == once);
  }
}

TEST_CASE("what are no opening hours is refused with the field and an example") {
  for (const char* text :
       {"", "mon", "08:00-16:00", "mon-fri", "man-fre 08:00-16:00", "mon 8-16", "mon 08:00",
        "mon 08:00-08:00", "mon 08:60-09:00", "mon 08:00-24:01", "mon 24:00-08:00", "mon 08:00-16:00;",
        "mon 08:00-12:00 11:59-13:00", "mon-fri 08:00-16:00; wed 12:00-18:00", "mon- 08:00-16:00",
        "mon 0８:00-16:00", "fri 22:00-04:00; sat 03:00-05:00"}) {
    INFO(text);
    testing::check_refused(parse_opening_hours(text, "services[1].opening_hours"),
                           v1::ERROR_CODE_INVALID_ARGUMENT, "services[1].opening_hours");
  }
}

}  // namespace gjallar::tool
