#include "broker/receipts/ledger.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <map>
#include <set>
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

struct LedgerFixture {
  LedgerFixture() {
    for (const char* id : {"clinic-a", "clinic-b", "clinic-c"})
      numbers[id] = broker.add(sample_service(id));
    numbers["clinic-far"] = broker.add(sample_service("clinic-far", {"NO-46"}));
    store = receipts::open_receipt_store(broker.folder.path() / "receipts", *broker.log).value();
  }
  void receive(const std::string& service, core::Seq seq, Stage stage = Stage::kReceived,
               const std::string& note = {}, const std::string& pseudonym = {}) {
    Receipt receipt;
    receipt.service = numbers.at(service);
    receipt.stage = stage;
    receipt.seqs = {seq};
    receipt.time = broker.clock.wall();
    receipt.transport = receipts::TransportKind::kWebSocket;
    receipt.note = note;
    receipt.pseudonym = pseudonym;
    REQUIRE(store->record(receipt));
    store->flush();
  }
  v1::GetDeliveryResponse delivery(const std::string& id, core::Version version = 0) const {
    v1::GetDeliveryRequest request;
    request.set_alert_id(id);
    request.set_version(version);
    return receipts::get_delivery(*broker.log->snapshot(), *store, police(), request, around()).value();
  }
  receipts::Surroundings around() const { return {broker.clock.wall(), connected}; }
  static const v1::ServiceDelivery& of(const v1::GetDeliveryResponse& response, const std::string& id) {
    for (const auto& service : response.services()) {
      if (service.service_id() == id) return service;
    }
    throw std::runtime_error("not in the ledger: " + id);
  }
  static std::set<std::string> without_receipt(const v1::GetDeliveryResponse& response) {
    std::set<std::string> out;
    for (const auto& service : response.services()) {
      if (!service.has_received()) out.insert(service.service_id());
    }
    return out;
  }

  std::set<std::string> connected;
  TestBroker broker;
  std::map<std::string, core::ServiceNumber> numbers;
  std::unique_ptr<receipts::ReceiptStore> store;
};

using Names = std::set<std::string>;

}  // namespace

TEST_CASE_METHOD(LedgerFixture, "the ledger is exactly those concerned less those who received") {
  const std::string id = broker.issue(sample_content());
  const core::Seq seq = broker.log->head().seq;
  v1::GetDeliveryResponse ledger = delivery(id);
  CHECK(ledger.seq() == seq);
  CHECK(ledger.version() == 1);
  CHECK(ledger.services_size() == 3);
  CHECK(ledger.not_received() == 3);

  broker.clock.advance(std::chrono::seconds(2));
  receive("clinic-b", seq);
  receive("clinic-a", seq, Stage::kWritten);
  ledger = delivery(id);
  CHECK(without_receipt(ledger) == Names{"clinic-a", "clinic-c"});
  CHECK(ledger.not_received() == 2);
  REQUIRE(ledger.services_size() == 3);
  CHECK(ledger.services(0).service_id() == "clinic-a");  // those without receipt first
  CHECK(ledger.services(0).has_written());
  CHECK(ledger.services(2).service_id() == "clinic-b");
  CHECK(ledger.services(2).service_name() == "Enheten clinic-b");
  CHECK(ledger.services(2).transport() == "websocket");
  CHECK(core::from_timestamp(ledger.services(2).received()) == broker.clock.wall());

  receive("clinic-c", seq, Stage::kAcknowledged);  // who confirmed it has it
  receive("clinic-far", seq);                      // whom it doesn't concern
  CHECK(without_receipt(delivery(id)) == Names{"clinic-a"});
}

TEST_CASE_METHOD(LedgerFixture, "each version has a ledger of its own") {
  const std::string id = broker.issue(sample_content());
  receive("clinic-a", broker.log->head().seq);
  broker.must(police(), widen_command(id, sample_audience({"NO"}, {})));
  receive("clinic-b", broker.log->head().seq);
  CHECK(without_receipt(delivery(id, 1)) == Names{"clinic-b", "clinic-c"});
  CHECK(without_receipt(delivery(id, 2)) == Names{"clinic-a", "clinic-c", "clinic-far"});
  CHECK(delivery(id).version() == 2);
}

