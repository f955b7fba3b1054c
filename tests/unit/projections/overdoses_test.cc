#include "broker/projections/overdoses.h"

#include <catch2/catch.hpp>
#include <chrono>

#include "broker/core/limits.h"
#include "broker/projections/overdose_rows.h"
#include "broker/projections/queries.h"
#include "gjallar/storage/v1/rows.pb.h"
#include "tests/support/memory_log.h"
#include "tests/support/refused.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/test_broker.h"

using namespace gjallar;
using namespace gjallar::testing;
using std::chrono::hours;

namespace {

v1::Command count_of(const std::string& area, core::WallTime to, std::uint32_t number,
                     v1::Status status = v1::STATUS_ACTUAL, std::uint32_t fatal = 0) {
  v1::Command command;
  auto& count = *command.mutable_count_overdoses();
  count.set_area(area);
  *count.mutable_from() = core::to_timestamp(to - hours(2));
  *count.mutable_to() = core::to_timestamp(to);
  count.set_not_fatal(number);
  count.set_fatal(fatal);
  count.set_source("ambulance");
  count.set_status(status);
  return command;
}

v1::ListOverdosesRequest about(const std::string& area, bool raw = false) {
  v1::ListOverdosesRequest request;
  request.set_area(area);
  request.set_raw(raw);
  return request;
}

std::string sum(const v1::ListOverdosesResponse& answer) {
  int all = 0;
  for (const auto& period : answer.periods())
    all += std::stoi(period.count());
  return std::to_string(all);
}

}  // namespace

TEST_CASE("many overdoses in a day give the coordinators there and next door a hint, and nobody an alert") {
  TestBroker broker;
  const auto skane = broker.add(sample_service("coordinator-skane", {"SE-12"}, {"coordinator"}));
  const auto halland = broker.add(sample_service("coordinator-halland", {"SE-13"}, {"coordinator"}));
  const auto stockholm = broker.add(sample_service("coordinator-stockholm", {"SE-01"}, {"coordinator"}));
  const auto clinic = broker.add(sample_service("clinic-malmo", {"SE-1280"}));
  const core::WallTime now = broker.clock.wall();
  const auto quiet = broker.must(police(), count_of("SE-1280", now - hours(3), 1));
  CHECK(quiet.seq() == broker.log->head().seq);
  CHECK(quiet.services_concerned() == 0);
  broker.must(police(), count_of("SE-1281", now - hours(1), 4));
  const auto snapshot = broker.log->snapshot();
  const auto hint = snapshot->read(snapshot->head().seq).value();
  const auto event = log::to_event(hint.record).value();
  CHECK(event.type() == v1::EVENT_TYPE_OVERDOSE_HINT);
  CHECK(event.subject() == "SE-12");
  CHECK_FALSE(event.urgent());
  CHECK_FALSE(event.rings());
  CHECK_FALSE(event.payload().has_alert());
  CHECK(event.payload().hint().rounded_count() == 5);
  CHECK(hint.targets.contains(skane));
  CHECK(hint.targets.contains(halland));
  CHECK_FALSE(hint.targets.contains(stockholm));
  CHECK_FALSE(hint.targets.contains(clinic));
  CHECK(projections::list_alerts(*snapshot, coordinator(), {}).value().alerts_size() == 0);
}

TEST_CASE("a count concerns nobody, and a later one of the same period takes its place") {
  TestBroker broker;
  broker.add(sample_service("coordinator-skane", {"SE-12"}, {"coordinator"}));
  const core::WallTime then = broker.clock.wall() - hours(24 * 8);
  CHECK(broker.must(police(), count_of("SE-1280", then, 3)).services_concerned() == 0);
  const core::Seq first = broker.log->head().seq;
  broker.must(police(), count_of("SE-1280", then, 2));
  check_refused(broker.submit_and_wait(police(), count_of("SE-1280", then, 2)),
                v1::ERROR_CODE_NOTHING_TO_CHANGE, "count_overdoses");
  broker.must(police(), count_of("SE-1281", then, 1));
  const auto ask = [&](core::Seq as_of) {
    auto request = about("SE-12");
    request.mutable_as_of()->set_seq(as_of);
    return projections::list_overdoses(*broker.log->snapshot(), police(), request, broker.clock.wall());
  };
  CHECK(sum(ask(broker.log->head().seq).value()) == "3");
  CHECK(sum(ask(first).value()) == "3");
  CHECK(sum(ask(first - 1).value()) == "0");
}

TEST_CASE("counts as they were sent are for those who assess, in views and in replays") {
  TestBroker broker;
  broker.must(police(), count_of("SE-1280", broker.clock.wall() - hours(30), 3, v1::STATUS_ACTUAL, 1));
  const auto snapshot = broker.log->snapshot();
  const auto raw =
      projections::list_overdoses(*snapshot, coordinator(), about("SE-1280", true), broker.clock.wall());
  REQUIRE(raw.value().periods_size() == 1);
  CHECK(raw.value().periods(0).count() == "4");
  CHECK(raw.value().periods(0).fatal() == "1");
  check_refused(projections::list_overdoses(*snapshot, police(), about("SE-1280", true), broker.clock.wall()),
                v1::ERROR_CODE_PERMISSION_DENIED, "raw");
  check_refused(projections::list_overdoses(*snapshot, laboratory(), about("SE-9999"), broker.clock.wall()),
                v1::ERROR_CODE_UNKNOWN_AREA, "area");
  int counts = 0;
  REQUIRE(projections::replay(*snapshot, operator_principal(), {}, [&](const v1::Event& event) {
            if (event.type() != v1::EVENT_TYPE_OVERDOSES_COUNTED) return true;
            ++counts;
            CHECK_FALSE(event.has_payload());
            return true;
          }).has_value());
  CHECK(counts == 1);
}

