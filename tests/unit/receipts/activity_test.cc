#include "broker/receipts/activity.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <map>
#include <stdexcept>

#include "tests/support/refused.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/test_broker.h"

using namespace gjallar;
using namespace gjallar::testing;
using receipts::Receipt;
using receipts::Stage;

namespace {

struct ActivityFixture {
  ActivityFixture() {
    for (const char* id : {"clinic-a", "clinic-b", "clinic-c"})
      numbers[id] = broker.add(sample_service(id));
    numbers["clinic-far"] = broker.add(sample_service("clinic-far", {"NO-46"}, {"laro"}));
    store = receipts::open_receipt_store(broker.folder.path() / "receipts", *broker.log).value();
  }
  core::Seq head() const { return broker.log->head().seq; }
  void give(const std::string& service, core::Seq seq, Stage stage) {
    Receipt receipt;
    receipt.service = numbers.at(service);
    receipt.stage = stage;
    receipt.seqs = {seq};
    receipt.time = broker.clock.wall();
    REQUIRE(store->record(receipt));
    store->flush();
  }
  receipts::ActivitySources sources() {
    return {*broker.log, *store, reports, roles, [](const std::string& principal) { return principal; }};
  }
  v1::ListServiceActivityResponse ask(const v1::ListServiceActivityRequest& request = {}) {
    auto activity =
        receipts::Activity::begin(sources(), coordinator(), request, {broker.clock.wall(), {"clinic-b"}});
    REQUIRE(activity.has_value());
    while (activity.value()->step().value()) {
    }
    return activity.value()->take();
  }
  static v1::ServiceActivity of(const v1::ListServiceActivityResponse& response, const std::string& id) {
    for (const auto& service : response.services()) {
      if (service.service_id() == id) return service;
    }
    throw std::runtime_error("not listed: " + id);
  }

  TestBroker broker;
  std::map<std::string, core::ServiceNumber> numbers;
  std::unique_ptr<receipts::ReceiptStore> store;
  receipts::ReportTimes reports;
  domain::RoleCatalogue roles;
};

}  // namespace

TEST_CASE_METHOD(ActivityFixture,
                 "the longest silent service stands first: it neither confirmed nor reported") {
  const std::string id = broker.issue(sample_content());
  const core::Seq seq = head();
  broker.clock.advance(std::chrono::hours(1));
  give("clinic-a", seq, Stage::kAcknowledged);
  broker.clock.advance(std::chrono::hours(1));
  broker.must(service_principal("clinic-b"), observe_command(id, "SE-0180"));
  give("clinic-c", seq, Stage::kReceived);  // a program's reception is nobody's word
  const auto response = ask();
  REQUIRE(response.services_size() == 4);
  CHECK(response.services(0).service_id() == "clinic-c");
  CHECK(response.services(1).service_id() == "clinic-far");
  CHECK(response.services(2).service_id() == "clinic-a");
  CHECK(response.services(3).service_id() == "clinic-b");
  CHECK(of(response, "clinic-b").has_last_reported());
  CHECK_FALSE(of(response, "clinic-b").has_last_acknowledged());
  CHECK(of(response, "clinic-b").online());
  CHECK_FALSE(of(response, "clinic-a").online());
  CHECK(of(response, "clinic-c").has_last_received());
}

TEST_CASE_METHOD(ActivityFixture,
                 "urgent alerts that concerned a service count once each, others not at all") {
  const std::string first = broker.issue(sample_content());
  const core::Seq issued = head();
  broker.must(police(), revise_command(first, [] {
                v1::AlertContent content = sample_content();
                content.mutable_texts(0)->set_headline("Ny rubrik");
                return content;
              }()));
  broker.must(service_principal("clinic-a"), observe_command(first, "SE-0180"));
  broker.issue(sample_content({"SE-01"}, {"syringe-exchange"}, v1::GRADE_LEVEL_INFORMATION));
  const std::string second = broker.issue(sample_content());
  give("clinic-a", issued, Stage::kReceived);
  give("clinic-a", head(), Stage::kAcknowledged);
  const auto response = ask();
  CHECK(of(response, "clinic-a").urgent_alerts() == 2);
  CHECK(of(response, "clinic-a").urgent_received() == 2);
  CHECK(of(response, "clinic-a").urgent_acknowledged() == 1);
  CHECK(of(response, "clinic-b").urgent_alerts() == 2);
  CHECK(of(response, "clinic-b").urgent_received() == 0);
  CHECK(of(response, "clinic-far").urgent_alerts() == 0);
}

