#include "broker/receipts/receipt_stream.h"

#include <rocksdb/db.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <vector>

#include "broker/receipts/receipt_merge.h"
#include "broker/receipts/receipt_rows.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/test_broker.h"

using namespace gjallar;
using namespace gjallar::testing;
using receipts::Receipt;
using receipts::Stage;
using receipts::TransportKind;

namespace {

constexpr core::WallTime kMorning{std::chrono::seconds(1'767'254'400)};

struct StreamFixture {
  StreamFixture() {
    clinic = broker.add(sample_service("clinic-one"));
    broker.issue(sample_content());
    seq = broker.log->head().seq;
    open();
  }
  void open() { store = receipts::open_receipt_store(directory(), *broker.log).value(); }
  std::filesystem::path directory() const { return broker.folder.path() / "receipts"; }
  Receipt receipt(Stage stage, int second, const std::string& note = {}) const {
    Receipt out;
    out.service = clinic;
    out.stage = stage;
    out.seqs = {seq};
    out.time = kMorning + std::chrono::seconds(second);
    out.transport = TransportKind::kGrpc;
    out.note = note;
    return out;
  }
  void record(const Receipt& one) {
    REQUIRE(store->record(one));
    store->flush();
  }
  std::vector<Receipt> stream() const {
    std::vector<Receipt> out;
    const auto read = store->for_each(1, [&](std::uint64_t n, const Receipt& one) {
      CHECK(n == out.size() + 1);
      out.push_back(one);
      return true;
    });
    REQUIRE(read.has_value());
    return out;
  }
  /// Changes the store behind its back, while it is closed.
  template <typename Change>
  void damage(const Change& change) {
    store.reset();
    rocksdb::DB* opened = nullptr;
    REQUIRE(rocksdb::DB::Open(rocksdb::Options(), directory().string(), &opened).ok());
    const std::unique_ptr<rocksdb::DB> db(opened);
    change(*db);
  }

  TestBroker broker;
  core::ServiceNumber clinic = 0;
  core::Seq seq = 0;
  std::unique_ptr<receipts::ReceiptStore> store;
};

}  // namespace

TEST_CASE("a receipt of the stream is read as it was written, and nothing else is one") {
  Receipt receipt;
  receipt.service = 70'000;
  receipt.stage = Stage::kAcknowledged;
  receipt.seqs = {3, 1'000'000'000'000};
  receipt.after = 5;
  receipt.up_to = 9;
  receipt.time = kMorning;
  receipt.transport = TransportKind::kSse;
  receipt.client_id = "relay";
  receipt.pseudonym = "k7";
  receipt.note = "på anslagstavlan";
  const std::string bytes = receipts::encode_receipt(receipt);
  const auto read = receipts::decode_receipt(bytes);
  REQUIRE(read.has_value());
  CHECK(receipts::encode_receipt(*read) == bytes);
  CHECK(read->seqs == receipt.seqs);
  CHECK(read->note == receipt.note);
  CHECK(read->time == receipt.time);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CHECK_FALSE(receipts::decode_receipt(bytes.substr(0, size)).has_value());
  CHECK_FALSE(receipts::decode_receipt(bytes + "x").has_value());
}

TEST_CASE("stages merge to the same rows in whatever order receipts come") {
  Receipt first;
  first.stage = Stage::kAcknowledged;
  first.time = kMorning;
  Receipt noted = first;
  noted.note = "on display";
  Receipt later = first;
  later.time = kMorning + std::chrono::seconds(1);
  later.note = "later";
  std::vector<Receipt> all{first, noted, later};
  std::vector<int> order{0, 1, 2};
  std::string expected;
  do {
    receipts::ReceiptMerge merge([](const std::string&) { return std::optional<std::string>(); });
    for (const int i : order)
      REQUIRE(merge.put_stage(1, all[static_cast<std::size_t>(i)]).has_value());
    const std::string& row = merge.changed().at(receipts::rows::stage_key(0, 1, Stage::kAcknowledged));
    if (expected.empty()) expected = row;
    CHECK(row == expected);
  } while (std::next_permutation(order.begin(), order.end()));
  CHECK(receipts::rows::decode_stage_time(expected)->note == "on display");
}

TEST_CASE_METHOD(StreamFixture, "what is new is in the stream, in order; a repeat is not") {
  record(receipt(Stage::kWritten, 0));
  record(receipt(Stage::kReceived, 5));
  record(receipt(Stage::kReceived, 5));
  record(receipt(Stage::kReceived, 9));
  record(receipt(Stage::kAcknowledged, 10, "on display"));
  const std::vector<Receipt> all = stream();
  REQUIRE(all.size() == 3);
  CHECK(all[1].stage == Stage::kReceived);
  CHECK(all[1].seqs == std::vector<core::Seq>{seq});
  CHECK(all[2].note == "on display");
  CHECK(store->written_up_to() == 3);
  record(receipt(Stage::kReceived, 3));  // an earlier one is news
  CHECK(stream().size() == 4);
  CHECK(store->last_receipts(clinic).value().acknowledged == kMorning + std::chrono::seconds(10));
}

TEST_CASE_METHOD(StreamFixture, "numbers go on and the broker id stays after a restart") {
  record(receipt(Stage::kWritten, 0));
  const std::string id = store->broker_id();
  CHECK(id.size() == 16);
  store.reset();
  open();
  CHECK(store->broker_id() == id);
  CHECK(store->written_up_to() == 1);
  record(receipt(Stage::kReceived, 1));
  CHECK(stream().size() == 2);
}

TEST_CASE_METHOD(StreamFixture, "folding anew finds nothing to mend, and mends rows that were damaged") {
  record(receipt(Stage::kReceived, 5));
  Receipt range;
  range.service = clinic;
  range.up_to = seq;
  range.time = kMorning;
  range.client_id = "relay";
  record(range);
  const auto clean = store->refold();
  REQUIRE(clean.has_value());
  CHECK(clean.value().receipts == 2);
  CHECK(clean.value().rows >= 3);  // stages, a position, and when it last received
  CHECK(clean.value().differences == 0);

  const core::WallTime before = *store->stages(clinic, seq).value().received;
  damage([&](rocksdb::DB& db) {
    const std::string other = receipts::rows::encode(receipts::rows::StageTime{});
    REQUIRE(db.Put({}, receipts::rows::stage_key(clinic, seq, Stage::kReceived), other).ok());
    REQUIRE(db.Put({}, receipts::rows::stage_key(clinic, seq, Stage::kAcknowledged), other).ok());
    REQUIRE(db.Delete({}, receipts::rows::client_key(clinic, "relay")).ok());
  });
  open();
  CHECK(store->refold().value().differences == 3);
  CHECK(store->stages(clinic, seq).value().received == before);
  CHECK_FALSE(store->stages(clinic, seq).value().acknowledged.has_value());
  CHECK(store->received_up_to(clinic, "relay").value() == seq);
  CHECK(store->refold().value().differences == 0);
}

TEST_CASE_METHOD(StreamFixture, "a stream with a gap is said to be damaged, and changes no row") {
  record(receipt(Stage::kWritten, 0));
  record(receipt(Stage::kReceived, 1));
  damage([](rocksdb::DB& db) { REQUIRE(db.Delete({}, receipts::rows::stream_key(1)).ok()); });
  open();
  const auto refolded = store->refold();
  REQUIRE(refolded.has_error());
  CHECK(refolded.error().code == v1::ERROR_CODE_DATA_CORRUPT);
  CHECK(store->stages(clinic, seq).value().received.has_value());
}

TEST_CASE_METHOD(StreamFixture, "a store from before there was a stream is taken over whole") {
  store.reset();
  std::filesystem::remove_all(directory());
  std::filesystem::create_directories(directory());
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* opened = nullptr;
  REQUIRE(rocksdb::DB::Open(options, directory().string(), &opened).ok());
  {
    const std::unique_ptr<rocksdb::DB> db(opened);
    const auto put = [&](const std::string& key, const std::string& value) {
      REQUIRE(db->Put({}, key, value).ok());
    };
    put(receipts::rows::meta_key("format"), "1");
    put(receipts::rows::meta_key("log"), broker.log->id().value());
    put(receipts::rows::stage_key(clinic, seq, Stage::kReceived),
        receipts::rows::encode(receipts::rows::StageTime{kMorning, TransportKind::kGrpc, {}, {}}));
    put(receipts::rows::client_key(clinic, "relay"), receipts::rows::encode(seq));
  }
  open();
  CHECK(store->stages(clinic, seq).value().received == kMorning);
  CHECK(store->received_up_to(clinic, "relay").value() == seq);
  CHECK(store->last_receipts(clinic).value().received == kMorning);
  CHECK(stream().size() == 2);
  CHECK(store->refold().value().differences == 0);
}
