#include "broker/projections/queries.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <set>

#include "broker/projections/alerts.h"
#include "tests/support/refused.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/test_broker.h"

using namespace gjallar;
using namespace gjallar::testing;

namespace {

std::vector<std::string> ids(const v1::ListAlertsResponse& response) {
  std::vector<std::string> out;
  for (const v1::Alert& alert : response.alerts())
    out.push_back(alert.alert_id());
  return out;
}

std::vector<std::string> list(const TestBroker& broker, const v1::ListAlertsRequest& request,
                              const domain::Principal& principal = coordinator()) {
  return ids(projections::list_alerts(*broker.log->snapshot(), principal, request).value());
}

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("alerts are listed urgent first, then the latest change first") {
  TestBroker broker;
  const auto issue = [&](v1::GradeLevel level) {
    broker.clock.advance(std::chrono::seconds(1));
    return broker.issue(sample_content({"SE-01"}, {"syringe-exchange"}, level));
  };
  const std::string urgent_old = issue(v1::GRADE_LEVEL_URGENT);
  const std::string warning_old = issue(v1::GRADE_LEVEL_WARNING);
  const std::string urgent_new = issue(v1::GRADE_LEVEL_URGENT);
  const std::string information = issue(v1::GRADE_LEVEL_INFORMATION);
  CHECK(list(broker, {}) == Ids{urgent_new, urgent_old, information, warning_old});
  broker.clock.advance(std::chrono::seconds(1));
  broker.must(police(), widen_command(warning_old, sample_audience({"SE-12"}, {})));
  CHECK(list(broker, {}) == Ids{urgent_new, urgent_old, warning_old, information});
}

TEST_CASE("filters are joined by and") {
  TestBroker broker;
  broker.add(sample_service("clinic-one", {"SE-0180"}));
  v1::AlertContent content = sample_content({"SE-01"});
  const std::string stockholm = broker.issue(content);
  broker.clock.advance(std::chrono::hours(1));
  content = sample_content({"NO-46"}, {"laro"}, v1::GRADE_LEVEL_WARNING);
  content.set_kind(v1::ALERT_KIND_SEIZURE);
  content.mutable_substances(0)->set_name("Metonitazene");
  content.mutable_substances(0)->clear_cas_number();
  const std::string bergen = broker.issue(content);
  broker.clock.advance(std::chrono::hours(1));
  const std::string everywhere = broker.issue(sample_content({"SE"}, {}, v1::GRADE_LEVEL_INFORMATION));

  v1::ListAlertsRequest request;
  SECTION("by area, met both ways") {
    request.set_area("SE-0180");
    CHECK(list(broker, request) == Ids{stockholm, everywhere});
    request.set_area("SE");
    CHECK(list(broker, request) == Ids{stockholm, everywhere});
    request.set_area("NO-4601");
    CHECK(list(broker, request) == Ids{bergen});
    request.set_area("SE-12");
    CHECK(list(broker, request) == Ids{everywhere});
  }
  SECTION("by role, every role included") {
    request.set_role("laro");
    CHECK(list(broker, request) == Ids{everywhere, bergen});
    request.set_area("SE-01");
    CHECK(list(broker, request) == Ids{everywhere});
  }
  SECTION("by kind and substance") {
    request.set_kind(v1::ALERT_KIND_SEIZURE);
    CHECK(list(broker, request) == Ids{bergen});
    request.clear_kind();
    request.set_substance("metonitazene");
    CHECK(list(broker, request) == Ids{bergen});
    request.set_substance("561-27-3");
    CHECK(list(broker, request) == Ids{stockholm, everywhere});
  }
  SECTION("by time of issue") {
    *request.mutable_from() = core::to_timestamp(broker.clock.wall() - std::chrono::hours(1));
    CHECK(list(broker, request) == Ids{everywhere, bergen});
    *request.mutable_to() = core::to_timestamp(broker.clock.wall());
    CHECK(list(broker, request) == Ids{bergen});
  }
  SECTION("by service: what matches it, and what names it") {
    request.set_service_id("clinic-one");
    CHECK(list(broker, request) == Ids{stockholm, everywhere});
    broker.must(police(), widen_command(bergen, sample_audience({}, {}, {"clinic-one"})));
    CHECK(list(broker, request) == Ids{stockholm, bergen, everywhere});
  }
  SECTION("ended ones only if asked for") {
    broker.must(police(), retract_command(stockholm));
    CHECK(list(broker, request) == Ids{everywhere, bergen});
    request.set_include_ended(true);
    CHECK(list(broker, request) == Ids{stockholm, everywhere, bergen});
    request.set_area("SE-0180");
    CHECK(list(broker, request) == Ids{stockholm, everywhere});
    request.set_service_id("clinic-one");
    CHECK(list(broker, request) == Ids{stockholm, everywhere});
  }
}

TEST_CASE("pages are of one moment, and neither repeat nor miss an alert while new ones come") {
  TestBroker broker;
  std::set<std::string> issued;
  for (int i = 0; i < 7; ++i) {
    broker.clock.advance(std::chrono::seconds(1));
    issued.insert(broker.issue(sample_content()));
  }
  v1::ListAlertsRequest request;
  request.set_page_size(3);
  std::vector<std::string> seen;
  for (int page = 0; page < 3; ++page) {
    const auto response = projections::list_alerts(*broker.log->snapshot(), coordinator(), request).value();
    for (const std::string& id : ids(response))
      seen.push_back(id);
    CHECK(response.next_page_token().empty() == (page == 2));
    request.set_page_token(response.next_page_token());
    broker.clock.advance(std::chrono::seconds(1));
    broker.issue(sample_content());
    broker.must(police(), grade_command(seen.front(), page % 2 == 0 ? v1::GRADE_LEVEL_INFORMATION
                                                                    : v1::GRADE_LEVEL_URGENT));
  }
  CHECK(seen.size() == 7);
  CHECK(std::set<std::string>(seen.begin(), seen.end()) == issued);
}

TEST_CASE("a listing that can't be answered names the field") {
  TestBroker broker;
  const auto snapshot = broker.log->snapshot();
  const auto ask = [&](const v1::ListAlertsRequest& request) {
    return projections::list_alerts(*snapshot, coordinator(), request);
  };
  v1::ListAlertsRequest request;
  request.set_page_size(1001);
  check_refused(ask(request), v1::ERROR_CODE_INVALID_ARGUMENT, "page_size");
  request.Clear();
  for (const char* token : {"x", "1", "1.", ".1", "99.0", "1.2.3", "-1.0"}) {
    request.set_page_token(token);
    check_refused(ask(request), v1::ERROR_CODE_INVALID_ARGUMENT, "page_token");
  }
  request.Clear();
  request.set_area("SE-99");
  check_refused(ask(request), v1::ERROR_CODE_UNKNOWN_AREA, "area");
  request.Clear();
  request.set_service_id("nobody");
  check_refused(ask(request), v1::ERROR_CODE_NOT_FOUND, "service_id");
  request.Clear();
  request.mutable_as_of()->set_seq(99);
  check_refused(ask(request), v1::ERROR_CODE_INVALID_ARGUMENT, "as_of.seq");
  request.Clear();
  request.mutable_as_of()->mutable_time()->set_seconds(9'000'000'000'000'000'000);
  check_refused(ask(request), v1::ERROR_CODE_INVALID_ARGUMENT, "as_of.time");
  request.Clear();
  request.mutable_from()->set_seconds(-9'000'000'000'000'000'000);
  check_refused(ask(request), v1::ERROR_CODE_INVALID_ARGUMENT, "from");
}

TEST_CASE("everyone sees what they may see, and what they may not is not found") {
  TestBroker broker;
  broker.add(sample_service("clinic-one", {"SE-01"}));
  broker.add(sample_service("clinic-two", {"SE-12"}));
  const std::string here = broker.issue(sample_content({"SE-01"}));
  const std::string there = broker.issue(sample_content({"SE-12"}));
  CHECK(list(broker, {}, service_principal("clinic-one")) == Ids{here});
  CHECK(list(broker, {}, service_principal("clinic-two")) == Ids{there});
  CHECK(list(broker, {}, police()).size() == 2);
  CHECK(list(broker, {}, customs()).empty());
  CHECK(list(broker, {}, service_principal("never-registered")).empty());

  const auto snapshot = broker.log->snapshot();
  v1::GetAlertRequest request;
  request.set_alert_id(there);
  const auto hidden = projections::get_alert(*snapshot, service_principal("clinic-one"), request);
  request.set_alert_id("0190b8f0-0000-7000-8000-000000000000");
  const auto absent = projections::get_alert(*snapshot, service_principal("clinic-one"), request);
  check_refused(hidden, v1::ERROR_CODE_NOT_FOUND, "alert_id");
  CHECK(core::to_text(hidden.error()) == core::to_text(absent.error()));

  v1::ListAlertsRequest of_other;
  of_other.set_service_id("clinic-two");
  check_refused(projections::list_alerts(*snapshot, service_principal("clinic-one"), of_other),
                v1::ERROR_CODE_NOT_FOUND, "service_id");
}

TEST_CASE("an alert is found by any spelling of its reference, now and as of a moment") {
  TestBroker broker;
  const auto outcome = broker.submit_and_wait(police(), issue_command()).value();
  const core::Seq issued = broker.log->head().seq;
  broker.must(police(), grade_command(outcome.alert_id(), v1::GRADE_LEVEL_WARNING));
  std::string typed = outcome.reference();
  for (char& c : typed)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  v1::GetAlertRequest request;
  request.set_alert_id(typed);
  const auto snapshot = broker.log->snapshot();
  const auto now = projections::get_alert(*snapshot, police(), request).value();
  CHECK(now.alert().version() == 2);
  CHECK(now.seq() == issued + 1);
  request.mutable_as_of()->set_seq(issued);
  CHECK(projections::get_alert(*snapshot, police(), request).value().alert().version() == 1);
  request.mutable_as_of()->set_seq(issued - 1);
  check_refused(projections::get_alert(*snapshot, police(), request), v1::ERROR_CODE_NOT_FOUND, "alert_id");
}

TEST_CASE("a history shows a service the events that concerned it, and how the alert stands") {
  TestBroker broker;
  broker.add(sample_service("clinic-one", {"SE-01"}));
  broker.add(sample_service("clinic-two", {"SE-12"}));
  const std::string id = broker.issue(sample_content({"SE-01"}));
  broker.must(police(), widen_command(id, sample_audience({"SE-12"}, {"syringe-exchange"})));
  broker.must(police(), grade_command(id, v1::GRADE_LEVEL_WARNING));
  broker.add(sample_service("clinic-late", {"SE-12"}));
  v1::GetHistoryRequest request;
  request.set_alert_id(id);
  const auto snapshot = broker.log->snapshot();
  const auto events = [&](const domain::Principal& principal) {
    return projections::get_history(*snapshot, principal, request).value().events_size();
  };
  CHECK(events(police()) == 3);
  CHECK(events(coordinator()) == 3);
  CHECK(events(service_principal("clinic-one")) == 3);
  CHECK(events(service_principal("clinic-two")) == 2);
  CHECK(events(service_principal("clinic-late")) == 1);
  check_refused(projections::get_history(*snapshot, customs(), request), v1::ERROR_CODE_NOT_FOUND,
                "alert_id");
}

TEST_CASE("services are listed by id, by area and role, now and as of a moment") {
  TestBroker broker;
  broker.add(sample_service("clinic-b", {"SE-0180"}));
  const core::Seq first = broker.log->head().seq;
  broker.add(sample_service("clinic-a", {"NO-46"}, {"laro"}));
  broker.add(sample_service("clinic-c", {"SE-12"}, {"laro"}));
  broker.must(operator_principal(), disable_command("clinic-c"));
  const auto snapshot = broker.log->snapshot();
  const auto list = [&](const v1::ListServicesRequest& request, const domain::Principal& principal) {
    std::vector<std::string> out;
    const auto response = projections::list_services(*snapshot, principal, request).value();
    for (const auto& entry : response.entries())
      out.push_back(entry.service().service_id());
    return out;
  };
  v1::ListServicesRequest request;
  CHECK(list(request, operator_principal()) == Ids{"clinic-a", "clinic-b"});
  CHECK(list(request, service_principal("clinic-a")) == Ids{"clinic-a"});
  request.set_include_disabled(true);
  CHECK(list(request, police()) == Ids{"clinic-a", "clinic-b", "clinic-c"});
  request.set_role("laro");
  CHECK(list(request, operator_principal()) == Ids{"clinic-a", "clinic-c"});
  request.set_area("SE");
  CHECK(list(request, operator_principal()) == Ids{"clinic-c"});
  request.Clear();
  request.mutable_as_of()->set_seq(first);
  CHECK(list(request, operator_principal()) == Ids{"clinic-b"});

  v1::GetServiceRequest one;
  one.set_service_id("clinic-c");
  CHECK_FALSE(projections::get_service(*snapshot, operator_principal(), one).value().entry().enabled());
  check_refused(projections::get_service(*snapshot, service_principal("clinic-a"), one),
                v1::ERROR_CODE_NOT_FOUND, "service_id");
}

TEST_CASE("alerts that stand for a service are its view, and those due to expire come earliest first") {
  TestBroker broker;
  broker.add(sample_service("clinic-one", {"SE-01"}));
  const auto issue = [&](const std::string& area, int hours) {
    v1::AlertContent content = sample_content({area});
    *content.mutable_expires() = core::to_timestamp(broker.clock.wall() + std::chrono::hours(hours));
    return broker.issue(content);
  };
  CHECK_FALSE(projections::next_expiry(broker.log->snapshot()->rows()).value().has_value());
  const std::string late = issue("SE-01", 3);
  const std::string early = issue("SE-12", 1);
  const std::string middle = issue("SE-0180", 2);
  const auto snapshot = broker.log->snapshot();
  const auto& rows = snapshot->rows();
  const auto entry = *broker.directory->now()->find("clinic-one");
  CHECK(projections::live_alerts_for(rows, entry).value().size() == 2);
  CHECK(projections::next_expiry(rows).value() == broker.clock.wall() + std::chrono::hours(1));
  const auto due = [&](int hours, std::size_t max) {
    return projections::due_to_expire(rows, broker.clock.wall() + std::chrono::hours(hours), max).value();
  };
  CHECK(due(0, 9).empty());
  CHECK(due(2, 9) == Ids{early, middle});
  CHECK(due(9, 9) == Ids{early, middle, late});
  CHECK(due(9, 1) == Ids{early});
}
