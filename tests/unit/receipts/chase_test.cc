#include "broker/receipts/chase.h"

#include <catch2/catch.hpp>

#include "tests/support/sample_services.h"

using namespace gjallar;
using namespace gjallar::receipts;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr auto kUnreceived = v1::ESCALATION_STEP_UNRECEIVED;
constexpr auto kUnacknowledged = v1::ESCALATION_STEP_UNACKNOWLEDGED;
constexpr auto kService = v1::ESCALATION_WAY_SERVICE;
constexpr auto kOnCall = v1::ESCALATION_WAY_ON_CALL;
constexpr auto kClosed = v1::ESCALATION_WAY_CLOSED;

/// One service and one alert; 2026-01-05 is a Monday.
struct Chased {
  Chased() {
    entry = testing::sample_entry(testing::sample_service("clinic"), 3);
    alert.alert_id = "alert";
    alert.status = v1::STATUS_ACTUAL;
    alert.phase = v1::PHASE_LIVE;
    add(v1::EVENT_TYPE_ALERT_ISSUED, true);
  }

  ChaseEvent& add(v1::EventType type, bool rings = false, v1::GradeLevel level = v1::GRADE_LEVEL_URGENT) {
    ChaseEvent& event = alert.events.emplace_back();
    event.seq = 10 * alert.events.size();
    event.type = type;
    event.time = now;
    event.level = level;
    event.rings = rings;
    if (changes_alert(type)) ++alert.version;
    event.version = alert.version;
    event.targets.add(entry.number());
    if (type == v1::EVENT_TYPE_ALERT_RETRACTED) alert.phase = v1::PHASE_RETRACTED;
    alert.level = level;
    return event;
  }
  void receive(std::size_t event, bool acknowledge = false) {
    progress.received_seq = alert.events.at(event).seq;
    progress.received = alert.events.at(event).version;
    if (acknowledge) progress.acknowledged = progress.received;
  }
  void take(v1::EscalationStep step, v1::EscalationWay way) {
    for (domain::TakenStep& one : taken) {
      if (one.step == step && one.way == way) {
        one.version = alert.version;
        return;
      }
    }
    taken.push_back({entry.number(), step, way, alert.version, 1, v1::ESCALATION_OUTCOME_UNSPECIFIED});
  }
  ServiceChase look() const { return chase(alert, entry, progress, taken, now, default_chase_policies()); }
  /// "unreceived service, unacknowledged on-call"; empty: nothing is due.
  std::string due() const {
    std::string out;
    for (const DueStep& step : look().due) {
      if (!out.empty()) out += ", ";
      out += step.step == kUnreceived ? "unreceived " : "unacknowledged ";
      out += step.way == kService ? "service" : step.way == kOnCall ? "on-call" : "closed";
    }
    return out;
  }
  /// Mondays to Fridays, seven to sixteen UTC.
  void keep_office_hours() {
    entry.mutable_service()->set_time_zone("UTC");
    for (std::uint32_t weekday = 1; weekday <= 5; ++weekday) {
      v1::OpeningHours& open = *entry.mutable_service()->add_opening_hours();
      open.set_weekday(weekday);
      open.set_opens_minute(7 * 60);
      open.set_closes_minute(16 * 60);
    }
  }

  core::WallTime now{std::chrono::sys_days(std::chrono::year(2026) / 1 / 5).time_since_epoch() + hours(12)};
  v1::DirectoryEntry entry;
  ChasedAlert alert;
  ChaseProgress progress;
  std::vector<domain::TakenStep> taken;
};

}  // namespace

TEST_CASE_METHOD(Chased,
                 "an urgent alert that wasn't received is due after 60 s, and not a microsecond before") {
  const core::WallTime issued = now;
  CHECK(look().next == issued + seconds(60));
  now = issued + seconds(60) - core::Micros(1);
  CHECK(due().empty());
  now = issued + seconds(60);
  CHECK(due() == "unreceived service");
  take(kUnreceived, kService);
  CHECK(due().empty());
  CHECK(look().next == issued + minutes(15));
}

TEST_CASE_METHOD(Chased, "one that was received and not confirmed is due after 15 min, once") {
  receive(0);
  now += minutes(15);
  CHECK(due() == "unacknowledged service");
  take(kUnacknowledged, kService);
  CHECK(due().empty());
  CHECK(look().settled);
}

