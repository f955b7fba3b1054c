#include "broker/receipts/receipt_store.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <future>
#include <thread>
#include <vector>

#include "broker/core/limits.h"
#include "tests/support/full_disk.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/test_broker.h"

using namespace gjallar;
using namespace gjallar::testing;
using receipts::Receipt;
using receipts::Stage;
using receipts::TransportKind;

namespace {

constexpr core::WallTime kNoon{std::chrono::seconds(1'767'268'800)};

struct ReceiptFixture {
  ReceiptFixture() {
    clinic = broker.add(sample_service("clinic-one", {"SE-01"}));
    other = broker.add(sample_service("clinic-two", {"SE-12"}));
    open();
  }
  void open() {
    store = receipts::open_receipt_store(broker.folder.path() / "receipts", *broker.log).value();
  }

  Receipt single(core::Seq seq, Stage stage, core::WallTime time,
                 TransportKind transport = TransportKind::kGrpc) const {
    Receipt receipt;
    receipt.service = clinic;
    receipt.stage = stage;
    receipt.seqs = {seq};
    receipt.time = time;
    receipt.transport = transport;
    return receipt;
  }
  Receipt range(core::Seq after, core::Seq up_to, const std::string& client_id = {}) const {
    Receipt receipt;
    receipt.service = clinic;
    receipt.after = after;
    receipt.up_to = up_to;
    receipt.time = kNoon;
    receipt.client_id = client_id;
    return receipt;
  }
  receipts::Stages stages(core::Seq seq) const { return store->stages(clinic, seq).value(); }

  TestBroker broker;
  core::ServiceNumber clinic = 0;
  core::ServiceNumber other = 0;
  std::unique_ptr<receipts::ReceiptStore> store;
};

}  // namespace

TEST_CASE_METHOD(ReceiptFixture, "what a shard wrote is taken at once, and is a receipt for each service") {
  broker.issue(sample_content({"SE-01", "SE-12"}));
  const core::Seq head = broker.log->head().seq;
  const std::uint64_t before = store->written_up_to();
  REQUIRE(store->record_written(
      {{clinic, TransportKind::kWebSocket, {head}}, {other, TransportKind::kGrpc, {head}}}, kNoon));
  store->flush();
  const auto stages = store->stages(clinic, head).value();
  CHECK(stages.written == kNoon);
  CHECK(stages.transport == TransportKind::kWebSocket);
  CHECK_FALSE(stages.received.has_value());
  CHECK(store->stages(other, head).value().transport == TransportKind::kGrpc);
  CHECK_FALSE(store->stages(other, head - 1).value().written.has_value());
  CHECK(store->written_up_to() == before + 2);
  std::vector<receipts::Written> too_many(core::limits::kReceiptQueueMax + 1,
                                          {clinic, TransportKind::kGrpc, {head}});
  CHECK_FALSE(store->record_written(std::move(too_many), kNoon));
}

TEST_CASE_METHOD(ReceiptFixture, "the first time of each stage counts, in whatever order receipts come") {
  broker.issue(sample_content());
  const core::Seq seq = broker.log->head().seq;
  using std::chrono::seconds;
  REQUIRE(store->record(single(seq, Stage::kReceived, kNoon + seconds(5), TransportKind::kWebSocket)));
  REQUIRE(store->record(single(seq, Stage::kReceived, kNoon + seconds(9), TransportKind::kSse)));
  store->flush();
  CHECK(stages(seq).received == kNoon + seconds(5));
  REQUIRE(store->record(single(seq, Stage::kReceived, kNoon + seconds(3), TransportKind::kGrpc)));
  REQUIRE(store->record(single(seq, Stage::kWritten, kNoon + seconds(1), TransportKind::kSse)));
  REQUIRE(store->record(single(seq, Stage::kAcknowledged, kNoon + seconds(60), TransportKind::kHttp)));
  store->flush();
  CHECK(stages(seq).written == kNoon + seconds(1));
  CHECK(stages(seq).received == kNoon + seconds(3));
  CHECK(stages(seq).acknowledged == kNoon + seconds(60));
  CHECK(stages(seq).transport == TransportKind::kGrpc);
  CHECK_FALSE(store->stages(other, seq).value().received.has_value());
}

TEST_CASE_METHOD(ReceiptFixture,
                 "a position stands for every event up to it that concerned the service, and no other") {
  const core::Seq before = broker.log->head().seq;
  broker.issue(sample_content({"SE-01"}));
  broker.issue(sample_content({"SE-12"}));
  broker.issue(sample_content({"SE-01"}));
  broker.issue(sample_content({"SE-01"}));
  REQUIRE(store->record(range(before, before + 3, "relay")));
  store->flush();
  CHECK(stages(before + 1).received == kNoon);
  CHECK_FALSE(stages(before + 2).received.has_value());
  CHECK(stages(before + 3).received == kNoon);
  CHECK_FALSE(stages(before + 4).received.has_value());
  CHECK(store->received_up_to(clinic, "relay").value() == before + 3);
  CHECK(store->received_up_to(clinic, "portal").value() == 0);

  SECTION("a position never moves back, nor beyond the head") {
    REQUIRE(store->record(range(before, before + 1, "relay")));
    store->flush();
    CHECK(store->received_up_to(clinic, "relay").value() == before + 3);
    REQUIRE(store->record(range(0, 1'000'000, "relay")));
    store->flush();
    CHECK(store->received_up_to(clinic, "relay").value() == broker.log->head().seq);
    CHECK(stages(before + 4).received == kNoon);
  }
}

TEST_CASE_METHOD(ReceiptFixture, "a receipt for an event that didn't concern the service is not kept") {
  broker.issue(sample_content({"SE-12"}));
  const core::Seq seq = broker.log->head().seq;
  REQUIRE(store->record(single(seq, Stage::kReceived, kNoon)));
  REQUIRE(store->record(single(seq + 100, Stage::kReceived, kNoon)));
  store->flush();
  CHECK_FALSE(stages(seq).received.has_value());
  CHECK_FALSE(stages(seq + 100).received.has_value());
}

TEST_CASE_METHOD(ReceiptFixture, "a long range is taken in slices, and a flush waits for all of it") {
  const core::Seq before = broker.log->head().seq;
  constexpr int kEvents = static_cast<int>(core::limits::kBulkSliceRecords) + 40;
  for (int i = 0; i < kEvents; ++i)
    broker.issue(sample_content());
  REQUIRE(store->record(range(0, broker.log->head().seq, "relay")));
  store->flush();
  for (core::Seq seq = before + 1; seq <= broker.log->head().seq; ++seq) {
    if (!stages(seq).received) FAIL("no receipt for seq " << seq);
  }
  CHECK(store->received_up_to(clinic, "relay").value() == broker.log->head().seq);
}

TEST_CASE_METHOD(ReceiptFixture,
                 "receipts that can't be written are kept, said so, and stored once they can be") {
  broker.issue(sample_content());
  const core::Seq seq = broker.log->head().seq;
  REQUIRE(store->record(single(seq, Stage::kWritten, kNoon)));
  store->flush();
  REQUIRE(store->finding().empty());
  {
    const FullDisk full;
    REQUIRE(store->record(single(seq, Stage::kReceived, kNoon)));
    while (store->finding().empty())
      store->flush();
    REQUIRE(store->record(single(seq, Stage::kAcknowledged, kNoon)));
    CHECK_FALSE(stages(seq).acknowledged.has_value());
  }
  while (!store->finding().empty())
    std::this_thread::yield();
  store->flush();
  CHECK(stages(seq).received == kNoon);
  CHECK(stages(seq).acknowledged == kNoon);
  store.reset();
  open();
  CHECK(stages(seq).written == kNoon);
  CHECK(stages(seq).received == kNoon);
  CHECK(stages(seq).acknowledged == kNoon);
}

TEST_CASE_METHOD(ReceiptFixture, "what was flushed is there after a restart") {
  broker.issue(sample_content());
  const core::Seq seq = broker.log->head().seq;
  REQUIRE(store->record(single(seq, Stage::kReceived, kNoon)));
  REQUIRE(store->record(range(0, seq, "relay")));
  store->flush();
  store.reset();
  open();
  CHECK(stages(seq).received == kNoon);
  CHECK(store->received_up_to(clinic, "relay").value() == seq);
}

TEST_CASE_METHOD(ReceiptFixture, "closing keeps what was recorded; afterwards nothing is taken") {
  broker.issue(sample_content());
  const core::Seq seq = broker.log->head().seq;
  REQUIRE(store->record(single(seq, Stage::kReceived, kNoon)));
  store->close();
  CHECK_FALSE(store->record(single(seq, Stage::kAcknowledged, kNoon)));
  store->flush();  // returns at once
  store.reset();
  open();
  CHECK(stages(seq).received == kNoon);
  CHECK_FALSE(stages(seq).acknowledged.has_value());
}

TEST_CASE_METHOD(ReceiptFixture, "a receipt's callback comes after it can be read, without a flush") {
  broker.issue(sample_content());
  const core::Seq seq = broker.log->head().seq;
  std::promise<bool> there;
  REQUIRE(store->record(single(seq, Stage::kReceived, kNoon),
                        [&] { there.set_value(stages(seq).received.has_value()); }));
  auto answer = there.get_future();
  REQUIRE(answer.wait_for(std::chrono::seconds(30)) == std::future_status::ready);
  CHECK(answer.get());
}

TEST_CASE_METHOD(ReceiptFixture, "a receipt that tells nothing new is answered too") {
  broker.issue(sample_content());
  const core::Seq seq = broker.log->head().seq;
  for (int time = 0; time < 2; ++time) {
    std::promise<void> there;
    REQUIRE(store->record(single(seq, Stage::kAcknowledged, kNoon), [&] { there.set_value(); }));
    REQUIRE(there.get_future().wait_for(std::chrono::seconds(30)) == std::future_status::ready);
  }
}

TEST_CASE_METHOD(ReceiptFixture, "many threads may record and flush at once") {
  broker.issue(sample_content());
  const core::Seq seq = broker.log->head().seq;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t, seq] {
      for (int i = 0; i < 200; ++i) {
        (void)store->record(single(seq, Stage::kReceived, kNoon + std::chrono::seconds(1 + (i + t) % 7)));
        if (i % 50 == 0) store->flush();
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  store->flush();
  CHECK(stages(seq).received == kNoon + std::chrono::seconds(1));
}

TEST_CASE_METHOD(ReceiptFixture, "receipts of another log are refused") {
  store.reset();
  TestBroker another(2);
  const auto opened = receipts::open_receipt_store(broker.folder.path() / "receipts", *another.log);
  REQUIRE(opened.has_error());
  CHECK(opened.error().code == v1::ERROR_CODE_UNAVAILABLE);
}

TEST_CASE_METHOD(ReceiptFixture, "a second opener of the same folder is refused") {
  const auto opened = receipts::open_receipt_store(broker.folder.path() / "receipts", *broker.log);
  REQUIRE(opened.has_error());
  CHECK(opened.error().code == v1::ERROR_CODE_UNAVAILABLE);
}
