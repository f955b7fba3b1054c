#include <catch2/catch.hpp>

#include "tests/unit/fanout/session_scene.h"

namespace gjallar::fanout {
namespace {

v1::State state_of(core::Seq seq) {
  v1::State state;
  state.set_seq(seq);
  return state;
}

TEST_CASE("a session that is up to date says so once and then sends live, each event naming the one before") {
  Scene scene(10, 200, 10);
  scene.session->open(v1::Hello());
  CHECK(scene.port.take() == Words{"hello", "start?"});
  Prepared prepared;
  prepared.cursor = 10;
  prepared.recent = {4, 7};
  scene.session->take_start(prepared);
  CHECK(scene.port.take() == Words{"caughtup 10"});
  scene.publish();
  scene.publish(false);
  scene.publish();
  CHECK(scene.port.take() == Words{"event 11 after 7", "event 13 after 11"});
  CHECK(scene.session->cursor() == 13);
  scene.publish(false);
  CHECK(scene.session->cursor() == 14);
}

TEST_CASE("what came while the start was prepared is sent after it, in order and once") {
  Scene scene(10, 200, 10);
  scene.session->open(v1::Hello());
  scene.publish();
  scene.publish();
  CHECK(scene.port.take() == Words{"hello", "start?"});
  Prepared prepared;
  prepared.cursor = 10;
  scene.session->take_start(prepared);
  CHECK(scene.port.take() == Words{"event 11 after 0", "event 12 after 11", "caughtup 12"});
}

TEST_CASE("urgent news runs ahead of a start and of a catch-up, and comes again at its place") {
  Scene scene(10, 200, 3);
  scene.session->open(v1::Hello());
  scene.publish(true, true);
  CHECK(scene.port.take() == Words{"hello", "start?", "overtaking 11"});
  Prepared prepared;
  prepared.cursor = 3;
  scene.session->take_start(prepared);
  CHECK(scene.port.take() == Words{"slice after 3?"});
  scene.publish(true, true);
  CHECK(scene.port.take() == Words{"overtaking 12"});
  CHECK(scene.session->cursor() == 3);
  scene.session->take_slice(scene.slice(9, 10));
  CHECK(scene.port.take() == Words{"event 9 after 0", "event 10 after 9", "event 11 after 10",
                                   "event 12 after 11", "caughtup 12"});
}

// Urgent news ran ahead of a session's first state; before the state was read the alert was retracted, so
// neither the state nor any event after it said so, and the client held it for ever.
TEST_CASE("nothing overtakes a state that is still being read, since the state may be the newer") {
  Scene scene(10, 200, std::nullopt);
  scene.session->open(v1::Hello());
  scene.publish(true, true);
  scene.publish();
  CHECK(scene.port.take() == Words{"hello", "start?"});
  Prepared prepared;
  prepared.cursor = 11;
  prepared.states.push_back(state_of(11));
  scene.session->take_start(prepared);
  CHECK(scene.port.take() == Words{"state 11", "event 12 after 0", "caughtup 12"});
}

TEST_CASE("without credit the cursor stops, and goes on from the ring as frames are written") {
  Scene scene;
  scene.start(0);
  const int most = static_cast<int>(core::limits::kSessionInFlightMax);
  scene.publish_many(most + 3);
  CHECK(scene.port.take().size() == core::limits::kSessionInFlightMax);
  CHECK(scene.session->cursor() == core::limits::kSessionInFlightMax);
  CHECK_FALSE(scene.session->live());
  scene.session->written(1);
  CHECK(scene.port.written == std::vector<core::Seq>{1});
  CHECK(scene.port.take() == Words{"event 65 after 64"});
  scene.session->written(64);
  CHECK(scene.port.take() == Words{"event 66 after 65", "event 67 after 66"});
  CHECK(scene.session->live());
}

TEST_CASE("a session that fell off the ring catches up from the log, and caughtup isn't said again") {
  Scene scene(0, 8);
  scene.start(0);
  scene.publish_many(100);
  CHECK(scene.port.take().size() == 64);
  scene.session->written(64);
  CHECK(scene.port.take() == Words{"slice after 64?"});
  scene.session->take_slice(scene.slice(65, 95));
  const Words sent = scene.port.take();
  REQUIRE(sent.size() == 36);
  CHECK(sent.front() == "event 65 after 64");
  CHECK(sent.back() == "event 100 after 99");
  CHECK(scene.session->live());
  scene.session->written(36);
  scene.publish();
  CHECK(scene.port.take() == Words{"event 101 after 100"});
}

TEST_CASE("several slices follow each other until the ring is reached, empty ones too") {
  Scene scene(1'000, 8, 0);
  scene.session->open(v1::Hello());
  scene.session->take_start(Prepared());
  scene.port.take();
  Slice nothing;
  nothing.up_to = 500;
  scene.session->take_slice(nothing);
  CHECK(scene.port.take() == Words{"slice after 500?"});
  Slice rest = scene.slice(900, 900);
  rest.up_to = 1'000;
  scene.session->take_slice(rest);
  CHECK(scene.port.take() == Words{"event 900 after 0", "caughtup 1000"});
}

TEST_CASE("a slice that reaches beyond what the shard has seen makes no duplicates") {
  Scene scene(10, 8, 5);
  scene.session->open(v1::Hello());
  Prepared prepared;
  prepared.cursor = 5;
  scene.session->take_start(prepared);
  scene.port.take();
  scene.session->take_slice(scene.slice(6, 12));  // the log is two events ahead of the shard
  CHECK(scene.port.take().back() == "caughtup 12");
  scene.publish();
  scene.publish();
  CHECK(scene.port.take().empty());
  scene.publish();
  CHECK(scene.port.take() == Words{"event 13 after 12"});
}

TEST_CASE("a lagging session hears urgent news at once, so many at most, without moving its cursor") {
  Scene scene;
  scene.start(0);
  scene.publish_many(64);
  scene.port.take();
  for (std::size_t n = 0; n < core::limits::kSessionOvertakingMax + 4; ++n)
    scene.publish(true, true);
  CHECK(scene.port.take().size() == core::limits::kSessionOvertakingMax);
  CHECK(scene.session->cursor() == 64);
  scene.port.written.clear();
  scene.session->written(64);
  CHECK(scene.port.written.size() == 64);
  const Words sent = scene.port.take();
  REQUIRE(sent.size() == core::limits::kSessionOvertakingMax + 4);
  CHECK(sent.front() == "event 65 after 64");
  CHECK(sent.back() == "event 84 after 83");
}

TEST_CASE("a session without a cursor is given the state under the same credit, then caughtup, then live") {
  Scene scene(500, 8, std::nullopt);
  scene.session->open(v1::Hello());
  Prepared prepared;
  prepared.cursor = 500;
  for (core::Seq seq = 1; seq <= 70; ++seq)
    prepared.states.push_back(state_of(seq));
  scene.port.take();
  scene.session->take_start(prepared);
  CHECK(scene.port.take().size() == 64);
  scene.session->written(1);  // hello
  CHECK(scene.port.take().empty());
  scene.port.written.clear();
  scene.session->written(64);
  CHECK(scene.port.written.size() == 64);
  const Words sent = scene.port.take();
  CHECK(sent.front() == "state 65");
  CHECK(sent.back() == "caughtup 500");
}

TEST_CASE("after a gap the state comes first, and no cursor is told before all of it was sent") {
  Scene scene(20, 8, std::nullopt);
  scene.session->open(v1::Hello());
  scene.port.take();
  scene.session->heartbeat(20, {});
  CHECK(scene.port.take().empty());
  Prepared prepared;
  prepared.cursor = 20;
  prepared.gap.emplace();
  for (core::Seq seq = 1; seq <= 64; ++seq)
    prepared.states.push_back(state_of(seq));
  scene.session->take_start(prepared);
  CHECK(scene.port.words.front() == "gap");
  scene.port.take();
  scene.session->heartbeat(20, {});
  CHECK(scene.port.take().empty());
  scene.session->written(2);
  CHECK(scene.port.take() == Words{"state 64", "caughtup 20"});
  scene.session->heartbeat(20, {});
  CHECK(scene.port.take() == Words{"heartbeat 20"});
}

TEST_CASE(
    "a heartbeat carries the last ten seqs and a cursor that moves though nothing concerned the session") {
  Scene scene;
  scene.start(0);
  scene.publish_many(12);
  scene.publish(false);
  scene.port.take();
  core::Digest hash{};
  hash[0] = 7;
  scene.session->heartbeat(13, hash);
  CHECK(scene.port.take() == Words{"heartbeat 13"});
  const v1::Heartbeat& heartbeat = scene.port.last.heartbeat();
  CHECK(heartbeat.head_seq() == 13);
  CHECK(heartbeat.head_hash().size() == 32);
  CHECK(std::vector<core::Seq>(heartbeat.recent_seqs().begin(), heartbeat.recent_seqs().end()) ==
        std::vector<core::Seq>{3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  scene.session->heartbeat(13, hash);
  CHECK(scene.port.take().empty());  // the one before isn't written yet
  scene.session->written(13);
  scene.session->heartbeat(13, hash);
  CHECK(scene.port.take() == Words{"heartbeat 13"});
}

TEST_CASE(
    "when its service changes, a session is given its new state after the event, and then what came "
    "meanwhile") {
  Scene scene;
  scene.start(0);
  scene.publish(true, false, v1::EVENT_TYPE_SERVICE_CHANGED);
  CHECK(scene.port.take() == Words{"event 1 after 0", "state since 1?"});
  scene.publish();
  scene.session->heartbeat(2, {});
  CHECK(scene.port.take().empty());
  CHECK(scene.session->cursor() == 1);
  Restated restated;
  restated.gap.emplace();
  restated.states.push_back(state_of(2));
  scene.session->take_restated(restated);
  CHECK(scene.port.take() == Words{"gap", "state 2", "event 2 after 1"});
}

TEST_CASE("another service's change is news and nothing else") {
  Scene scene;
  scene.start(0);
  auto other = std::make_shared<EncodedEvent>(*Scene::event(1, true, false, v1::EVENT_TYPE_SERVICE_CHANGED));
  other->subject = "another";
  scene.ring.push(other);
  scene.session->on_event(other);
  CHECK(scene.port.take() == Words{"event 1 after 0"});
}

TEST_CASE("when its service is disabled, a session hears it, says goodbye and sends nothing more") {
  Scene scene;
  scene.start(0);
  scene.publish(true, false, v1::EVENT_TYPE_SERVICE_DISABLED);
  scene.publish(true, true);
  scene.session->heartbeat(2, {});
  CHECK(scene.port.take() == Words{"event 1 after 0", "GOODBYE_REASON_SERVICE_DISABLED"});
  CHECK(scene.session->finished());
}

TEST_CASE("a service that was disabled while its session began is told so") {
  Scene scene(5, 8, std::nullopt);
  scene.session->open(v1::Hello());
  Prepared prepared;
  prepared.disabled = true;
  scene.session->take_start(prepared);
  CHECK(scene.port.take() == Words{"hello", "start?", "GOODBYE_REASON_SERVICE_DISABLED"});
}

TEST_CASE("when the ring is started anew, sessions go on from the log where they were") {
  Scene scene;
  scene.start(0);
  scene.publish_many(3);
  scene.publish(false);
  scene.port.take();
  scene.session->detach();
  scene.ring.reset(9);
  scene.session->go_on();
  CHECK(scene.port.take() == Words{"slice after 4?"});
  scene.session->take_slice(scene.slice(7, 9));
  CHECK(scene.port.take() == Words{"event 7 after 3", "event 8 after 7", "event 9 after 8"});
}

TEST_CASE("a client may claim what it was sent: from its start, and from there on") {
  Scene scene(10, 200, 10);
  scene.start(10);
  scene.publish_many(3);
  v1::Received received;
  received.set_up_to_seq(12);
  auto claim = scene.session->received(received);
  REQUIRE(claim);
  CHECK(claim->after == 10);
  CHECK(claim->up_to == 12);
  received.set_up_to_seq(13);
  claim = scene.session->received(received);
  REQUIRE(claim);
  CHECK(claim->after == 12);
  CHECK(claim->up_to == 13);
  received.set_up_to_seq(14);
  CHECK_FALSE(scene.session->received(received));
}

TEST_CASE("a client that was cut before it could say so may claim from its last receipt on") {
  Scene scene(10, 200, 10, 6);
  scene.start(10);
  v1::Received received;
  received.set_up_to_seq(10);
  const auto claim = scene.session->received(received);
  REQUIRE(claim);
  CHECK(claim->after == 6);
  CHECK(claim->up_to == 10);
}

TEST_CASE("a client that was given the state claims nothing that came before it") {
  Scene scene(10, 200, std::nullopt, 6);
  scene.session->open(v1::Hello());
  Prepared prepared;
  prepared.cursor = 10;
  prepared.states.push_back(state_of(8));
  scene.session->take_start(prepared);
  v1::Received received;
  received.set_up_to_seq(10);
  received.add_seqs(8);
  const auto claim = scene.session->received(received);
  REQUIRE(claim);
  CHECK(claim->up_to == 0);
  CHECK(claim->seqs == std::vector<core::Seq>{8});
}

TEST_CASE("an overtaking event may be claimed by itself, and nothing beyond") {
  Scene scene(10, 200, 3);
  scene.session->open(v1::Hello());
  scene.publish(true, true);
  v1::Received received;
  received.add_seqs(11);
  CHECK(scene.session->received(received));
  received.add_seqs(12);
  CHECK_FALSE(scene.session->received(received));
  received.clear_seqs();
  received.set_up_to_seq(11);
  CHECK_FALSE(scene.session->received(received));
}

TEST_CASE("a session stalls when nothing is written for long while frames are in flight") {
  using std::chrono::seconds;
  Scene scene;
  scene.start(0);
  const core::SteadyTime begin{};
  CHECK_FALSE(scene.session->stalled(begin, seconds(60)));
  scene.publish_many(2);
  CHECK_FALSE(scene.session->stalled(begin + seconds(100), seconds(60)));
  CHECK_FALSE(scene.session->stalled(begin + seconds(159), seconds(60)));
  scene.session->written(1);
  CHECK_FALSE(scene.session->stalled(begin + seconds(161), seconds(60)));
  CHECK(scene.session->stalled(begin + seconds(221), seconds(60)));
  scene.session->written(1);
  CHECK_FALSE(scene.session->stalled(begin + seconds(400), seconds(60)));
}

}  // namespace
}  // namespace gjallar::fanout
