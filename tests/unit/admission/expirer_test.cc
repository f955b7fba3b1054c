#include <catch2/catch.hpp>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>

#include "broker/admission/admission.h"
#include "broker/projections/alerts.h"
#include "tests/support/refused.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/test_broker.h"

using namespace gjallar;
using namespace gjallar::testing;

namespace {

struct ExpiryFixture {
  std::string issue_for(std::chrono::seconds life) {
    v1::AlertContent content = sample_content();
    *content.mutable_expires() = core::to_timestamp(broker.clock.wall() + life);
    return broker.issue(content);
  }
  v1::Phase phase(const std::string& id) const {
    return projections::find_alert(broker.log->snapshot()->rows(), id).value()->alert.phase();
  }
  /// Runs the expirer and waits until what it submitted is answered: a command after it is, so they were.
  std::size_t run(admission::Expirer& expirer) {
    const std::size_t submitted = expirer.run_once();
    (void)broker.submit_and_wait(police(), retract_command("0190b8f0-0000-7000-8000-000000000000"));
    return submitted;
  }

  TestBroker broker;
};

}  // namespace

TEST_CASE_METHOD(ExpiryFixture, "an alert expires when its time is over, once, and not before") {
  admission::Expirer expirer(*broker.admission, *broker.log, broker.clock);
  const std::string early = issue_for(std::chrono::minutes(1));
  const std::string late = issue_for(std::chrono::hours(1));
  CHECK(run(expirer) == 0);
  broker.clock.advance(std::chrono::minutes(1));
  CHECK(run(expirer) == 1);
  CHECK(phase(early) == v1::PHASE_EXPIRED);
  CHECK(phase(late) == v1::PHASE_LIVE);
  const core::Seq head = broker.log->head().seq;
  CHECK(run(expirer) == 0);
  CHECK(broker.log->head().seq == head);
  const auto event = broker.log->snapshot()->read(head).value();
  CHECK(event.record.header.type == v1::EVENT_TYPE_ALERT_EXPIRED);
  CHECK(event.record.header.principal == domain::broker_principal().name.value());
}

TEST_CASE_METHOD(ExpiryFixture, "two brokers may expire the same alert: one event comes of it") {
  admission::Expirer one(*broker.admission, *broker.log, broker.clock);
  admission::Expirer other(*broker.admission, *broker.log, broker.clock);
  const std::string id = issue_for(std::chrono::minutes(1));
  const core::Seq head = broker.log->head().seq;
  broker.clock.advance(std::chrono::minutes(2));
  one.run_once();
  run(other);
  CHECK(phase(id) == v1::PHASE_EXPIRED);
  CHECK(broker.log->head().seq == head + 1);
}

TEST_CASE_METHOD(ExpiryFixture, "an alert is not expired again while its command is under way") {
  admission::Expirer expirer(*broker.admission, *broker.log, broker.clock);
  issue_for(std::chrono::minutes(1));
  std::mutex mutex;
  std::condition_variable released;
  bool held = false;
  bool release = false;
  broker.listener = [&](const log::CommittedGroup&, const log::Head&) {
    std::unique_lock lock(mutex);
    if (release) return;
    held = true;
    released.notify_all();
    released.wait(lock, [&] { return release; });
  };
  broker.clock.advance(std::chrono::minutes(1));
  // Hold the appender with another command, so that the expiry waits in the queue.
  auto promise = std::make_shared<std::promise<void>>();
  broker.admission->submit(police(), issue_command(), {},
                           [promise](const core::Result<v1::CommandOutcome>&) { promise->set_value(); });
  {
    std::unique_lock lock(mutex);
    released.wait(lock, [&] { return held; });
  }
  CHECK(expirer.run_once() == 1);
  CHECK(expirer.run_once() == 0);
  {
    const std::lock_guard lock(mutex);
    release = true;
  }
  released.notify_all();
  promise->get_future().wait();
  CHECK(run(expirer) == 0);
}

TEST_CASE_METHOD(ExpiryFixture, "many due alerts are expired in bounded runs") {
  admission::Expirer expirer(*broker.admission, *broker.log, broker.clock);
  for (int i = 0; i < 70; ++i)
    issue_for(std::chrono::minutes(1));
  broker.clock.advance(std::chrono::minutes(1));
  CHECK(run(expirer) == 64);
  CHECK(run(expirer) == 6);
  CHECK(run(expirer) == 0);
}

TEST_CASE_METHOD(ExpiryFixture,
                 "expiry pauses while wall and steady clock disagree, until they agree again") {
  admission::Expirer expirer(*broker.admission, *broker.log, broker.clock);
  const std::string id = issue_for(std::chrono::minutes(5));
  broker.clock.step_wall(std::chrono::seconds(60));
  CHECK(expirer.finding().empty());
  broker.clock.step_wall(std::chrono::hours(24));
  CHECK_FALSE(expirer.finding().empty());
  CHECK(run(expirer) == 0);
  CHECK(phase(id) == v1::PHASE_LIVE);

  SECTION("until the clock is set back") {
    broker.clock.step_wall(-std::chrono::hours(24) - std::chrono::seconds(60));
    CHECK(expirer.finding().empty());
    broker.clock.advance(std::chrono::minutes(5));
    CHECK(run(expirer) == 1);
    CHECK(phase(id) == v1::PHASE_EXPIRED);
  }
  SECTION("or an operator confirms that it is right") {
    expirer.confirm_clock();
    CHECK(expirer.finding().empty());
    CHECK(run(expirer) == 1);
    CHECK(phase(id) == v1::PHASE_EXPIRED);
  }
  SECTION("a clock that went back pauses it as well") {
    broker.clock.step_wall(-std::chrono::hours(48));
    CHECK_FALSE(expirer.finding().empty());
  }
}

TEST_CASE_METHOD(ExpiryFixture, "a caller can't expire what isn't over") {
  const std::string id = issue_for(std::chrono::minutes(5));
  check_refused(broker.submit_and_wait(police(), expire_command(id)), v1::ERROR_CODE_PERMISSION_DENIED,
                "expire");
  check_refused(broker.submit_and_wait(coordinator(), expire_command(id)), v1::ERROR_CODE_INVALID_ARGUMENT,
                "expire.alert_id");
}
