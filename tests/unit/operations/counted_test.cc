// Receipts are counted by stage, those of exercises apart.
#include "broker/operations/counted.h"

#include <catch2/catch.hpp>

#include "broker/operations/metrics.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/test_broker.h"

using namespace gjallar;
using namespace gjallar::testing;

TEST_CASE("an exercise's events are remembered by seq until 4,096 others took their places") {
  operations::ExerciseSeqs exercises;
  CHECK_FALSE(exercises.contains(0));
  exercises.note(7);
  CHECK(exercises.contains(7));
  CHECK_FALSE(exercises.contains(6));
  CHECK_FALSE(exercises.contains(7 + 4'096));
  exercises.note(7 + 4'096);
  CHECK_FALSE(exercises.contains(7));
}

TEST_CASE("receipts of exercises are counted apart, by the last event they are about") {
  TestBroker broker;
  const core::ServiceNumber clinic = broker.add(sample_service("clinic"));
  operations::CountedLog log(
      *broker.log);  // listens in place of the broker's own: nothing changes the directory
  log.on_committed([](const log::CommittedGroup&, const log::Head&) {});
  const auto store = receipts::open_receipt_store(broker.folder.path() / "receipts", *broker.log).value();
  operations::CountedReceipts counted(*store, log.exercises());
  const auto receive = [&](core::Seq seq, receipts::Stage stage, bool cumulative) {
    receipts::Receipt receipt;
    receipt.service = clinic;
    receipt.stage = stage;
    receipt.time = broker.clock.wall();
    if (cumulative) {
      receipt.up_to = seq;
    } else {
      receipt.seqs = {seq};
    }
    REQUIRE(counted.record(receipt, {}));
  };
  broker.issue(sample_content());
  const core::Seq actual = broker.log->head().seq;
  v1::AlertContent content = sample_content();
  content.set_status(v1::STATUS_EXERCISE);
  broker.issue(content);
  const core::Seq exercise = broker.log->head().seq;
  receive(actual, receipts::Stage::kWritten, false);
  receive(exercise, receipts::Stage::kWritten, false);
  receive(exercise, receipts::Stage::kReceived, true);
  receive(actual, receipts::Stage::kAcknowledged, false);
  CHECK(counted.taken(receipts::Stage::kWritten, false) == 1);
  CHECK(counted.taken(receipts::Stage::kWritten, true) == 1);
  CHECK(counted.taken(receipts::Stage::kReceived, false) == 0);
  CHECK(counted.taken(receipts::Stage::kReceived, true) == 1);
  CHECK(counted.taken(receipts::Stage::kAcknowledged, false) == 1);
  operations::MetricSources sources;
  sources.receipts = &counted;
  const std::string text = operations::metrics_text(sources);
  CHECK(text.find("gjallar_receipts_total{stage=\"received\",exercise=\"true\"} 1") != std::string::npos);
  CHECK(text.find("gjallar_receipts_total{stage=\"received\",exercise=\"false\"} 0") != std::string::npos);
  store->close();
}
