#include "broker/fanout/encoder.h"

#include <catch2/catch.hpp>
#include <string>

namespace gjallar::fanout {
namespace {

const core::LogId kEncoderLog("0123456789ABCDEF");

std::shared_ptr<const log::CommittedEvent> event_of(core::Seq seq, bool readable = true) {
  v1::EventPayload payload;
  payload.set_reason("event " + std::to_string(seq));
  auto event = std::make_shared<log::CommittedEvent>();
  event->record.header.seq = seq;
  event->record.header.type = v1::EVENT_TYPE_ALERT_ISSUED;
  event->record.payload.emplace();
  event->record.payload->bytes = readable ? payload.SerializeAsString() : std::string("\xff\xff");
  return event;
}

log::CommittedGroup group_of(core::Seq from, core::Seq to) {
  log::CommittedGroup group;
  for (core::Seq seq = from; seq <= to; ++seq)
    group.push_back(event_of(seq));
  return group;
}

void check_encoded(const std::vector<SharedEvent>& encoded, const log::CommittedGroup& group) {
  REQUIRE(encoded.size() == group.size());
  for (std::size_t i = 0; i < group.size(); ++i) {
    const SharedEvent expected = encode_event(*group[i], kEncoderLog).value();
    CHECK(encoded[i]->seq == expected->seq);
    CHECK(encoded[i]->json_body == expected->json_body);
    CHECK(encoded[i]->proto_body == expected->proto_body);
  }
}

TEST_CASE("a group that was begun comes out whole and in order, however large it is and whoever is faster") {
  Encoder encoder(kEncoderLog);
  core::Seq seq = 1;
  for (core::Seq size = 1; size <= 60; ++size) {
    const log::CommittedGroup group = group_of(seq, seq + size - 1);
    encoder.begin(group);
    check_encoded(encoder.take(group), group);
    seq += size;
  }
}

TEST_CASE("a group that nobody began is encoded too") {
  Encoder encoder(kEncoderLog);
  const log::CommittedGroup group = group_of(1, 3);
  check_encoded(encoder.take(group), group);
  check_encoded(encoder.take(group), group);
}

TEST_CASE("what was begun and never written is dropped: the same seqs may come again as other events") {
  Encoder encoder(kEncoderLog);
  for (int i = 0; i < 50; ++i) {
    encoder.begin(group_of(1, 20));  // its write failed
    const log::CommittedGroup group = group_of(1, 2);
    encoder.begin(group);
    check_encoded(encoder.take(group), group);
    encoder.begin(group_of(3, 22));
    const log::CommittedGroup other = group_of(3, 5);
    check_encoded(encoder.take(other), other);
  }
}

TEST_CASE("an event that can't be encoded is left out, and the others keep their order") {
  Encoder encoder(kEncoderLog);
  log::CommittedGroup group{event_of(1), event_of(2, false), event_of(3)};
  encoder.begin(group);
  const std::vector<SharedEvent> encoded = encoder.take(group);
  REQUIRE(encoded.size() == 2);
  CHECK(encoded[0]->seq == 1);
  CHECK(encoded[1]->seq == 3);
}

TEST_CASE("an encoder ends while work is under way") {
  for (int i = 0; i < 50; ++i) {
    Encoder encoder(kEncoderLog);
    encoder.begin(group_of(1, 10));
  }
}

}  // namespace
}  // namespace gjallar::fanout
