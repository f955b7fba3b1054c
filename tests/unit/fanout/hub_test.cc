#include "broker/fanout/hub.h"

#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>
#include <future>
#include <set>
#include <thread>

#include "tests/support/fanout_fixture.h"
#include "tests/support/refused.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"

namespace gjallar::fanout {
namespace {

using testing::FanoutFixture;
using testing::MemoryTransport;
using testing::sample_content;
using testing::sample_service;
using testing::service_principal;
using testing::texts_of;
using Texts = std::vector<std::string>;
using Frame = MemoryTransport::Sent;

std::string event_text(core::Seq seq) {
  return "event " + std::to_string(seq);
}

std::vector<core::Seq> states_in(const std::vector<Frame>& sent) {
  std::vector<core::Seq> seqs;
  for (const Frame& one : sent) {
    if (one.frame && one.frame->has_state()) seqs.push_back(one.frame->state().seq());
  }
  return seqs;
}

TEST_CASE("a service's first session is given the live alerts, urgent first, then what happens") {
  FanoutFixture world;
  world.broker.add(sample_service("clinic"));
  world.broker.issue(sample_content({"SE-01"}, {}, v1::GRADE_LEVEL_INFORMATION));
  world.broker.issue(sample_content({"SE-01"}, {}, v1::GRADE_LEVEL_URGENT));
  world.broker.issue(sample_content({"NO-46"}, {}, v1::GRADE_LEVEL_URGENT));

  const auto client = world.open(FanoutFixture::receiving("clinic"));
  const auto begun = client->take_until("caughtup");
  CHECK(texts_of(begun) == Texts{"hello", "state", "state", "caughtup"});
  const v1::Hello& hello = begun.front().frame->hello();
  CHECK(hello.resumption() == v1::RESUMPTION_STATE);
  CHECK(hello.service_id() == "clinic");
  CHECK(hello.log_id() == world.broker.log->id().value());
  CHECK(hello.head_seq() == world.head());
  CHECK(hello.head_hash() == core::as_view(world.broker.log->head().hash));
  CHECK(states_in(begun) == std::vector<core::Seq>{4, 3});
  CHECK(begun.back().frame->caughtup().seq() == world.head());

  world.broker.issue(sample_content({"NO-46"}));
  world.broker.issue(sample_content({"SE-0180"}));
  const Frame event = client->take();
  CHECK(event.text() == event_text(world.head()));
  CHECK(event.event->prev_seq == 4);
  client->cut();
}

TEST_CASE("a cursor resumes with exactly what came after it, and names the one before") {
  FanoutFixture world;
  world.broker.add(sample_service("clinic"));     // 2
  world.broker.issue(sample_content({"SE-01"}));  // 3
  world.broker.issue(sample_content({"NO-46"}));  // 4
  world.broker.issue(sample_content({"SE-01"}));  // 5
  const auto client = world.open(world.receiving_after("clinic", 4));
  const auto sent = client->take_until("caughtup");
  CHECK(texts_of(sent) == Texts{"hello", "overtaking 5", "event 5", "caughtup"});
  CHECK(sent[0].frame->hello().resumption() == v1::RESUMPTION_REPLAYING);
  CHECK(sent[0].frame->hello().replaying() == 1);
  CHECK(sent[2].event->prev_seq == 3);
  const auto again = world.open(world.receiving_after("clinic", 5));
  CHECK(texts_of(again->take_until("caughtup")) == Texts{"hello", "caughtup"});
  client->cut();
  again->cut();
}

TEST_CASE("after=0 gives all history, and the live alerts of before the service was registered") {
  FanoutFixture world;
  world.broker.issue(sample_content({"SE-01"}));  // 2
  world.broker.add(sample_service("clinic"));     // 3
  world.broker.issue(sample_content({"SE-01"}));  // 4
  SessionRequest request = FanoutFixture::receiving("clinic");
  request.after = 0;
  const auto client = world.open(request);
  const auto sent = client->take_until("caughtup");
  CHECK(texts_of(sent) == Texts{"hello", "event 3", "state", "event 4", "caughtup"});
  CHECK(sent[1].event->prev_seq == 0);
  CHECK(states_in(sent) == std::vector<core::Seq>{2});
  client->cut();
}

TEST_CASE("a cursor that can't be continued is answered with a gap and the full state") {
  FanoutFixture world;
  world.broker.add(sample_service("clinic"));
  world.broker.issue(sample_content({"SE-01"}));
  SessionRequest request = FanoutFixture::receiving("clinic");
  request.cursor = core::Cursor{core::LogId("FEDCBA9876543210"), 2};
  const auto fork = world.open(request);
  auto sent = fork->take_until("caughtup");
  CHECK(texts_of(sent) == Texts{"hello", "gap", "state", "caughtup"});
  CHECK(sent[0].frame->hello().resumption() == v1::RESUMPTION_FORK);
  CHECK(sent[1].frame->gap().reason() == v1::GAP_REASON_OTHER_LOG);
  CHECK(sent[1].frame->gap().from_seq() == 2);
  CHECK(sent[1].frame->gap().to_seq() == world.head());
  const auto ahead = world.open(world.receiving_after("clinic", 1'000));
  sent = ahead->take_until("caughtup");
  CHECK(texts_of(sent) == Texts{"hello", "gap", "state", "caughtup"});
  CHECK(sent[0].frame->hello().resumption() == v1::RESUMPTION_GAP);
  CHECK(sent[1].frame->gap().reason() == v1::GAP_REASON_AHEAD_OF_LOG);
  fork->cut();
  ahead->cut();
}

TEST_CASE("a service that changes is given what concerns it now, again if it was cut in between") {
  FanoutFixture world;
  world.broker.add(sample_service("clinic", {"SE-01"}));
  const std::string norwegian = world.broker.issue(sample_content({"NO-46"}));
  const auto client = world.open(FanoutFixture::receiving("clinic"));
  (void)client->take_until("caughtup");
  (void)world.broker.submit_and_wait(testing::operator_principal(),
                                     testing::change_command(sample_service("clinic", {"NO-46"})));
  const core::Seq changed = world.head();
  const auto sent = client->take_until("state");
  CHECK(texts_of(sent) == Texts{event_text(changed), "gap", "state"});
  CHECK(sent[1].frame->gap().reason() == v1::GAP_REASON_INTEREST_CHANGED);
  CHECK(sent[2].frame->state().alert().alert_id() == norwegian);
  const auto again = world.open(world.receiving_after("clinic", changed));
  CHECK(texts_of(again->take_until("caughtup")) == Texts{"hello", "gap", "state", "caughtup"});
  client->cut();
  again->cut();
}

TEST_CASE("a service that is disabled hears it and is sent away for good") {
  FanoutFixture world;
  world.broker.add(sample_service("clinic"));
  const auto client = world.open(FanoutFixture::receiving("clinic"));
  (void)client->take_until("caughtup");
  (void)world.broker.submit_and_wait(testing::operator_principal(), testing::disable_command("clinic"));
  const auto sent = client->take_until("goodbye");
  CHECK(texts_of(sent) == Texts{event_text(world.head()), "goodbye"});
  CHECK(sent.back().goodbye->reason() == v1::GOODBYE_REASON_SERVICE_DISABLED);
  CHECK_FALSE(sent.back().goodbye->reconnect());
  testing::check_refused(world.try_open(FanoutFixture::receiving("clinic"), client),
                         v1::ERROR_CODE_SERVICE_DISABLED, "");
  client->cut();
}

TEST_CASE("doors are locked: no session without the right and a registered service") {
  FanoutFixture world;
  world.broker.add(sample_service("clinic"));
  const auto client = core::make_owned<MemoryTransport>();
  SessionRequest request = FanoutFixture::receiving("clinic");
  request.principal.rights.subscribe = false;
  testing::check_refused(world.try_open(request, client), v1::ERROR_CODE_PERMISSION_DENIED, "subscribe");
  request = FanoutFixture::receiving("clinic");
  request.principal.service.reset();
  testing::check_refused(world.try_open(request, client), v1::ERROR_CODE_PERMISSION_DENIED, "subscribe");
  testing::check_refused(world.try_open(FanoutFixture::receiving("nowhere"), client),
                         v1::ERROR_CODE_UNKNOWN_SERVICE, "");
  request = FanoutFixture::receiving("clinic");
  request.client_id.clear();
  testing::check_refused(world.try_open(request, client), v1::ERROR_CODE_MISSING_FIELD, "client_id");
  request.client_id.assign(65, 'a');
  testing::check_refused(world.try_open(request, client), v1::ERROR_CODE_TOO_LARGE, "client_id");
  request.client_id = "a b";
  testing::check_refused(world.try_open(request, client), v1::ERROR_CODE_INVALID_ARGUMENT, "client_id");
  testing::check_refused(
      world.try_open(FanoutFixture::viewing(testing::operator_principal(), "", ""), client),
      v1::ERROR_CODE_PERMISSION_DENIED, "view");
  CHECK(world.hub->statistics().sessions == 0);
}

TEST_CASE("a viewer session filters; one that may see its own sees nothing else") {
  FanoutFixture world;
  world.broker.add(sample_service("clinic", {"SE-01"}));                // 2
  world.broker.issue(sample_content({"SE-01"}, {"syringe-exchange"}));  // 3
  world.broker.issue(sample_content({"SE-01"}, {"ambulance"}));         // 4
  world.broker.issue(sample_content({"NO-46"}));                        // 5
  const auto all = world.open(FanoutFixture::viewing(testing::coordinator(), "SE-01", ""));
  auto sent = all->take_until("caughtup");
  CHECK(states_in(sent).size() == 2);
  CHECK(sent.front().frame->hello().service_id().empty());
  const auto own = world.open(FanoutFixture::viewing(service_principal("clinic"), "SE", ""));
  CHECK(states_in(own->take_until("caughtup")) == std::vector<core::Seq>{3});

  world.broker.issue(sample_content({"SE-0180"}, {"ambulance"}));         // 6
  world.broker.issue(sample_content({"SE-0180"}, {"syringe-exchange"}));  // 7
  const auto to_all = all->take_until("event 7");
  CHECK(texts_of(to_all) == Texts{"event 6", "event 7"});
  CHECK(to_all.front().event->prev_seq == 4);
  CHECK(own->take().text() == "event 7");

  SessionRequest request = FanoutFixture::viewing(testing::coordinator(), "", "ambulance");
  request.after = 0;
  const auto history = world.open(request);
  CHECK(texts_of(history->take_until("caughtup")) == Texts{"hello", "event 4", "event 6", "caughtup"});
  CHECK(world.hub->statistics().connected_services.empty());
  all->cut();
  own->cut();
  history->cut();
}

TEST_CASE("receipts tell what was written, received and acknowledged, and hello how far the client was") {
  FanoutFixture world;
  const core::ServiceNumber clinic = world.broker.add(sample_service("clinic"));
  const auto client = world.open(FanoutFixture::receiving("clinic"));
  (void)client->take_until("caughtup");
  const std::string alert = world.broker.issue(sample_content({"SE-01"}));
  const core::Seq seq = world.head();
  CHECK(client->take().text() == event_text(seq));
  v1::Received received;
  received.set_up_to_seq(seq);
  client->handle().received(received);
  v1::Acknowledged acknowledged;
  acknowledged.set_alert_id(alert);
  acknowledged.set_version(1);
  client->handle().acknowledged(acknowledged);
  // All three go their own ways to the store: wait until the last of them is there.
  const auto stages = [&] {
    world.receipts->flush();
    return world.receipts->stages(clinic, seq).value();
  };
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  receipts::Stages now = stages();
  while (!(now.written && now.received && now.acknowledged) && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::yield();
    now = stages();
  }
  CHECK(now.written.has_value());
  CHECK(now.received.has_value());
  CHECK(now.acknowledged.has_value());
  CHECK(now.transport == receipts::TransportKind::kGrpc);
  const auto again = world.open(world.receiving_after("clinic", seq));
  CHECK(again->take().frame->hello().received_seq() == seq);
  client->cut();
  again->cut();
}

TEST_CASE("claiming more than was sent ends the session") {
  FanoutFixture world;
  world.broker.add(sample_service("clinic"));
  const auto client = world.open(FanoutFixture::receiving("clinic"));
  (void)client->take_until("caughtup");
  v1::Received received;
  received.set_up_to_seq(1'000);
  client->handle().received(received);
  const auto sent = client->take_until("goodbye");
  CHECK(sent.back().goodbye->reason() == v1::GOODBYE_REASON_PROTOCOL_ERROR);
  CHECK_FALSE(sent.back().goodbye->reconnect());
  client->cut();
}

HubOptions quick() {
  HubOptions options;
  options.heartbeat_interval = std::chrono::milliseconds(40);
  options.slow_reader_timeout = std::chrono::milliseconds(400);
  return options;
}

TEST_CASE("heartbeats tell the head and a cursor that moves on though nothing concerned the session") {
  FanoutFixture world(quick());
  world.broker.add(sample_service("clinic"));
  const auto client = world.open(FanoutFixture::receiving("clinic"));
  (void)client->take_until("caughtup");
  world.broker.issue(sample_content({"NO-46"}));
  const core::Seq head = world.head();
  v1::Heartbeat heartbeat;
  while (heartbeat.head_seq() != head) {
    world.broker.clock.advance(std::chrono::milliseconds(40));
    const auto sent = client->take_until("heartbeat");
    CHECK(sent.size() == 1);
    heartbeat = sent.back().frame->heartbeat();
  }
  CHECK(heartbeat.head_hash() == core::as_view(world.broker.log->head().hash));
  CHECK(heartbeat.cursor() == core::to_text(core::Cursor{world.broker.log->id(), head}));
  CHECK(std::vector<core::Seq>(heartbeat.recent_seqs().begin(), heartbeat.recent_seqs().end()) ==
        std::vector<core::Seq>{2});
  client->cut();
}

TEST_CASE("a reader that doesn't read costs nobody else anything and is sent away to come back") {
  FanoutFixture world(quick());
  world.broker.add(sample_service("slow"));
  world.broker.add(sample_service("quick"));
  const auto slow = world.open(FanoutFixture::receiving("slow"));
  const auto quick = world.open(FanoutFixture::receiving("quick"));
  (void)slow->take_until("caughtup");
  (void)quick->take_until("caughtup");
  for (int n = 0; n < 3; ++n) {
    world.broker.issue(sample_content({"SE-01"}));
    (void)quick->take_until(event_text(world.head()));
  }
  slow->wait_for(3);
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (world.hub->statistics().slow_closed == 0 && std::chrono::steady_clock::now() < give_up) {
    world.broker.clock.advance(std::chrono::milliseconds(100));
    for (int n = 0; n < 3; ++n)
      (void)quick->take_some(100);
    std::this_thread::yield();
  }
  const auto sent = slow->take_until("goodbye");
  CHECK(sent.back().goodbye->reason() == v1::GOODBYE_REASON_SLOW);
  CHECK(sent.back().goodbye->reconnect());
  CHECK(sent.back().goodbye->retry_after().seconds() >= 1);
  slow->cut();
  quick->cut();
}

TEST_CASE("a stalled reader hears urgent news ahead, and has everything in order in the end") {
  HubOptions options;
  options.ring_frames_max = 16;
  FanoutFixture world(options);
  world.broker.add(sample_service("clinic"));
  const auto client = world.open(FanoutFixture::receiving("clinic"));
  (void)client->take_until("caughtup");
  const core::Seq first = world.head() + 1;
  for (int n = 0; n < 100; ++n)
    world.broker.issue(sample_content({"SE-01"}, {}, v1::GRADE_LEVEL_INFORMATION));
  world.broker.issue(sample_content({"SE-01"}, {}, v1::GRADE_LEVEL_URGENT));
  client->wait_for(core::limits::kSessionInFlightMax + 1);
  const auto sent = client->take_until(event_text(world.head()));
  core::Seq next = first;
  std::size_t overtaking = 0;
  for (const Frame& one : sent) {
    if (!one.event) continue;
    if (one.event->overtaking) {
      ++overtaking;
      CHECK(one.event->event->seq == world.head());
      CHECK(next <= first + core::limits::kSessionInFlightMax);
      continue;
    }
    CHECK(one.event->event->seq == next);
    CHECK(one.event->prev_seq == next - 1);
    ++next;
  }
  CHECK(next == world.head() + 1);
  CHECK(overtaking == 1);
  CHECK(world.hub->statistics().overtaking == 1);
  CHECK(world.hub->statistics().catch_up_events > 0);
  client->cut();
}

TEST_CASE("a draining hub says goodbye to all within the time and takes nobody") {
  FanoutFixture world;
  world.broker.add(sample_service("clinic"));
  std::vector<FanoutFixture::Client> clients;
  for (int n = 0; n < 30; ++n)
    clients.push_back(world.open(FanoutFixture::receiving("clinic")));
  for (const auto& client : clients)
    (void)client->take_until("caughtup");
  CHECK(world.hub->statistics().sessions == 30);
  CHECK(world.hub->statistics().connected_services == std::set<std::string>{"clinic"});
  std::thread draining([&] { world.hub->drain(std::chrono::milliseconds(500)); });
  for (const auto& client : clients) {
    const auto sent = client->take_until("goodbye");
    CHECK(sent.back().goodbye->reason() == v1::GOODBYE_REASON_DRAINING);
    CHECK(sent.back().goodbye->reconnect());
    client->cut();
  }
  draining.join();
  testing::check_refused(world.try_open(FanoutFixture::receiving("clinic"), clients.front()),
                         v1::ERROR_CODE_UNAVAILABLE, "");
}

TEST_CASE("events that a shard is too far behind to hold are read from the log") {
  HubOptions options;
  options.ring_bytes_max = 4'000;  // less than two events
  FanoutFixture world(options);
  world.broker.add(sample_service("clinic"));
  const auto client = world.open(FanoutFixture::receiving("clinic"));
  (void)client->take_until("caughtup");
  const core::Seq first = world.head() + 1;
  for (int n = 0; n < 50; ++n) {
    world.broker.issue(sample_content({"SE-01"}, {}, v1::GRADE_LEVEL_INFORMATION));
    if (n == 20) {  // the shards hold still while more comes
      std::promise<void> release;
      std::shared_future<void> released(release.get_future());
      for (std::size_t shard = 0; shard < world.hub->shard_count(); ++shard) {
        boost::asio::post(world.hub->shard_context(shard), [released] { released.wait(); });
      }
      for (int more = 0; more < 10; ++more) {
        world.broker.issue(sample_content({"SE-01"}, {}, v1::GRADE_LEVEL_INFORMATION));
      }
      release.set_value();
    }
  }
  core::Seq next = first;
  for (const Frame& one : client->take_until(event_text(world.head()))) {
    if (!one.event) continue;
    CHECK(one.event->event->seq == next);
    CHECK(one.event->prev_seq == next - 1);
    ++next;
  }
  CHECK(next == world.head() + 1);
  client->cut();
}

}  // namespace
}  // namespace gjallar::fanout
