#include <catch2/catch.hpp>

#include "broker/fanout/written_seqs.h"
#include "tests/unit/fanout/session_scene.h"

namespace gjallar::fanout {

TEST_CASE("what a socket takes at once is on no list, and is reported at once") {
  Scene scene(0, 200, 0, 0, 1);
  scene.port.at_once = true;
  scene.start(0);
  scene.port.words.clear();
  scene.publish();
  scene.publish();
  CHECK(scene.port.words == Words{"event 1 after 0", "event 2 after 1"});
  CHECK(scene.port.written == std::vector<core::Seq>{1, 2});
  CHECK_FALSE(scene.session->stalled(core::SteadyTime{}, std::chrono::milliseconds(0)));
}

TEST_CASE("a socket that takes no more gets one frame to keep, and the rest once it is ready, together") {
  Scene scene(0, 200, 0, 0, 1);
  scene.port.at_once = true;
  scene.start(0);
  scene.port.blocked = true;
  scene.port.words.clear();
  scene.publish_many(5);
  CHECK(scene.port.words == Words{"event 1 after 0"});
  scene.publish(true, true);
  CHECK(scene.port.words == Words{"event 1 after 0", "overtaking 6"});
  scene.port.blocked = false;
  scene.port.words.clear();
  scene.session->written(2);
  CHECK(scene.port.words == Words{"event 2 after 1", "event 3 after 2", "event 4 after 3", "event 5 after 4",
                                  "event 6 after 5", "flush 5 of 5"});
  CHECK(scene.session->live());
  CHECK(scene.port.written == std::vector<core::Seq>{1, 6, 2, 3, 4, 5, 6});
}

TEST_CASE("events that come together are gathered; what doesn't concern it is left out") {
  Scene scene(0, 200, 0, 0, 1);
  scene.port.at_once = true;
  scene.start(0);
  scene.port.words.clear();
  std::vector<SharedEvent> events;
  for (core::Seq seq = 1; seq <= 100; ++seq) {
    events.push_back(Scene::event(seq, seq % 2 == 0));
    scene.ring.push(events.back());
  }
  int woken = 0;
  for (const SharedEvent& event : events) {
    if (event->seq % 2 == 0 && scene.session->wake(event)) ++woken;
  }
  CHECK(woken == 1);
  CHECK(scene.port.words.empty());
  scene.session->go_on();
  REQUIRE(scene.port.words.size() == 51);
  CHECK(scene.port.words.front() == "event 2 after 0");
  CHECK(scene.port.words[49] == "event 100 after 98");
  CHECK(scene.port.words.back() == "flush 50 of 50");
  CHECK(scene.session->live());
  scene.publish();
  CHECK(scene.port.words.back() == "event 101 after 100");
}

TEST_CASE("what a socket takes no more of goes back to the ring, and comes at its place") {
  Scene scene(0, 200, 0, 0, 1);
  scene.port.at_once = true;
  scene.start(0);
  scene.port.words.clear();
  std::vector<SharedEvent> events;
  for (core::Seq seq = 1; seq <= 9; ++seq) {
    events.push_back(Scene::event(seq));
    scene.ring.push(events.back());
  }
  for (const SharedEvent& event : events)
    (void)scene.session->wake(event);
  scene.port.room = 3;
  scene.port.take();
  scene.session->go_on();
  CHECK(scene.port.words.back() == "flush 3 of 9");
  CHECK(scene.port.written == std::vector<core::Seq>{1, 2, 3});
  CHECK_FALSE(scene.session->live());
  CHECK(scene.session->cursor() == 4);  // the one that stays with the socket
  // No more was promised to the client than it was sent.
  v1::Received claim;
  claim.set_up_to_seq(5);
  CHECK_FALSE(scene.session->received(claim).has_value());

  scene.port.room = 1'000;
  scene.port.take();
  scene.session->written(1);
  CHECK(scene.port.words == Words{"event 5 after 4", "event 6 after 5", "event 7 after 6", "event 8 after 7",
                                  "event 9 after 8", "flush 5 of 5"});
  CHECK(scene.session->live());
}

TEST_CASE("a socket that is ready again gets what waited and what follows it in one write") {
  Scene scene(0, 200, 0, 0, 1);
  scene.port.at_once = true;
  scene.start(0);
  scene.port.blocked = true;
  scene.publish_many(5);  // the first stays with the socket
  scene.port.blocked = false;
  scene.port.held = 1;
  scene.port.words.clear();
  scene.session->writable();
  CHECK(scene.port.words ==
        Words{"event 2 after 1", "event 3 after 2", "event 4 after 3", "event 5 after 4", "flush 5 of 5"});
  CHECK(scene.port.written == std::vector<core::Seq>{1, 2, 3, 4, 5});
  CHECK(scene.session->live());
}

TEST_CASE("a socket that is ready again and takes little is asked once, and the rest goes back to the ring") {
  Scene scene(0, 200, 0, 0, 1);
  scene.port.at_once = true;
  scene.start(0);
  scene.port.blocked = true;
  scene.publish_many(9);
  scene.port.blocked = false;
  scene.port.held = 1;
  scene.port.room = 3;
  scene.port.words.clear();
  scene.session->writable();
  CHECK(scene.port.words.size() == 9);
  CHECK(scene.port.words.back() == "flush 3 of 9");
  CHECK(scene.port.written == std::vector<core::Seq>{1, 2, 3});
  CHECK(scene.session->cursor() == 4);
  CHECK_FALSE(scene.session->live());
}

TEST_CASE("where much waits for a slow socket nothing is added, so that urgent news has little before it") {
  Scene scene(50, 200, 0, 0, 1);
  scene.port.at_once = true;
  scene.start(0);
  scene.port.room = 3;
  scene.session->take_slice(scene.slice(1, 10));  // of the log: it can't go back to the ring
  CHECK(scene.port.words.back() == "flush 3 of 10");
  scene.session->take_slice(scene.slice(11, 20));
  scene.port.words.clear();
  scene.port.held = 7;
  scene.port.room = 4;
  scene.session->writable();
  CHECK(scene.port.words == Words{"flush 4 of 7"});
  scene.port.words.clear();
  scene.port.held = 3;
  scene.port.room = 1'000;
  scene.session->writable();
  REQUIRE(scene.port.words.size() > 2);
  CHECK(scene.port.words[0] == "flush 3 of 3");
  CHECK(scene.port.words[1] == "event 11 after 10");
}

TEST_CASE("what is gathered for one write is bounded in bytes, and goes on while the socket takes it") {
  Scene scene(0, 200, 0, 0, 1);
  scene.port.at_once = true;
  scene.start(0);
  scene.port.words.clear();
  std::vector<SharedEvent> events;
  for (core::Seq seq = 1; seq <= 10; ++seq) {
    auto large = std::make_shared<EncodedEvent>(*Scene::event(seq));
    large->json_body.assign(20'000, 'x');
    events.push_back(std::move(large));
    scene.ring.push(events.back());
  }
  for (const SharedEvent& event : events)
    (void)scene.session->wake(event);
  SECTION("it takes all") {
    scene.session->go_on();
    Words flushes;
    for (const std::string& word : scene.port.words) {
      if (word.rfind("flush", 0) == 0) flushes.push_back(word);
    }
    CHECK(flushes == Words{"flush 4 of 4", "flush 4 of 4", "flush 2 of 2"});
    CHECK(scene.session->live());
  }
  SECTION("it takes a part") {
    scene.port.room = 2;
    scene.session->go_on();
    CHECK(scene.port.words ==
          Words{"event 1 after 0", "event 2 after 1", "event 3 after 2", "event 4 after 3", "flush 2 of 4"});
    CHECK(scene.session->cursor() == 3);
  }
  SECTION("a transport that tells later, as gRPC does, is given all that it may have") {
    scene.port.at_once = false;
    scene.session->go_on();
    CHECK(scene.port.words.size() == 4);  // its window is 1: what was gathered waits
    scene.session->written(4);
    CHECK(scene.port.words.size() == 8);
  }
}

TEST_CASE("urgent events among several overtake in a session that is behind, and in no other") {
  Scene scene(0, 200, 0, 0, 1);
  scene.port.at_once = true;
  scene.start(0);
  scene.port.blocked = true;
  scene.publish_many(2);  // one is kept, one waits in the ring
  scene.port.words.clear();
  const SharedEvent ordinary = Scene::event(3);
  const SharedEvent urgent = Scene::event(4, true, true);
  scene.ring.push(ordinary);
  scene.ring.push(urgent);
  CHECK_FALSE(scene.session->wake(ordinary));
  CHECK_FALSE(scene.session->wake(urgent));
  CHECK(scene.port.words == Words{"overtaking 4"});
}

TEST_CASE("the last seqs are kept without memory of their own") {
  RecentSeqs recent;
  CHECK(recent.newest() == 0);
  CHECK(recent.begin() == recent.end());
  for (core::Seq seq = 1; seq <= 25; ++seq)
    recent.push(seq);
  CHECK(std::vector<core::Seq>(recent.begin(), recent.end()) ==
        std::vector<core::Seq>{16, 17, 18, 19, 20, 21, 22, 23, 24, 25});
  recent.assign({3, 5});
  CHECK(recent.newest() == 5);
  CHECK(recent.end() - recent.begin() == 2);
}

TEST_CASE("of a service's sessions only the first to be written to is told of") {
  WrittenSeqs seqs;
  CHECK(seqs.add(7));
  CHECK_FALSE(seqs.add(7));
  CHECK(seqs.add(9));
  CHECK(seqs.add(8));
  CHECK_FALSE(seqs.add(8));
  CHECK(seqs.take() == std::vector<core::Seq>{7, 9, 8});
  CHECK(seqs.waiting() == 0);
  CHECK_FALSE(seqs.add(9));
  CHECK(seqs.add(5'000));
  CHECK(seqs.add(4'999));
  CHECK_FALSE(seqs.add(4'999));
  CHECK(seqs.add(9));  // long ago: it may come again
  CHECK(seqs.add(9));
}

}  // namespace gjallar::fanout