TEST_CASE_METHOD(LedgerFixture, "a service that first saw the version with a later observation has it") {
  const std::string id = broker.issue(sample_content());
  const core::Seq issued = broker.log->head().seq;
  broker.must(service_principal("clinic-a"), observe_command(id, "SE-0180"));
  receive("clinic-c", broker.log->head().seq);
  const v1::GetDeliveryResponse ledger = delivery(id);
  CHECK(ledger.seq() == issued);
  CHECK(without_receipt(ledger) == Names{"clinic-a", "clinic-b"});
}

TEST_CASE_METHOD(LedgerFixture, "the ledger is for the sender and for who may view every alert") {
  const std::string id = broker.issue(sample_content());
  const auto snapshot = broker.log->snapshot();
  v1::GetDeliveryRequest request;
  request.set_alert_id(id);
  CHECK(receipts::get_delivery(*snapshot, *store, police(), request, around()).has_value());
  CHECK(receipts::get_delivery(*snapshot, *store, coordinator(), request, around()).has_value());
  check_refused(receipts::get_delivery(*snapshot, *store, customs(), request, around()),
                v1::ERROR_CODE_NOT_FOUND, "alert_id");
  check_refused(receipts::get_delivery(*snapshot, *store, service_principal("clinic-a"), request, around()),
                v1::ERROR_CODE_NOT_FOUND, "alert_id");
  request.set_version(7);
  check_refused(receipts::get_delivery(*snapshot, *store, police(), request, around()),
                v1::ERROR_CODE_NOT_FOUND, "version");
}

TEST_CASE_METHOD(LedgerFixture, "the ledger counts who has it and how fast it spread") {
  const std::string id = broker.issue(sample_content());
  const core::Seq seq = broker.log->head().seq;
  CHECK_FALSE(delivery(id).has_first_received());
  receive("clinic-a", seq, Stage::kWritten);
  broker.clock.advance(std::chrono::milliseconds(200));
  receive("clinic-a", seq);
  broker.clock.advance(std::chrono::milliseconds(800));
  receive("clinic-b", seq);
  const v1::GetDeliveryResponse ledger = delivery(id);
  CHECK(ledger.targeted() == 3);
  CHECK(ledger.written() == 1);
  CHECK(ledger.received() == 2);
  CHECK(ledger.acknowledged() == 0);
  CHECK(ledger.not_received() == 1);
  CHECK(ledger.first_received().nanos() == 200'000'000);
  CHECK(ledger.median_received().nanos() == 200'000'000);
  CHECK(ledger.last_received().seconds() == 1);
  CHECK(ledger.skew().nanos() == 800'000'000);
  CHECK(ledger.status() == v1::STATUS_ACTUAL);
  CHECK(ledger.reference().substr(0, 3) == "GJ-");
}

TEST_CASE_METHOD(LedgerFixture,
                 "the ledger tells what the first who confirmed had to say, and no later one") {
  const std::string id = broker.issue(sample_content());
  const core::Seq seq = broker.log->head().seq;
  receive("clinic-a", seq, Stage::kAcknowledged, "on display", "k7");
  broker.clock.advance(std::chrono::seconds(5));
  receive("clinic-a", seq, Stage::kAcknowledged, "said at the morning meeting", "m2");
  const v1::ServiceDelivery confirmed = of(delivery(id), "clinic-a");
  CHECK(confirmed.note() == "on display");
  CHECK(confirmed.acknowledged_by() == "k7");
  CHECK(of(delivery(id), "clinic-b").note().empty());
}

TEST_CASE_METHOD(LedgerFixture, "the ledger tells who is offline, where it works and what it does") {
  const std::string id = broker.issue(sample_content());
  connected = {"clinic-b"};
  const v1::GetDeliveryResponse ledger = delivery(id);
  CHECK(of(ledger, "clinic-a").offline());
  CHECK_FALSE(of(ledger, "clinic-b").offline());
  CHECK(of(ledger, "clinic-a").areas(0) == "SE-01");
  CHECK(of(ledger, "clinic-a").roles(0) == "syringe-exchange");
}