TEST_CASE_METHOD(Chased, "a service that received and confirmed is settled until the alert changes") {
  receive(0, true);
  CHECK(look().settled);
  now += hours(1);
  CHECK(look().settled);
  add(v1::EVENT_TYPE_ALERT_REVISED);
  CHECK_FALSE(look().settled);
}

TEST_CASE_METHOD(Chased, "what is due counts from the first change that the service lacks") {
  const core::WallTime issued = now;
  now += seconds(30);
  add(v1::EVENT_TYPE_ALERT_REVISED);
  CHECK(look().next == issued + seconds(60));
  receive(0);
  CHECK(look().next == issued + seconds(90));
}

TEST_CASE_METHOD(
    Chased, "a step isn't taken again for a later version, unless the service received something since") {
  now += seconds(60);
  take(kUnreceived, kService);
  now += seconds(30);
  add(v1::EVENT_TYPE_ALERT_REVISED);
  now += minutes(10);
  CHECK(due().empty());
  CHECK_FALSE(look().settled);  // it may receive the first version alone
  receive(0);
  CHECK(due() == "unreceived service");
}

TEST_CASE_METHOD(Chased, "an event that rings, and a retraction, start a step anew") {
  const bool retracted = GENERATE(false, true);
  CAPTURE(retracted);
  now += seconds(60);
  take(kUnreceived, kService);
  now += minutes(20);
  take(kUnacknowledged, kService);
  add(retracted ? v1::EVENT_TYPE_ALERT_RETRACTED : v1::EVENT_TYPE_ALERT_GRADED, !retracted);
  CHECK(due().empty());
  now += seconds(60);
  CHECK(due() == "unreceived service");
  take(kUnreceived, kService);
  receive(1);
  now += minutes(14);
  CHECK(due() == "unacknowledged service");
}

TEST_CASE_METHOD(
    Chased, "who confirms a later version has confirmed the earlier ones; a revision needs no confirming") {
  now += minutes(1);
  add(v1::EVENT_TYPE_ALERT_REVISED);
  receive(1, true);
  now += hours(1);
  CHECK(look().settled);
  add(v1::EVENT_TYPE_ALERT_REVISED);
  receive(2);
  now += hours(1);
  CHECK(due().empty());
}

TEST_CASE_METHOD(Chased, "an observation or a notice carries the version, so who has that has the alert") {
  now += seconds(10);
  add(v1::EVENT_TYPE_ALERT_OBSERVED).targets = {};
  receive(1);
  CHECK(look().next == now - seconds(10) + minutes(15));
}

TEST_CASE_METHOD(Chased, "who came into the audience later is due from then on") {
  alert.events.front().targets = {};
  now += minutes(30);
  add(v1::EVENT_TYPE_ALERT_WIDENED, true);
  CHECK(due().empty());
  CHECK(look().next == now + seconds(60));
}

TEST_CASE_METHOD(Chased,
                 "a closed unit isn't called: its on-call contact is, and the unit when it has opened") {
  keep_office_hours();
  entry.set_has_on_call(true);
  now += hours(7);  // 19:00
  alert.events.front().time = now;
  now += seconds(60);
  CHECK(due() == "unreceived on-call");
  const core::WallTime opens = now - seconds(60) + hours(12);
  REQUIRE(look().due.front().closed_until);
  CHECK(*look().due.front().closed_until == opens);
  take(kUnreceived, kOnCall);
  CHECK(due().empty());
  now += minutes(14);
  CHECK(due() == "unacknowledged on-call");
  take(kUnacknowledged, kOnCall);
  CHECK(look().next == opens + seconds(60));
  now = opens + seconds(60) - core::Micros(1);
  CHECK(due().empty());
  now = opens + seconds(60);
  CHECK(due() == "unreceived service");
  take(kUnreceived, kService);
  now = opens + minutes(15);
  CHECK(due() == "unacknowledged service");
}

TEST_CASE_METHOD(
    Chased,
    "a closed unit without on-call contact makes one digest for both steps, and is called when open") {
  keep_office_hours();
  now += hours(7);
  alert.events.front().time = now;
  const core::WallTime opens = now + hours(12);
  now += seconds(60);
  CHECK(due() == "unreceived closed");
  take(kUnreceived, kClosed);
  now += hours(2);
  CHECK(due().empty());
  now = opens + minutes(15);
  CHECK(due() == "unreceived service, unacknowledged service");
}

TEST_CASE_METHOD(Chased, "both steps late at once are one digest") {
  keep_office_hours();
  now += hours(7);
  alert.events.front().time = now;
  now += hours(1);
  CHECK(due() == "unreceived closed");
}

