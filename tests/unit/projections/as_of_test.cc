#include <catch2/catch.hpp>
#include <chrono>

#include "broker/projections/alerts.h"
#include "broker/projections/queries.h"
#include "tests/support/memory_log.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/test_broker.h"

using namespace gjallar;
using namespace gjallar::testing;

namespace {

v1::ListAlertsResponse view_of(const TestBroker& broker, const std::string& service, core::Seq seq) {
  v1::ListAlertsRequest request;
  request.set_service_id(service);
  request.mutable_as_of()->set_seq(seq);
  return projections::list_alerts(*broker.log->snapshot(), coordinator(), request).value();
}

}  // namespace

TEST_CASE("the alert that moved away reached the service as news and then left its view") {
  TestBroker broker;
  const core::ServiceNumber stockholm = broker.add(sample_service("clinic-stockholm", {"SE-0180"}));
  const core::ServiceNumber malmo = broker.add(sample_service("clinic-malmo", {"SE-1280"}));
  const std::string id = broker.issue(sample_content({"SE-01"}));
  const core::Seq issued = broker.log->head().seq;
  broker.must(police(), revise_command(id, sample_content({"SE-12"}), {"audience"}));
  const core::Seq moved = broker.log->head().seq;

  const auto event = broker.log->snapshot()->read_header(moved).value();
  CHECK(event.targets.contains(stockholm));
  CHECK(event.targets.contains(malmo));
  CHECK(view_of(broker, "clinic-stockholm", issued).alerts_size() == 1);
  CHECK(view_of(broker, "clinic-stockholm", moved).alerts_size() == 0);
  CHECK(view_of(broker, "clinic-malmo", issued).alerts_size() == 0);
  CHECK(view_of(broker, "clinic-malmo", moved).alerts_size() == 1);

  SECTION("and what comes later doesn't change what was seen") {
    broker.must(police(), retract_command(id));
    REQUIRE(view_of(broker, "clinic-stockholm", issued).alerts_size() == 1);
    CHECK(view_of(broker, "clinic-stockholm", issued).alerts(0).version() == 1);
    CHECK(view_of(broker, "clinic-malmo", moved).alerts(0).version() == 2);
    CHECK(view_of(broker, "clinic-malmo", moved + 1).alerts_size() == 0);
  }
}

TEST_CASE("a service sees by the profile it had then, not by the one it has now") {
  TestBroker broker;
  broker.add(sample_service("clinic-one", {"SE-01"}));
  broker.issue(sample_content({"SE-01"}));
  const core::Seq before = broker.log->head().seq;
  broker.must(operator_principal(), change_command(sample_service("clinic-one", {"SE-12"})));
  const core::Seq after = broker.log->head().seq;
  CHECK(view_of(broker, "clinic-one", before).alerts_size() == 1);
  CHECK(view_of(broker, "clinic-one", after).alerts_size() == 0);

  const auto snapshot = broker.log->snapshot();
  CHECK(projections::directory_as_of(*snapshot, before).value().find("clinic-one")->service().areas(0) ==
        "SE-01");
  CHECK(projections::directory_as_of(*snapshot, after).value().find("clinic-one")->service().areas(0) ==
        "SE-12");
  CHECK(projections::directory_as_of(*snapshot, 1).value().find("clinic-one") == nullptr);
}

TEST_CASE("the seq at a time is the last event not after it") {
  TestBroker broker;
  const auto start = broker.clock.wall();
  broker.clock.advance(std::chrono::minutes(1));
  broker.issue(sample_content());  // seq 2
  broker.issue(sample_content());  // seq 3, the same microsecond
  broker.clock.advance(std::chrono::minutes(1));
  broker.issue(sample_content());  // seq 4
  const auto snapshot = broker.log->snapshot();
  const auto at = [&](core::WallTime time) { return projections::seq_at(*snapshot, time).value(); };
  CHECK(at(start - core::Micros(1)) == 0);
  CHECK(at(start) == 1);
  CHECK(at(start + std::chrono::minutes(1) - core::Micros(1)) == 1);
  CHECK(at(start + std::chrono::minutes(1)) == 3);
  CHECK(at(start + std::chrono::minutes(2)) == 4);
  CHECK(at(start + std::chrono::hours(24)) == 4);
}

TEST_CASE("an alert as of a moment is as its last event up to then left it") {
  TestBroker broker;
  broker.add(sample_service("clinic-one"));
  const std::string id = broker.issue(sample_content());
  const core::Seq issued = broker.log->head().seq;
  broker.issue(sample_content({"SE-12"}));
  broker.must(police(), grade_command(id, v1::GRADE_LEVEL_WARNING));
  const auto snapshot = broker.log->snapshot();
  const auto as_of = [&](core::Seq seq) { return projections::alert_as_of(*snapshot, id, seq).value(); };
  CHECK_FALSE(as_of(issued - 1).has_value());
  CHECK(as_of(issued)->alert.version() == 1);
  CHECK(as_of(issued + 1)->seq == issued);
  CHECK(as_of(issued + 2)->alert.version() == 2);
  CHECK(as_of(issued + 2)->alert.level() == v1::GRADE_LEVEL_WARNING);
  CHECK(as_of(issued + 2)->targeted == projections::find_alert(snapshot->rows(), id).value()->targeted);
}
