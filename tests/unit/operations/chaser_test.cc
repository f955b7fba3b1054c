// What a chaser takes up of what is committed.
#include "broker/operations/chaser.h"

#include <catch2/catch.hpp>

#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/test_broker.h"

using namespace gjallar;
using namespace gjallar::testing;

TEST_CASE("an urgent test or draft isn't taken up, an urgent exercise or actual alert is") {
  TestBroker broker;
  const auto store = receipts::open_receipt_store(broker.folder.path() / "receipts", *broker.log).value();
  admission::Expirer expirer(*broker.admission, *broker.log, broker.clock);
  operations::Chaser chaser(*broker.admission, *broker.log, *store, *broker.directory, expirer, broker.clock,
                            receipts::default_chase_policies());
  bool noted = false;
  broker.listener = [&](const log::CommittedGroup& group, const log::Head&) {
    noted = chaser.on_committed(group);
  };
  (void)broker.add(sample_service("clinic", {"NO-31"}, {"municipal-physician"}));
  std::size_t watched = 0;
  for (const v1::Status status :
       {v1::STATUS_TEST, v1::STATUS_DRAFT, v1::STATUS_EXERCISE, v1::STATUS_ACTUAL}) {
    CAPTURE(status);
    v1::AlertContent content = sample_content({"NO-31"}, {"municipal-physician"});
    content.set_status(status);
    noted = false;
    (void)broker.issue(content);
    const bool taken_up = status == v1::STATUS_EXERCISE || status == v1::STATUS_ACTUAL;
    CHECK(noted == taken_up);
    (void)chaser.run_once();
    watched += taken_up ? 1 : 0;
    CHECK(chaser.watched() == watched);
  }
}