TEST_CASE_METHOD(Chased, "a unit that receives the alert when it opens is left alone") {
  keep_office_hours();
  now += hours(7);
  alert.events.front().time = now;
  const core::WallTime opens = now + hours(12);
  take(kUnreceived, kClosed);
  receive(0);
  now = opens + minutes(5);
  CHECK(due().empty());
  CHECK(look().next == opens + minutes(15));
  receive(0, true);
  CHECK(look().settled);
}

TEST_CASE_METHOD(
    Chased, "nobody is called about tests, drafts, what has expired, or what isn't urgent; exercises count") {
  now += hours(1);
  CHECK_FALSE(due().empty());
  alert.status = v1::STATUS_EXERCISE;
  CHECK_FALSE(due().empty());
  SECTION("a test") {
    alert.status = GENERATE(v1::STATUS_TEST, v1::STATUS_DRAFT);
    CHECK(look().settled);
  }
  SECTION("expired") {
    alert.phase = v1::PHASE_EXPIRED;
    CHECK(look().settled);
  }
  SECTION("a warning") {
    alert.events.front().level = v1::GRADE_LEVEL_WARNING;
    CHECK(look().settled);
  }
  SECTION("who carries out escalations") {
    entry.mutable_service()->add_roles("escalator");
    CHECK(look().settled);
  }
}

TEST_CASE_METHOD(Chased, "a lowered alert must still arrive, but isn't to be confirmed any more") {
  now += minutes(5);
  add(v1::EVENT_TYPE_ALERT_GRADED);
  alert.level = v1::GRADE_LEVEL_INFORMATION;
  now += minutes(15);
  CHECK(due() == "unreceived service");
  receive(1);
  CHECK(look().settled);
}

TEST_CASE_METHOD(Chased, "a policy says how long each level may take") {
  ChasePolicies policies{};
  policies[v1::GRADE_LEVEL_WARNING].unreceived_after = minutes(10);
  alert.events.front().level = v1::GRADE_LEVEL_WARNING;
  alert.level = v1::GRADE_LEVEL_WARNING;
  CHECK(chase(alert, entry, progress, taken, now, policies).next == now + minutes(10));
  CHECK(chase(alert, entry, progress, taken, now + minutes(10), policies).due.size() == 1);
  policies[v1::GRADE_LEVEL_WARNING].unreceived_after = core::Micros(0);
  CHECK(chase(alert, entry, progress, taken, now, policies).settled);
}

TEST_CASE_METHOD(Chased, "a disabled service that lacks a retraction is told to the coordinators, once") {
  receive(0, true);
  entry.set_enabled(false);
  CHECK(look().settled);
  add(v1::EVENT_TYPE_ALERT_RETRACTED);
  CHECK(due().empty());
  CHECK(look().next == now + seconds(60));
  now += seconds(60);
  CHECK(due() == "unreceived closed");
  CHECK_FALSE(look().due.front().closed_until);
  take(kUnreceived, kClosed);
  now += hours(1);
  CHECK(due().empty());
  CHECK(look().settled);
}

TEST_CASE_METHOD(Chased, "a service that was called and then disabled isn't told again") {
  now += seconds(60);
  take(kUnreceived, kService);
  entry.set_enabled(false);
  now += hours(1);
  CHECK(look().settled);
}

TEST_CASE_METHOD(Chased, "a change of opening hours that makes a step overdue gives the service its time") {
  keep_office_hours();
  now += hours(7);  // 19:00
  alert.events.front().time = now;
  now += seconds(60);
  CHECK(due() == "unreceived closed");
  take(kUnreceived, kClosed);
  now += hours(1);
  entry.mutable_service()->clear_opening_hours();
  *entry.mutable_changed() = core::to_timestamp(now);
  CHECK(due().empty());
  CHECK(look().next == now + seconds(60));
  now += seconds(60);
  CHECK(due() == "unreceived service");
  take(kUnreceived, kService);
  now += minutes(14);
  CHECK(due() == "unacknowledged service");
}

TEST_CASE_METHOD(Chased, "a change of the entry before a step is due doesn't put it off") {
  const core::WallTime issued = now;
  *entry.mutable_changed() = core::to_timestamp(issued + seconds(30));
  CHECK(look().next == issued + seconds(60));
  now = issued + seconds(60);
  CHECK(due() == "unreceived service");
}
