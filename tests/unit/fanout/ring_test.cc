#include "broker/fanout/ring.h"

#include <catch2/catch.hpp>

namespace gjallar::fanout {
namespace {

SharedEvent event_of(core::Seq seq, std::size_t bytes = 10) {
  auto event = std::make_shared<EncodedEvent>();
  event->seq = seq;
  event->proto_body.assign(bytes, 'x');
  return event;
}

TEST_CASE("a ring holds the last events by count") {
  Ring ring(4, 1 << 20);
  ring.reset(10);
  CHECK(ring.first_seq() == 11);
  CHECK(ring.last_seq() == 10);
  for (core::Seq seq = 11; seq <= 20; ++seq)
    ring.push(event_of(seq));
  CHECK(ring.first_seq() == 17);
  CHECK(ring.last_seq() == 20);
  for (core::Seq seq = 17; seq <= 20; ++seq)
    CHECK(ring.at(seq)->seq == seq);
}

TEST_CASE("a ring holds no more bytes than it may, and always the newest event") {
  const std::size_t each = weight_of(*event_of(1, 100));
  Ring ring(100, 3 * each);
  for (core::Seq seq = 1; seq <= 9; ++seq) {
    ring.push(event_of(seq, 100));
    CHECK(ring.bytes() <= 3 * each);
  }
  CHECK(ring.count() == 3);
  ring.push(event_of(10, 10'000));
  CHECK(ring.count() == 1);
  CHECK(ring.at(10)->seq == 10);
  ring.push(event_of(11, 100));
  CHECK(ring.first_seq() == 11);
}

TEST_CASE("a ring that is started anew holds nothing and lets go of what it held") {
  Ring ring(4, 1 << 20);
  const SharedEvent event = event_of(1);
  ring.push(event);
  CHECK(event.use_count() == 2);
  ring.reset(50);
  CHECK(event.use_count() == 1);
  CHECK(ring.count() == 0);
  CHECK(ring.bytes() == 0);
  ring.push(event_of(51));
  CHECK(ring.first_seq() == 51);
}

}  // namespace
}  // namespace gjallar::fanout
