#include "broker/domain/opening_hours.h"

#include <catch2/catch.hpp>
#include <string>

namespace gjallar::domain {
namespace {

constexpr std::uint32_t kHour = 60;

v1::Service hours_service(const std::string& zone = "Europe/Stockholm") {
  v1::Service service;
  service.set_time_zone(zone);
  return service;
}

void add_span(v1::Service& service, std::uint32_t weekday, std::uint32_t opens, std::uint32_t closes) {
  v1::OpeningHours& hours = *service.add_opening_hours();
  hours.set_weekday(weekday);
  hours.set_opens_minute(opens);
  hours.set_closes_minute(closes);
}

/// Monday to Friday, eight to five.
v1::Service office() {
  v1::Service service = hours_service();
  for (std::uint32_t weekday = 1; weekday <= 5; ++weekday)
    add_span(service, weekday, 8 * kHour, 17 * kHour);
  return service;
}

/// From seconds since 1970, given as a day of 2026 and a time in UTC.
core::WallTime utc(int month, int day, int hour, int minute = 0) {
  using namespace std::chrono;
  const sys_days date = year(2026) / month / day;
  return core::WallTime(date.time_since_epoch() + hours(hour) + minutes(minute));
}

std::string reopens(const v1::Service& service, core::WallTime now) {
  const auto until = closed_until(service, now);
  return until ? core::to_rfc3339(*until).substr(0, 16) : "open";
}

}  // namespace

TEST_CASE("a service without opening hours is always open") {
  CHECK(reopens(hours_service(), utc(1, 1, 3)) == "open");
  CHECK(reopens(v1::Service(), utc(1, 1, 3)) == "open");
}

TEST_CASE("a service is open from its opening minute up to its closing minute, local time") {
  // 2026-01-05 is a Monday; Stockholm is an hour ahead of UTC in winter.
  CHECK(reopens(office(), utc(1, 5, 6, 59)) == "2026-01-05T07:00");
  CHECK(reopens(office(), utc(1, 5, 7)) == "open");
  CHECK(reopens(office(), utc(1, 5, 15, 59)) == "open");
  CHECK(reopens(office(), utc(1, 5, 16)) == "2026-01-06T07:00");
}

TEST_CASE("over the weekend a service is closed until Monday, and a weekly one for nearly a week") {
  CHECK(reopens(office(), utc(1, 9, 16)) == "2026-01-12T07:00");
  CHECK(reopens(office(), utc(1, 11, 22)) == "2026-01-12T07:00");
  v1::Service weekly = hours_service();
  add_span(weekly, 7, 10 * kHour, 11 * kHour);  // Sundays
  CHECK(reopens(weekly, utc(1, 11, 9, 30)) == "open");
  CHECK(reopens(weekly, utc(1, 11, 10)) == "2026-01-18T09:00");
}

TEST_CASE("a night is two spans that meet at midnight, and the week wraps round") {
  v1::Service night = hours_service();
  add_span(night, 7, 22 * kHour, 24 * kHour);  // Sunday evening
  add_span(night, 1, 0, 6 * kHour);            // Monday morning
  CHECK(reopens(night, utc(1, 11, 20, 59)) == "2026-01-11T21:00");
  CHECK(reopens(night, utc(1, 11, 22, 59)) == "open");
  CHECK(reopens(night, utc(1, 11, 23)) == "open");  // midnight there
  CHECK(reopens(night, utc(1, 12, 4, 59)) == "open");
  CHECK(reopens(night, utc(1, 12, 5)) == "2026-01-18T21:00");
}

TEST_CASE("opening hours follow the change to summer time and back") {
  // Friday before and Monday after 2026-03-29, when clocks went from 02:00 to 03:00.
  CHECK(reopens(office(), utc(3, 27, 16)) == "2026-03-30T06:00");
  // And before and after 2026-10-25, when they went back.
  CHECK(reopens(office(), utc(10, 23, 15)) == "2026-10-26T07:00");
}

TEST_CASE("a minute that summer time skips is the moment of the change; one that comes twice, both") {
  v1::Service night = hours_service();
  add_span(night, 7, 2 * kHour + 30, 5 * kHour);  // Sundays from half past two
  CHECK(reopens(night, utc(3, 29, 0, 59)) == "2026-03-29T01:00");
  CHECK(reopens(night, utc(3, 29, 1)) == "open");
  CHECK(reopens(night, utc(10, 25, 0, 29)) == "2026-10-25T00:30");
  CHECK(reopens(night, utc(10, 25, 0, 30)) == "open");  // the first 02:30

  v1::Service late = hours_service();
  add_span(late, 7, 0, 2 * kHour + 30);
  CHECK(reopens(late, utc(10, 25, 0, 45)) == "open");  // between the first 02:30 and the second
  CHECK(reopens(late, utc(10, 25, 1, 29)) == "open");
  CHECK(reopens(late, utc(10, 25, 1, 30)) == "2026-10-31T23:00");  // winter time by then
}

TEST_CASE("zones are told by their IANA names, and the machine's own isn't one") {
  CHECK(is_time_zone("Europe/Stockholm"));
  CHECK(is_time_zone("Europe/Oslo"));
  CHECK(is_time_zone("UTC"));
  CHECK_FALSE(is_time_zone("Europe/Sundsvall"));
  CHECK_FALSE(is_time_zone("Europe"));
  CHECK_FALSE(is_time_zone("localtime"));
  CHECK_FALSE(is_time_zone(""));
}

TEST_CASE("a service whose zone isn't known any more counts as open: called in vain, not forgotten") {
  v1::Service service = office();
  service.set_time_zone("Europe/Sundsvall");
  CHECK(reopens(service, utc(1, 11, 3)) == "open");
}

}  // namespace gjallar::domain
