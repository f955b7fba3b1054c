// How a session begins anew: what is urgent first, and a log that went another way.
#include <catch2/catch.hpp>

#include "tests/unit/fanout/session_scene.h"

namespace gjallar::fanout {
namespace {

v1::Hello hello_of(v1::Resumption resumption) {
  v1::Hello hello;
  hello.set_resumption(resumption);
  hello.set_replaying(7);
  return hello;
}

/// A scene whose session resumes after seq 3 and saw a head that must be looked for in the log.
struct CheckedScene : Scene {
  CheckedScene() : Scene(10, 200, 3) {
    StartPlan plan;
    plan.position = 3;
    plan.resumption = v1::RESUMPTION_REPLAYING;
    plan.replaying = 7;
    plan.to_check = std::make_shared<SeenHead>();
    Interest interest;
    interest.service = kService;
    interest.service_id = "clinic";
    session.emplace(interest, plan, kLog, 0, ring, port);
  }
};

TEST_CASE("urgent news of the backlog is sent before all else, marked, without moving the cursor") {
  Scene scene(10, 200, 3);
  scene.session->open(v1::Hello());
  Prepared prepared;
  prepared.cursor = 3;
  prepared.head = 10;
  prepared.recent = {2};
  prepared.urgent = {Scene::event(5, true, true), Scene::event(8, true, true)};
  scene.session->take_start(std::move(prepared));
  CHECK(scene.port.take() == Words{"hello", "start?", "overtaking 5", "overtaking 8", "slice after 3?"});
  CHECK(scene.session->cursor() == 3);
  scene.session->take_slice(scene.slice(4, 10));
  CHECK(scene.port.take() == Words{"event 4 after 2", "event 5 after 4", "event 6 after 5", "event 7 after 6",
                                   "event 8 after 7", "event 9 after 8", "event 10 after 9", "caughtup 10"});
}

TEST_CASE("urgent news of the backlog may be claimed one by one before its place has come") {
  Scene scene(10, 200, 3);
  scene.session->open(v1::Hello());
  Prepared prepared;
  prepared.cursor = 3;
  prepared.urgent = {Scene::event(8, true, true)};
  scene.session->take_start(std::move(prepared));
  v1::Received received;
  received.add_seqs(8);
  const auto claim = scene.session->received(received);
  REQUIRE(claim);
  CHECK(claim->seqs == std::vector<core::Seq>{8});
  CHECK(claim->up_to == 0);
  received.set_up_to_seq(8);
  CHECK_FALSE(scene.session->received(received));
}

TEST_CASE("urgent news that came while the start was prepared runs ahead once, not twice") {
  Scene scene(10, 200, 3);
  scene.session->open(v1::Hello());
  scene.publish(true, true);
  Prepared prepared;
  prepared.cursor = 3;
  prepared.head = 11;
  prepared.urgent = {Scene::event(5, true, true), Scene::event(11, true, true)};
  scene.session->take_start(std::move(prepared));
  CHECK(scene.port.take() == Words{"hello", "start?", "overtaking 11", "overtaking 5", "slice after 3?"});
}

TEST_CASE("urgent news of a long backlog keeps to the credit that everything has") {
  Scene scene(200, 200, 0);
  scene.session->open(v1::Hello());
  Prepared prepared;
  for (core::Seq seq = 1; seq <= core::limits::kSessionInFlightMax + 1; ++seq)
    prepared.urgent.push_back(Scene::event(seq, true, true));
  scene.session->take_start(std::move(prepared));
  CHECK(scene.port.take().size() == 2 + core::limits::kSessionInFlightMax);
  scene.session->written(2);
  CHECK(scene.port.take() == Words{"overtaking 65", "slice after 0?"});
}

TEST_CASE("until the log was asked for the head that a client saw, not even hello is said") {
  CheckedScene scene;
  scene.session->open(hello_of(v1::RESUMPTION_REPLAYING));
  scene.publish(true, true);
  scene.session->heartbeat(11, {});
  CHECK(scene.port.take() == Words{"start?"});
  Prepared prepared;
  prepared.cursor = 3;
  prepared.head = 10;
  prepared.urgent = {Scene::event(5, true, true)};
  scene.session->take_start(std::move(prepared));
  CHECK(scene.port.take() == Words{"hello", "overtaking 5", "overtaking 11", "slice after 3?"});
}

TEST_CASE("a head that the log doesn't hold is a fork: hello says so, then gap and state") {
  CheckedScene scene;
  scene.session->open(hello_of(v1::RESUMPTION_REPLAYING));
  Prepared prepared;
  prepared.cursor = 10;
  prepared.head = 10;
  prepared.forked = true;
  prepared.gap.emplace().set_reason(v1::GAP_REASON_FORK);
  prepared.states.emplace_back().set_seq(9);
  scene.session->take_start(std::move(prepared));
  CHECK(scene.port.take() == Words{"start?", "hello", "gap", "state 9", "caughtup 10"});
  v1::Received received;  // of what came before the state it claims nothing
  received.set_up_to_seq(10);
  const auto claim = scene.session->received(received);
  REQUIRE(claim);
  CHECK(claim->up_to == 0);
}

TEST_CASE("hello tells a fork by its resumption and replays nothing") {
  CheckedScene scene;
  scene.session->open(hello_of(v1::RESUMPTION_REPLAYING));
  Prepared prepared;
  prepared.cursor = 11;  // beyond the ring: it goes on from the log
  prepared.forked = true;
  scene.publish_many(1);
  scene.port.take();
  scene.session->take_start(std::move(prepared));
  CHECK(scene.port.words.front() == "hello");
  CHECK(scene.port.hello.resumption() == v1::RESUMPTION_FORK);
  CHECK(scene.port.hello.replaying() == 0);
}

TEST_CASE("a session that ends before the log was asked says goodbye and nothing else") {
  CheckedScene scene;
  scene.session->open(hello_of(v1::RESUMPTION_REPLAYING));
  scene.port.take();
  scene.session->finish(v1::GOODBYE_REASON_DRAINING, true, std::chrono::milliseconds(1));
  CHECK(scene.port.take() == Words{"GOODBYE_REASON_DRAINING, reconnect"});
  scene.session->take_start(Prepared());
  CHECK(scene.port.take().empty());
}

}  // namespace
}  // namespace gjallar::fanout
