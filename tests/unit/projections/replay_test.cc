#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>

#include "broker/core/limits.h"
#include "broker/projections/queries.h"
#include "broker/projections/replay.h"
#include "tests/support/memory_log.h"
#include "tests/support/refused.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/test_broker.h"

using namespace gjallar;
using namespace gjallar::testing;

namespace {

using Seqs = std::vector<core::Seq>;

Seqs replayed(const TestBroker& broker, const v1::ReplayRequest& request) {
  Seqs out;
  const auto up_to = projections::replay(*broker.log->snapshot(), operator_principal(), request,
                                         [&](const v1::Event& event) {
                                           out.push_back(event.seq());
                                           return true;
                                         });
  REQUIRE(up_to.has_value());
  return out;
}

}  // namespace

TEST_CASE("a replay shows the events that its filters ask for, in order") {
  TestBroker broker;                                      // 1: the log was opened
  broker.add(sample_service("clinic-one", {"SE-0180"}));  // 2
  broker.clock.advance(std::chrono::minutes(1));
  const std::string here = broker.issue(sample_content({"SE-01"}));             // 3
  const std::string there = broker.issue(sample_content({"NO-46"}, {"laro"}));  // 4
  broker.clock.advance(std::chrono::minutes(1));
  broker.must(police(), revise_command(here, sample_content({"SE-12"}), {"audience"}));  // 5
  broker.must(police(), retract_command(here));                                          // 6

  v1::ReplayRequest request;
  CHECK(replayed(broker, request) == Seqs{1, 2, 3, 4, 5, 6});
  SECTION("from and to, both included, by seq") {
    request.mutable_from()->set_seq(3);
    request.mutable_to()->set_seq(5);
    CHECK(replayed(broker, request) == Seqs{3, 4, 5});
  }
  SECTION("from and to, both included, by time") {
    *request.mutable_from()->mutable_time() =
        core::to_timestamp(broker.clock.wall() - std::chrono::minutes(1));
    *request.mutable_to()->mutable_time() = core::to_timestamp(broker.clock.wall() - std::chrono::seconds(1));
    CHECK(replayed(broker, request) == Seqs{3, 4});
  }
  SECTION("what concerned a service, after it moved away too") {
    request.set_service_id("clinic-one");
    CHECK(replayed(broker, request) == Seqs{2, 3, 5, 6});
  }
  SECTION("by area and role, before or after the event") {
    request.set_area("SE-01");
    CHECK(replayed(broker, request) == Seqs{3, 5});
    request.set_area("SE");
    CHECK(replayed(broker, request) == Seqs{3, 5, 6});
    request.set_area("");
    request.set_role("laro");
    CHECK(replayed(broker, request) == Seqs{4});
  }
  SECTION("by type and by alert") {
    request.add_types(v1::EVENT_TYPE_ALERT_ISSUED);
    CHECK(replayed(broker, request) == Seqs{3, 4});
    request.set_alert_id(here);
    CHECK(replayed(broker, request) == Seqs{3});
    request.clear_types();
    CHECK(replayed(broker, request) == Seqs{3, 5, 6});
    request.mutable_from()->set_seq(4);
    CHECK(replayed(broker, request) == Seqs{5, 6});
  }
  SECTION("none, if it ends before it begins") {
    request.mutable_from()->set_seq(5);
    request.mutable_to()->set_seq(4);
    check_refused(projections::replay(*broker.log->snapshot(), operator_principal(), request,
                                      [](const v1::Event&) { return true; }),
                  v1::ERROR_CODE_INVALID_ARGUMENT, "to");
  }
}

TEST_CASE("a replay stops when its receiver has had enough and tells how far it came") {
  TestBroker broker;
  for (int i = 0; i < 4; ++i)
    broker.issue(sample_content());
  int seen = 0;
  const auto snapshot = broker.log->snapshot();
  const auto stopped =
      projections::replay(*snapshot, operator_principal(), {}, [&](const v1::Event&) { return ++seen < 3; });
  CHECK(stopped.value() == 3);
  CHECK(seen == 3);
  const auto whole =
      projections::replay(*snapshot, operator_principal(), {}, [](const v1::Event&) { return true; });
  CHECK(whole.value() == snapshot->head().seq);
}