TEST_CASE_METHOD(ActivityFixture, "exercises count by themselves, and only if asked for") {
  v1::AlertContent exercise = sample_content();
  exercise.set_status(v1::STATUS_EXERCISE);
  broker.issue(exercise);
  CHECK(of(ask(), "clinic-a").urgent_alerts() == 0);
  v1::ListServiceActivityRequest request;
  request.set_exercises(true);
  CHECK(of(ask(request), "clinic-a").urgent_alerts() == 1);
}

TEST_CASE_METHOD(ActivityFixture, "the period begins with the month and can be chosen") {
  broker.issue(sample_content());  // 1 January
  broker.clock.advance(std::chrono::hours(24 * 40));
  broker.issue(sample_content());
  CHECK(of(ask(), "clinic-a").urgent_alerts() == 1);
  v1::ListServiceActivityRequest request;
  *request.mutable_from() = core::to_timestamp(broker.clock.wall() - std::chrono::hours(24 * 60));
  CHECK(of(ask(request), "clinic-a").urgent_alerts() == 2);
  *request.mutable_to() = core::to_timestamp(broker.clock.wall());  // up to it, not with it
  CHECK(of(ask(request), "clinic-a").urgent_alerts() == 1);
  *request.mutable_to() = request.from();
  check_refused(receipts::Activity::begin(sources(), coordinator(), request, {broker.clock.wall(), {}}),
                v1::ERROR_CODE_INVALID_ARGUMENT, "to");
}

TEST_CASE_METHOD(ActivityFixture, "activity can be asked by area and role, of enabled services") {
  v1::ListServiceActivityRequest request;
  request.set_area("SE");
  CHECK(ask(request).services_size() == 3);
  request.clear_area();
  request.set_role("laro");
  CHECK(ask(request).services_size() == 1);
  broker.must(operator_principal(), disable_command("clinic-far"));
  CHECK(ask(request).services_size() == 0);
  request.set_area("SE-999");
  check_refused(receipts::Activity::begin(sources(), coordinator(), request, {broker.clock.wall(), {}}),
                v1::ERROR_CODE_UNKNOWN_AREA, "area");
  request.set_area("SE");
  request.set_role("chef");
  check_refused(receipts::Activity::begin(sources(), coordinator(), request, {broker.clock.wall(), {}}),
                v1::ERROR_CODE_UNKNOWN_ROLE, "role");
}

TEST_CASE_METHOD(ActivityFixture, "who only escalates isn't among the silent, unless its role is asked for") {
  broker.add(sample_service("relay", {"SE-01"}, {"escalator"}));
  v1::ListServiceActivityRequest request;
  CHECK(ask(request).services_size() == 4);
  request.set_role("escalator");
  CHECK(ask(request).services_size() == 1);
}

TEST_CASE_METHOD(ActivityFixture, "activity is for who views any alert, assesses, operates or audits") {
  const v1::ListServiceActivityRequest request;
  CHECK(receipts::Activity::begin(sources(), operator_principal(), request, {}).has_value());
  check_refused(receipts::Activity::begin(sources(), police(), request, {}), v1::ERROR_CODE_PERMISSION_DENIED,
                "list_service_activity");
  check_refused(receipts::Activity::begin(sources(), service_principal("clinic-a"), request, {}),
                v1::ERROR_CODE_PERMISSION_DENIED, "list_service_activity");
}

TEST_CASE_METHOD(ActivityFixture, "who reported is remembered, and what came since is read on") {
  const std::string id = broker.issue(sample_content());
  CHECK_FALSE(of(ask(), "clinic-a").has_last_reported());
  broker.clock.advance(std::chrono::minutes(3));
  broker.must(service_principal("clinic-a"), observe_command(id, "SE-0180"));
  const auto response = ask();
  REQUIRE(of(response, "clinic-a").has_last_reported());
  CHECK(core::from_timestamp(of(response, "clinic-a").last_reported()) == broker.clock.wall());
}