TEST_CASE_METHOD(LedgerFixture, "the ledger tells until when a service is closed, by its own clock") {
  v1::Service night = sample_service("clinic-night");
  night.set_time_zone("Europe/Stockholm");
  for (std::uint32_t day = 1; day <= 7; ++day) {
    v1::OpeningHours* const hours = night.add_opening_hours();
    hours->set_weekday(day);
    hours->set_opens_minute(8 * 60);
    hours->set_closes_minute(16 * 60);
  }
  broker.add(night);
  const std::string id = broker.issue(sample_content());  // at 01:00 in Stockholm
  const v1::GetDeliveryResponse ledger = delivery(id);
  REQUIRE(of(ledger, "clinic-night").has_closed_until());
  CHECK(core::to_rfc3339(core::from_timestamp(of(ledger, "clinic-night").closed_until())) ==
        "2026-01-01T07:00:00.000000Z");
  CHECK_FALSE(of(ledger, "clinic-a").has_closed_until());
}

TEST_CASE_METHOD(LedgerFixture, "who received a later version alone stands as lacking the earlier one") {
  const std::string id = broker.issue(sample_content());
  broker.must(police(), grade_command(id, v1::GRADE_LEVEL_WARNING));
  receive("clinic-a", broker.log->head().seq);
  CHECK(without_receipt(delivery(id, 1)) == Names{"clinic-a", "clinic-b", "clinic-c"});
  CHECK(without_receipt(delivery(id, 2)) == Names{"clinic-b", "clinic-c"});
}

TEST_CASE_METHOD(LedgerFixture,
                 "a retraction is owed to everyone who got the alert, whatever changed since") {
  const std::string id = broker.issue(sample_content());
  broker.must(operator_principal(), change_command(sample_service("clinic-a", {"NO-46"})));
  broker.must(operator_principal(), disable_command("clinic-b"));
  broker.must(police(), retract_command(id));
  CHECK(without_receipt(delivery(id)) == Names{"clinic-a", "clinic-b", "clinic-c"});
  CHECK(of(delivery(id), "clinic-b").disabled());
  CHECK_FALSE(of(delivery(id), "clinic-a").disabled());
}

TEST_CASE_METHOD(LedgerFixture, "who only escalates stands in no ledger, unless it is asked for") {
  const auto areas = std::vector<std::string>{"SE-01"};
  broker.add(sample_service("relay", areas, {"escalator"}));
  broker.add(sample_service("agency", areas, {"escalator", "coordinator"}));
  const auto names_in = [this](const v1::AlertContent& content) {
    const std::string id = broker.issue(content);
    CHECK(broker.log->snapshot()->read(broker.log->head().seq).value().targets.count() > 0);
    Names names;
    const v1::GetDeliveryResponse told = delivery(id);
    for (const auto& service : told.services())
      names.insert(service.service_id());
    CHECK(told.targeted() == names.size());
    return names;
  };
  CHECK(names_in(sample_content(areas, {})) == Names{"agency", "clinic-a", "clinic-b", "clinic-c"});
  CHECK(names_in(sample_content(areas, {"escalator"})) == Names{"agency", "relay"});
  v1::AlertContent content = sample_content(areas, {"coordinator"});
  content.mutable_audience()->add_services("relay");
  CHECK(names_in(content) == Names{"agency", "relay"});
}

TEST_CASE_METHOD(LedgerFixture,
                 "who was told of an alert because it had to call about it isn't its receiver") {
  const core::ServiceNumber relay = broker.add(sample_service("relay", {"SE-01"}, {"escalator"}));
  const std::string id = broker.issue(sample_content({"SE-01"}, {"syringe-exchange"}));
  broker.must(domain::broker_principal(),
              escalate_command(id, 1, v1::ESCALATION_STEP_UNRECEIVED, {"clinic-a"}));
  broker.must(police(), retract_command(id));
  CHECK(broker.log->snapshot()->read(broker.log->head().seq).value().targets.contains(relay));
  CHECK(without_receipt(delivery(id)) == Names{"clinic-a", "clinic-b", "clinic-c"});
}