TEST_CASE("a replay's bytes are its events, serialised") {
  TestBroker broker;
  broker.issue(sample_content());
  const std::string alert = broker.issue(sample_content({"NO-46"}));
  broker.must(police(), retract_command(alert));
  const auto snapshot = broker.log->snapshot();
  for (const std::string& only : {std::string(), alert}) {
    v1::ReplayRequest request;
    request.set_alert_id(only);
    std::vector<v1::Event> events;
    for (core::Seq seq = 1; seq <= snapshot->head().seq; ++seq) {
      v1::Event event = log::to_event(snapshot->read(seq).value().record).value();
      if (only.empty() || event.subject() == only) events.push_back(std::move(event));
    }
    REQUIRE(events.size() == (only.empty() ? snapshot->head().seq : 2));
    std::size_t at = 0;
    auto replay = projections::Replay::begin(*snapshot, operator_principal(), request).value();
    while (!replay.done()) {
      REQUIRE(replay
                  .read_slice(*snapshot,
                              [&](const projections::ReplayedEvent& event) {
                                CHECK(event.seq == events.at(at).seq());
                                CHECK(event.time == core::from_timestamp(events.at(at).time()));
                                CHECK(event.bytes == events.at(at).SerializeAsString());
                                ++at;
                                return true;
                              })
                  .has_value());
    }
    CHECK(at == events.size());
  }
}

TEST_CASE("a replay goes on where its slice ended, however it ended, and keeps to its range") {
  TestBroker broker;
  broker.add(sample_service("clinic-one", {"SE-01"}));
  const std::string alert = broker.issue(sample_content());
  constexpr std::size_t kAlerts = core::limits::kBulkSliceRecords + 8;
  for (std::size_t i = 0; i < kAlerts; ++i) {
    broker.issue(sample_content({i % 40 == 0 ? "NO-46" : "SE-01"}));
    if (i % 100 == 0) broker.must(service_principal("clinic-one"), observe_command(alert, "SE-01"));
  }
  const auto begun_at = broker.log->snapshot();
  v1::ReplayRequest request;
  SECTION("all") {}
  SECTION("one area") {
    request.set_area("NO");
  }
  SECTION("one alert") {
    request.set_alert_id(alert);
  }
  SECTION("none") {
    request.set_role("pharmacy");
  }
  const Seqs expected = replayed(broker, request);
  broker.issue(sample_content({"NO-46"}));  // after the end

  for (const std::size_t visits : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) {
    INFO(visits);
    auto replay = projections::Replay::begin(*begun_at, operator_principal(), request).value();
    Seqs seen;
    while (!replay.done()) {
      std::size_t left = visits;
      std::size_t in_slice = 0;
      REQUIRE(replay
                  .read_slice(*broker.log->snapshot(),
                              [&](const projections::ReplayedEvent& event) {
                                seen.push_back(event.seq);
                                ++in_slice;
                                return --left > 0;
                              })
                  .has_value());
      CHECK(in_slice <= std::min(visits, core::limits::kBulkSliceRecords));
    }
    CHECK(seen == expected);
    CHECK(replay.to() == begun_at->head().seq);
  }
}

TEST_CASE("filters of a replay are joined by and") {
  TestBroker broker;                                                                       // 1
  broker.add(sample_service("clinic-one", {"SE-0180"}));                                   // 2
  const std::string county = broker.issue(sample_content({"SE-01"}));                      // 3
  const std::string municipality = broker.issue(sample_content({"SE-0180"}, {"laro"}));    // 4
  const std::string country = broker.issue(sample_content({"SE"}, {}));                    // 5
  const std::string next_door = broker.issue(sample_content({"SE-0181"}, {"laro"}));       // 6
  broker.must(police(), revise_command(next_door, sample_content({"NO"}), {"audience"}));  // 7
  v1::ReplayRequest request;
  SECTION("an area meets what lies in it, and what it lies in") {
    request.set_area("SE-0180");
    CHECK(replayed(broker, request) == Seqs{3, 4, 5});
    request.set_area("SE-01");
    CHECK(replayed(broker, request) == Seqs{3, 4, 5, 6, 7});
    request.set_area("SE-12");
    CHECK(replayed(broker, request) == Seqs{5});
    request.set_area("NO-46");
    CHECK(replayed(broker, request) == Seqs{7});
  }
  SECTION("area and role must be met by the same group") {
    request.set_area("SE-01");
    request.set_role("laro");
    CHECK(replayed(broker, request) == Seqs{4, 5, 6, 7});
  }
  SECTION("type, area, range and service") {
    request.set_area("SE-01");
    request.add_types(v1::EVENT_TYPE_ALERT_ISSUED);
    CHECK(replayed(broker, request) == Seqs{3, 4, 5, 6});
    request.mutable_from()->set_seq(4);
    request.mutable_to()->set_seq(5);
    CHECK(replayed(broker, request) == Seqs{4, 5});
    request.set_service_id("clinic-one");
    CHECK(replayed(broker, request) == Seqs{5});  // the clinic's role isn't that of 4
  }
  SECTION("an alert and an area that it never met") {
    request.set_alert_id(next_door);
    CHECK(replayed(broker, request) == Seqs{6, 7});
    request.set_area("SE-12");
    CHECK(replayed(broker, request).empty());
  }
}

