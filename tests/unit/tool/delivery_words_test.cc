#include "tools/gjallar/delivery_words.h"

#include <google/protobuf/util/time_util.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>
#include <string>

using namespace gjallar;
using google::protobuf::util::TimeUtil;

namespace {

google::protobuf::Timestamp ledger_time(const std::string& text) {
  google::protobuf::Timestamp time;
  REQUIRE(TimeUtil::FromString(text, &time));
  return time;
}

v1::ServiceDelivery& add_to(v1::GetDeliveryResponse& ledger, const std::string& id, const std::string& area) {
  v1::ServiceDelivery& service = *ledger.add_services();
  service.set_service_id(id);
  service.add_areas(area);
  return service;
}

struct UtcFixture {
  UtcFixture() {
    setenv("TZ", "UTC", 1);
    tzset();
  }
  google::protobuf::Timestamp now = ledger_time("2026-01-01T01:00:00Z");
};

std::string all_of(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines)
    out += line + "\n";
  return out;
}

}  // namespace

TEST_CASE_METHOD(UtcFixture, "what keeps a service from having it is told in words") {
  v1::ServiceDelivery service;
  CHECK(tool::stage_label(service) == "not received");
  CHECK(tool::trouble_label(service, 1, now).empty());
  service.set_offline(true);
  *service.mutable_closed_until() = ledger_time("2026-01-01T08:00:00Z");
  CHECK(tool::trouble_label(service, 1, now) == "offline, closed until 08:00 +00:00");
  *service.mutable_closed_until() = ledger_time("2026-01-05T08:00:00Z");
  CHECK(tool::trouble_label(service, 1, now) == "offline, closed until 2026-01-05 08:00 +00:00");
  service.clear_closed_until();
  v1::EscalationRecord& step = *service.add_escalations();
  step.set_way(v1::ESCALATION_WAY_ON_CALL);
  step.set_version(1);
  CHECK(tool::trouble_label(service, 1, now) == "offline, escalated to on call");
  step.set_outcome(v1::ESCALATION_OUTCOME_NO_ANSWER);
  service.set_failed(true);
  CHECK(tool::trouble_label(service, 1, now) == "offline, on call called, no answer");
  *service.mutable_received() = now;
  service.set_failed(false);
  CHECK(tool::stage_label(service) == "received");
  *service.mutable_acknowledged() = now;
  CHECK(tool::stage_label(service) == "acknowledged");
  CHECK(tool::trouble_label(service, 1, now).empty());
}

TEST_CASE_METHOD(UtcFixture, "the ledger is shown by county, with how many lack it in each") {
  v1::GetDeliveryResponse ledger;
  ledger.set_reference("GJ-TEST");
  ledger.set_version(2);
  ledger.set_targeted(3);
  ledger.set_received(1);
  ledger.set_not_received(2);
  *ledger.mutable_time() = now;
  add_to(ledger, "clinic-malmo", "SE-1280");
  add_to(ledger, "clinic-lund", "SE-12");
  *add_to(ledger, "clinic-solna", "SE-0184").mutable_received() = now;
  const std::string shown = all_of(tool::delivery_lines(ledger, now, false));
  CHECK(shown.find("GJ-TEST, version 2") == 0);
  CHECK(shown.find("2 of 3 services have not received it") != std::string::npos);
  CHECK(shown.find("Skåne län: 2 of 2 lack it") != std::string::npos);
  CHECK(shown.find("Stockholms län: 0 of 1 lack it") != std::string::npos);
  CHECK(shown.find('\033') == std::string::npos);
}

TEST_CASE_METHOD(UtcFixture, "a watch without a terminal tells what changed and nothing else") {
  v1::GetDeliveryResponse before;
  *before.mutable_time() = now;
  before.set_version(1);
  add_to(before, "clinic-a", "SE-01");
  add_to(before, "clinic-b", "SE-01");
  CHECK(tool::change_lines(nullptr, before, now).size() == 3);
  v1::GetDeliveryResponse after = before;
  *after.mutable_services(1)->mutable_received() = now;
  const auto lines = tool::change_lines(&before, after, now);
  REQUIRE(lines.size() == 2);
  CHECK(lines[1].find("clinic-b: received") != std::string::npos);
  v1::GetDeliveryResponse later = after;
  later.mutable_services(1)->set_offline(true);  // it has it: nothing to tell
  CHECK(tool::change_lines(&after, later, now).empty());
  after.set_version(2);  // another version is another ledger
  CHECK(tool::change_lines(&before, after, now).size() == 3);
}

TEST_CASE("durations are told as people say them") {
  CHECK(tool::duration_label(TimeUtil::MillisecondsToDuration(7)) == "7 ms");
  CHECK(tool::duration_label(TimeUtil::MillisecondsToDuration(999)) == "999 ms");
  CHECK(tool::duration_label(TimeUtil::MillisecondsToDuration(1'840)) == "1.8 s");
  CHECK(tool::duration_label(TimeUtil::SecondsToDuration(12)) == "12 s");
  CHECK(tool::duration_label(TimeUtil::SecondsToDuration(184)) == "3 min 4 s");
  CHECK(tool::duration_label(TimeUtil::SecondsToDuration(7'500)) == "2 h 5 min");
}

TEST_CASE_METHOD(UtcFixture, "what was done for another version isn't told as if done for the one shown") {
  v1::ServiceDelivery service;
  v1::EscalationRecord& first = *service.add_escalations();
  first.set_way(v1::ESCALATION_WAY_SERVICE);
  first.set_version(1);
  first.set_outcome(v1::ESCALATION_OUTCOME_NO_ANSWER);
  CHECK(tool::trouble_label(service, 2, now) == "service called, no answer for version 1");
  v1::EscalationRecord& second = *service.add_escalations();
  second.set_way(v1::ESCALATION_WAY_ON_CALL);
  second.set_version(3);
  CHECK(tool::trouble_label(service, 2, now) == "service called, no answer for version 1");
  CHECK(tool::trouble_label(service, 3, now) == "escalated to on call");
  service.mutable_escalations()->DeleteSubrange(0, 1);
  CHECK(tool::trouble_label(service, 2, now).empty());
}

TEST_CASE_METHOD(UtcFixture, "a disabled service is told as that, not as offline") {
  v1::ServiceDelivery service;
  service.set_disabled(true);
  service.set_offline(true);
  CHECK(tool::trouble_label(service, 1, now) == "disabled");
}

TEST_CASE_METHOD(UtcFixture, "when a service opens is told by its own clock, other times with their offset") {
  v1::ServiceDelivery service;
  service.set_time_zone("Europe/Stockholm");
  *service.mutable_closed_until() = ledger_time("2026-01-01T07:00:00Z");
  CHECK(tool::opening_label(service, now) == "08:00 +01:00");
  *service.mutable_closed_until() = ledger_time("2026-07-01T06:00:00Z");
  CHECK(tool::opening_label(service, now) == "2026-07-01 08:00 +02:00");
  // Still the day before in London, but not in Stockholm.
  *service.mutable_closed_until() = ledger_time("2026-01-01T07:00:00Z");
  CHECK(tool::opening_label(service, ledger_time("2025-12-31T23:30:00Z")) == "08:00 +01:00");
  v1::GetDeliveryResponse ledger;
  *ledger.mutable_time() = now;
  CHECK(tool::summary_line(ledger).find("2026-01-01 01:00:00 +00:00") != std::string::npos);
}
