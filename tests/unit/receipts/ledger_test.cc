#include "broker/receipts/ledger.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <set>

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
  void receive(const std::string& service, core::Seq seq, Stage stage = Stage::kReceived) {
    Receipt receipt;
    receipt.service = numbers.at(service);
    receipt.stage = stage;
    receipt.seqs = {seq};
    receipt.time = broker.clock.wall();
    receipt.transport = receipts::TransportKind::kWebSocket;
    REQUIRE(store->record(receipt));
    store->flush();
  }
  v1::GetDeliveryResponse delivery(const std::string& id, core::Version version = 0) const {
    v1::GetDeliveryRequest request;
    request.set_alert_id(id);
    request.set_version(version);
    return receipts::get_delivery(*broker.log->snapshot(), *store, police(), request).value();
  }
  static std::set<std::string> without_receipt(const v1::GetDeliveryResponse& response) {
    std::set<std::string> out;
    for (const auto& service : response.services()) {
      if (!service.has_received()) out.insert(service.service_id());
    }
    return out;
  }

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
  CHECK(receipts::get_delivery(*snapshot, *store, police(), request).has_value());
  CHECK(receipts::get_delivery(*snapshot, *store, coordinator(), request).has_value());
  check_refused(receipts::get_delivery(*snapshot, *store, customs(), request), v1::ERROR_CODE_NOT_FOUND,
                "alert_id");
  check_refused(receipts::get_delivery(*snapshot, *store, service_principal("clinic-a"), request),
                v1::ERROR_CODE_NOT_FOUND, "alert_id");
  request.set_version(7);
  check_refused(receipts::get_delivery(*snapshot, *store, police(), request), v1::ERROR_CODE_NOT_FOUND,
                "version");
}