TEST_CASE("a payload that isn't what was written ends the replay that would hand it on, and no other") {
  TestBroker broker;
  broker.issue(sample_content({"SE-01"}));                           // 2
  broker.issue(sample_content({"NO-46"}));                           // 3
  const std::string last = broker.issue(sample_content({"SE-01"}));  // 4
  const MemoryLog changed(*broker.log->snapshot(), [](log::Record& record) {
    if (record.header.seq != 3) return;
    const std::size_t at = record.payload->bytes.find("heroin");
    REQUIRE(at != std::string::npos);
    record.payload->bytes[at] = 'H';
  });
  Seqs seen;
  const auto read = [&](const v1::ReplayRequest& request) {
    seen.clear();
    return projections::replay(changed, operator_principal(), request, [&](const v1::Event& event) {
      seen.push_back(event.seq());
      return true;
    });
  };
  v1::ReplayRequest request;
  const auto all = read(request);
  REQUIRE(all.has_error());
  CHECK(all.error().code == v1::ERROR_CODE_DATA_CORRUPT);
  CHECK(all.error().message.find("event 3") != std::string::npos);
  CHECK(seen == Seqs{1, 2});
  request.set_area("SE-01");
  CHECK(read(request).has_value());
  CHECK(seen == Seqs{2, 4});
  request.set_area("NO-46");
  CHECK(read(request).has_error());
  request.Clear();
  request.set_alert_id(last);
  CHECK(read(request).has_value());
  CHECK(seen == Seqs{4});
}

TEST_CASE("a replay from or to a time that is none is refused, and names which") {
  TestBroker broker;
  const auto snapshot = broker.log->snapshot();
  const auto refused = [&](const v1::ReplayRequest& request, const char* field) {
    check_refused(projections::resolve_range(*snapshot, request), v1::ERROR_CODE_INVALID_ARGUMENT, field);
    check_refused(
        projections::replay(*snapshot, operator_principal(), request, [](const v1::Event&) { return true; }),
        v1::ERROR_CODE_INVALID_ARGUMENT, field);
  };
  for (const std::int64_t seconds : {9'300'000'000'000LL, -9'300'000'000'000LL, 253'402'300'800LL}) {
    v1::ReplayRequest request;
    request.mutable_from()->mutable_time()->set_seconds(seconds);
    refused(request, "from.time");
    request.Clear();
    request.mutable_to()->mutable_time()->set_seconds(seconds);
    refused(request, "to.time");
  }
  v1::ReplayRequest request;
  request.mutable_to()->set_seq(snapshot->head().seq + 1);
  refused(request, "to.seq");
  request.Clear();
  request.mutable_from()->mutable_time()->set_seconds(1);
  const auto range = projections::resolve_range(*snapshot, request);
  CHECK(range.value().from == 1);
  CHECK(range.value().to == snapshot->head().seq);
}

TEST_CASE("a replay filtered by an area or a role that nobody knows is refused, and names which") {
  const domain::RoleCatalogue roles = domain::RoleCatalogue::with({"night-shelter"}, "roles").value();
  const auto check = [&roles](const std::string& area, const std::string& role) {
    v1::ReplayRequest request;
    request.set_area(area);
    request.set_role(role);
    return projections::check_replay_filters(request, roles);
  };
  check_refused(check("", "chef"), v1::ERROR_CODE_UNKNOWN_ROLE, "role");
  check_refused(check("SE-99", ""), v1::ERROR_CODE_UNKNOWN_AREA, "area");
  CHECK(check("", "").has_value());
  CHECK(check("SE-01", "laro").has_value());
  CHECK(check("NO-30", "night-shelter").has_value());  // an area that ended stands in old events
}

TEST_CASE("a replay is for operators and auditors") {
  TestBroker broker;
  const auto snapshot = broker.log->snapshot();
  const auto any = [](const v1::Event&) { return true; };
  check_refused(projections::replay(*snapshot, coordinator(), {}, any), v1::ERROR_CODE_PERMISSION_DENIED,
                "replay");
  v1::ReplayRequest request;
  request.set_service_id("nobody");
  check_refused(projections::replay(*snapshot, operator_principal(), request, any), v1::ERROR_CODE_NOT_FOUND,
                "service_id");
  request.Clear();
  request.set_alert_id("GJ-0000");
  check_refused(projections::replay(*snapshot, operator_principal(), request, any), v1::ERROR_CODE_NOT_FOUND,
                "alert_id");
  request.Clear();
  request.mutable_to()->set_seq(9);
  check_refused(projections::replay(*snapshot, operator_principal(), request, any),
                v1::ERROR_CODE_INVALID_ARGUMENT, "to.seq");
}
