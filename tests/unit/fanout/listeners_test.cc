// Sessions of one interest, by their dispatcher: what they share, and what each has for itself.
#include "broker/fanout/listeners.h"

#include <catch2/catch.hpp>

#include "broker/fanout/dispatcher.h"
#include "tests/unit/fanout/session_scene.h"

namespace gjallar::fanout {
namespace {

std::vector<core::Seq> recent_of(const RecordingPort& port) {
  const v1::Heartbeat& heartbeat = port.last.heartbeat();
  return {heartbeat.recent_seqs().begin(), heartbeat.recent_seqs().end()};
}

/// A dispatcher, and who listens to it over a socket that takes one frame more once it is full.
class Listening {
 public:
  struct One {
    RecordingPort port;
    std::optional<SessionState> session;
  };

  One& open(Interest interest, std::vector<core::Seq> recent = {}, core::Seq cursor = 0) {
    One& one = *all_.emplace_back(std::make_unique<One>());
    one.port.at_once = true;
    StartPlan plan;
    plan.position = cursor;
    one.session.emplace(std::move(interest), plan, kLog, 0, dispatcher.ring(), one.port, 1);
    dispatcher.add(*one.session);
    one.session->open(v1::Hello());
    Prepared prepared;
    prepared.cursor = cursor;
    prepared.recent = std::move(recent);
    one.session->take_start(std::move(prepared));
    one.port.take();
    return one;
  }
  static Interest receiving(core::ServiceNumber service = kService) {
    Interest interest;
    interest.service = service;
    interest.service_id = "clinic";
    return interest;
  }
  static Interest viewing(const std::string& area, std::optional<core::ServiceNumber> service) {
    Interest interest;
    interest.service = service;
    interest.filter = domain::ViewFilter{area, ""};
    return interest;
  }
  void publish(int count = 1) {
    for (; count > 0; --count) {
      const SharedEvent event = Scene::event(dispatcher.ring().last_seq() + 1);
      dispatcher.take({&event}, event->seq);
    }
  }

  Dispatcher dispatcher{64, 1 << 20, 0};

 private:
  std::vector<std::unique_ptr<One>> all_;
};

}  // namespace

TEST_CASE("sessions of one service are one's listeners, until the last of them has gone") {
  Listening world;
  auto& first = world.open(Listening::receiving());
  auto& second = world.open(Listening::receiving());
  auto& other = world.open(Listening::receiving(kService + 1));
  const core::Owned<Listeners> listeners = first.session->listeners();
  CHECK(second.session->listeners() == listeners);
  CHECK(other.session->listeners() != listeners);
  CHECK(listeners->sessions.size() == 2);

  world.dispatcher.remove(*first.session);
  world.publish();
  CHECK(first.port.take().empty());
  CHECK(second.port.take() == Words{"event 1 after 0"});
  CHECK(other.port.take().empty());

  world.dispatcher.remove(*second.session);
  world.publish();
  CHECK(second.port.take().empty());
  auto& later = world.open(Listening::receiving(), {1, 2}, 2);
  CHECK(later.session->listeners() != listeners);
  world.publish();
  CHECK(later.port.take() == Words{"event 3 after 2"});
}

TEST_CASE("viewers share by filter, and apart from those who see only their own") {
  Listening world;
  auto& any = world.open(Listening::viewing("SE-01", std::nullopt));
  auto& same = world.open(Listening::viewing("SE-01", std::nullopt));
  auto& own = world.open(Listening::viewing("SE-01", kService));
  auto& receiving = world.open(Listening::receiving());
  CHECK(any.session->listeners() == same.session->listeners());
  CHECK(any.session->listeners() != own.session->listeners());
  CHECK(own.session->listeners() != receiving.session->listeners());
  for (auto* const one : {&any, &own, &same})
    world.dispatcher.remove(*one->session);
  auto& again = world.open(Listening::viewing("SE-01", std::nullopt));
  CHECK(again.session->listeners()->sessions.size() == 1);
}

TEST_CASE("when the ring loses its continuity every session reads on from the log, whatever it listens to") {
  Listening world;
  auto& viewer = world.open(Listening::viewing("SE-01", std::nullopt));
  auto& receiving = world.open(Listening::receiving());
  world.publish();
  receiving.port.take();
  world.dispatcher.restart(5);
  CHECK(viewer.port.take() == Words{"slice after 1?"});
  CHECK(receiving.port.take() == Words{"slice after 1?"});
}

TEST_CASE(
    "a heartbeat of a session that is behind others names the last seqs up to its own cursor, and one") {
  Listening world;
  auto& ahead = world.open(Listening::receiving());
  auto& behind = world.open(Listening::receiving());
  world.publish(6);
  behind.port.blocked = true;
  world.publish(6);
  ahead.session->heartbeat(12, {});
  CHECK(recent_of(ahead.port) == std::vector<core::Seq>{3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  behind.session->heartbeat(12, {});
  CHECK(recent_of(behind.port) == std::vector<core::Seq>{3, 4, 5, 6, 7});
  world.publish(10);
  behind.port.blocked = false;
  CHECK(behind.session->cursor() == 7);
  SECTION("what it had is all older than what the others had lately") {
    behind.port.room = 0;
    behind.session->written(1);  // the event; the heartbeat still waits, and one event more
    CHECK(behind.session->cursor() == 8);
    behind.session->written(1);
    behind.session->heartbeat(22, {});
    CHECK(recent_of(behind.port) == std::vector<core::Seq>{8});
  }
  SECTION("once it has all again, it names what they do") {
    behind.session->written(2);
    CHECK(behind.session->live());
    behind.session->heartbeat(22, {});
    CHECK(recent_of(behind.port) == std::vector<core::Seq>{13, 14, 15, 16, 17, 18, 19, 20, 21, 22});
  }
}

TEST_CASE("what a newcomer learnt from the log is taken over if nobody of its interest knew as much") {
  Listening world;
  auto& first = world.open(Listening::receiving(), {1}, 2);
  auto& second = world.open(Listening::receiving(), {3, 4, 5}, 5);
  CHECK(first.session->listeners()->recent().newest() == 5);
  (void)world.open(Listening::receiving(), {1, 2}, 2);
  CHECK(first.session->listeners()->recent().newest() == 5);
  first.session->heartbeat(5, {});
  CHECK(recent_of(first.port) == std::vector<core::Seq>{1});
  second.session->heartbeat(5, {});
  CHECK(recent_of(second.port) == std::vector<core::Seq>{3, 4, 5});
}

TEST_CASE("a live session whose reader has all keeps nothing but where it stands") {
  Listening world;
  auto& one = world.open(Listening::receiving());
  CHECK(one.session->idle());
  world.publish();
  CHECK(one.session->idle());  // written at once: nothing was booked
  one.port.blocked = true;
  world.publish();
  CHECK_FALSE(one.session->idle());
  one.port.blocked = false;
  one.session->written(1);
  CHECK(one.session->idle());
  one.port.blocked = true;
  one.session->heartbeat(2, {});
  CHECK_FALSE(one.session->idle());
  one.session->written(1);
  CHECK(one.session->idle());
  world.dispatcher.restart(9);
  CHECK_FALSE(one.session->idle());
}

TEST_CASE("an idle session's state takes 72 bytes") {
  CHECK(sizeof(SessionState) <= 72);
}

}  // namespace gjallar::fanout