TEST_CASE("counts that arrive out of order give the coordinators their hint") {
  for (const auto& [first, second] :
       std::vector<std::pair<int, int>>{{2, 3}, {3, 2}, {2, 24 * 4}, {24 * 4, 2}}) {
    INFO(first << " h, then " << second << " h ago");
    TestBroker broker;
    const auto there = broker.add(sample_service("coordinator-vg", {"SE-14"}, {"coordinator"}));
    const core::WallTime now = broker.clock.wall();
    CHECK(broker.must(police(), count_of("SE-1480", now - hours(first), 2)).services_concerned() == 0);
    CHECK(broker.must(police(), count_of("SE-1481", now - hours(second), 2)).services_concerned() == 1);
    const auto snapshot = broker.log->snapshot();
    const auto hint = snapshot->read(snapshot->head().seq).value();
    CHECK(hint.record.header.type == v1::EVENT_TYPE_OVERDOSE_HINT);
    CHECK(hint.targets.contains(there));
    const core::Seq told = broker.log->head().seq;
    broker.must(police(), count_of("SE-1482", now - hours(5), 2));
    for (core::Seq seq = told + 1; seq <= broker.log->head().seq; ++seq) {
      const auto event = log::to_event(broker.log->snapshot()->read(seq).value().record).value();
      const auto& of = event.payload().hint();
      // Not a week's hint again; a day's only where the first one was none.
      if (event.type() == v1::EVENT_TYPE_OVERDOSE_HINT)
        CHECK((first + second > 24 && of.to().seconds() - of.from().seconds() == 24 * 3600));
    }
  }
}

TEST_CASE("a count is compared with so many others at most, the newest") {
  MemoryRows rows;
  const core::WallTime now = core::ManualClock().wall();
  storage::v1::OverdoseRow row;
  row.add_counts()->set_not_fatal(1);
  const std::string bytes = row.SerializeAsString();
  constexpr std::size_t kMore = 10;
  for (std::size_t i = 0; i < core::limits::kOverdoseEntriesMax + kMore; ++i) {
    projections::keys::OverdoseKey key;
    key.county = "SE-12";
    key.area = "SE-1280";
    key.source = "ambulance";
    key.from = now - std::chrono::minutes(i + 1);
    key.to = key.from + std::chrono::minutes(1);
    rows.put(log::Column::kOverdose, projections::keys::overdose(key), bytes);
  }
  const auto situation =
      projections::overdose_situation(rows, count_of("SE-1281", now, 1).count_overdoses()).value();
  REQUIRE(situation.entries.size() == core::limits::kOverdoseEntriesMax);
  CHECK(situation.entries.front().to == now);
}

TEST_CASE("an exercise's counts stay among exercises") {
  TestBroker broker;
  broker.add(sample_service("coordinator-skane", {"SE-12"}, {"coordinator"}));
  const core::WallTime then = broker.clock.wall() - hours(3);
  broker.must(police(), count_of("SE-1280", then, 9, v1::STATUS_EXERCISE));
  const auto snapshot = broker.log->snapshot();
  const auto hint = log::to_event(snapshot->read(snapshot->head().seq).value().record).value();
  CHECK(hint.payload().hint().status() == v1::STATUS_EXERCISE);
  const auto raw =
      projections::list_overdoses(*snapshot, coordinator(), about("SE-12", true), broker.clock.wall());
  CHECK(raw.value().periods_size() == 0);
  // An exercise's hint doesn't silence the real one.
  CHECK(broker.must(police(), count_of("SE-1280", then, 9)).services_concerned() == 1);
}

TEST_CASE("a count that can't be right names its field") {
  TestBroker broker;
  const core::WallTime now = broker.clock.wall();
  const auto refused = [&](v1::Command command, core::Code code, const std::string& field) {
    check_refused(broker.submit_and_wait(police(), command), code, "count_overdoses" + field);
  };
  refused(count_of("SE-12", now, 1), v1::ERROR_CODE_INVALID_ARGUMENT, ".area");
  refused(count_of("SE-9999", now, 1), v1::ERROR_CODE_UNKNOWN_AREA, ".area");
  refused(count_of("SE-1280", now + hours(1), 1), v1::ERROR_CODE_INVALID_ARGUMENT, ".to");
  refused(count_of("SE-1280", now, 10'001), v1::ERROR_CODE_INVALID_ARGUMENT, ".not_fatal");
  refused(count_of("SE-1280", now, 1, v1::STATUS_SYSTEM), v1::ERROR_CODE_INVALID_ARGUMENT, ".status");
  auto command = count_of("SE-1280", now, 1);
  *command.mutable_count_overdoses()->mutable_from() = core::to_timestamp(now - hours(25));
  refused(command, v1::ERROR_CODE_INVALID_ARGUMENT, ".to");
  command = count_of("SE-1280", now, 1);
  command.mutable_count_overdoses()->clear_source();
  refused(command, v1::ERROR_CODE_MISSING_FIELD, ".source");
  const auto clinic = service_principal("clinic-malmo");
  broker.add(sample_service("clinic-malmo", {"SE-1280"}));
  CHECK(broker.submit_and_wait(clinic, count_of("SE-1280", now, 1)).has_value());
  check_refused(broker.submit_and_wait(clinic, count_of("SE-0180", now, 1)), v1::ERROR_CODE_PERMISSION_DENIED,
                "count_overdoses.area");
}
