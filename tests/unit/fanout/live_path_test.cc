// What a live event costs on its way: nothing but what each session's socket costs.
#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "broker/fanout/dispatcher.h"
#include "tests/support/count_allocations.h"
#include "tests/support/fanout_fixture.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"

namespace gjallar::fanout {
namespace {

/// A socket that takes everything at once.
class OpenPort final : public SessionPort {
 public:
  Sent send(const Delivery&, bool) override {
    ++sent;
    return Sent::kWritten;
  }
  Sent send(const v1::Frame&, bool) override { return Sent::kWritten; }
  Flushed flush(std::size_t) override { return {}; }
  void finish(const v1::Goodbye&) override {}
  void wrote(core::Seq) override {}
  void want_start(const StartPlan&) override {}
  void want_slice(core::Seq) override {}
  void want_restated(const SharedEvent&) override {}
  std::size_t sent = 0;
};

const core::LogId kLiveLogId("0123456789ABCDEF");

struct LiveSession {
  LiveSession(Dispatcher& dispatcher, const Interest& interest)
      : state(interest, position_zero(), kLiveLogId, 0, dispatcher.ring(), port, 1) {
    dispatcher.add(state);
    state.open(v1::Hello());
    state.take_start(Prepared());
  }
  static StartPlan position_zero() {
    StartPlan plan;
    plan.position = 0;
    return plan;
  }
  OpenPort port;
  SessionState state;
};

SharedEvent live_event(core::Seq seq) {
  auto event = std::make_shared<EncodedEvent>();
  event->seq = seq;
  event->type = v1::EVENT_TYPE_ALERT_ISSUED;
  event->subject = "alert";
  event->targets.add(1);
  event->targets.add(2);
  return event;
}

TEST_CASE("a live event allocates nothing on its way to live sessions, however many they are") {
  Dispatcher dispatcher(64, 1 << 20, 0);
  std::vector<std::unique_ptr<LiveSession>> sessions;
  for (int n = 0; n < 300; ++n) {
    Interest interest;
    if (n % 3 == 0) {
      interest.filter = domain::ViewFilter{};
    } else {
      interest.service = static_cast<core::ServiceNumber>(n % 3);
      interest.service_id = "clinic";
    }
    sessions.push_back(std::make_unique<LiveSession>(dispatcher, interest));
  }
  std::vector<SharedEvent> events;
  for (core::Seq seq = 1; seq <= 20; ++seq)
    events.push_back(live_event(seq));
  std::vector<const SharedEvent*> one(1);
  for (const SharedEvent& event : events) {
    one[0] = &event;
    const std::size_t before = testing::allocations_of_thread;
    dispatcher.take(one, event->seq);
    CHECK(testing::allocations_of_thread == before);
  }
  for (const auto& session : sessions) {
    CHECK(session->state.live());
    if (session->state.interest().service) CHECK(session->port.sent == events.size());
    dispatcher.remove(session->state);
  }
}

#if GJALLAR_COUNTS_ALLOCATIONS
TEST_CASE("allocations are counted where they are counted at all") {
  const std::size_t before = testing::allocations_of_thread;
  const auto one = std::make_unique<LiveSession*>();
  CHECK(testing::allocations_of_thread > before);
}
#endif

TEST_CASE("there is a shard for each core unless the operator says how many") {
  testing::FanoutFixture world;
  const auto shards_of = [&world](std::size_t wanted) {
    HubOptions options;
    options.shards = wanted;
    const Hub hub(*world.broker.log, *world.broker.directory, *world.receipts, world.broker.clock, options);
    return hub.shard_count();
  };
  CHECK(shards_of(0) == std::max<std::size_t>(std::thread::hardware_concurrency(), 1));
  CHECK(shards_of(3) == 3);
}

TEST_CASE("an event is encoded once, and all sessions of all shards share it") {
  testing::FanoutFixture world;
  world.broker.add(testing::sample_service("clinic"));
  std::vector<testing::FanoutFixture::Client> clients;
  for (std::size_t n = 0; n < 2 * world.hub->shard_count(); ++n)
    clients.push_back(world.open(testing::FanoutFixture::receiving("clinic")));
  for (const auto& client : clients)
    (void)client->take_until("caughtup");
  world.broker.issue(testing::sample_content({"SE-01"}));
  std::vector<SharedEvent> events;
  for (const auto& client : clients)
    events.push_back(client->take_until("event " + std::to_string(world.head())).back().event->event);
  for (const SharedEvent& event : events)
    CHECK(event == events.front());
  for (const auto& client : clients)
    client->cut();
}

TEST_CASE(
    "a reader without progress is kept until its time is over, and each is told another time to come back") {
  HubOptions options;
  options.shards = 1;
  options.heartbeat_interval = std::chrono::milliseconds(40);
  options.slow_reader_timeout = std::chrono::milliseconds(400);
  const std::chrono::milliseconds step(50);
  testing::FanoutFixture world(options);
  world.broker.add(testing::sample_service("slow"));
  world.broker.add(testing::sample_service("quick"));
  std::vector<testing::FanoutFixture::Client> slow;
  for (int n = 0; n < 6; ++n)
    slow.push_back(world.open(testing::FanoutFixture::receiving("slow")));
  const auto quick = world.open(testing::FanoutFixture::receiving("quick"));
  for (const auto& client : slow)
    (void)client->take_until("caughtup");
  (void)quick->take_until("caughtup");
  world.broker.issue(testing::sample_content({"SE-01"}));
  for (const auto& client : slow)
    client->wait_for(1);
  // Each heartbeat to the one shows that the shard has looked at all of them since.
  const auto pass = [&] {
    world.broker.clock.advance(step);
    (void)quick->take_until("heartbeat");
  };
  for (int n = 0; n < 7; ++n)
    pass();
  CHECK(world.hub->statistics().slow_closed == 0);
  for (int n = 0; n < 4; ++n)
    pass();
  std::set<std::int64_t> waits;
  for (const auto& client : slow) {
    const auto last = client->take_until("goodbye").back();
    CHECK(last.goodbye->reason() == v1::GOODBYE_REASON_SLOW);
    CHECK(last.goodbye->reconnect());
    const auto& retry = last.goodbye->retry_after();
    const std::int64_t wait = retry.seconds() * 1'000 + retry.nanos() / 1'000'000;
    CHECK(wait >= 1'000);
    CHECK(wait <= 3'000);
    waits.insert(wait);
    client->cut();
  }
  CHECK(waits.size() > 1);
  CHECK(world.hub->statistics().slow_closed == slow.size());
  quick->cut();
}

}  // namespace
}  // namespace gjallar::fanout
