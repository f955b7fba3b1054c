#include "broker/log/chain.h"

#include <catch2/catch.hpp>

namespace gjallar::log {
namespace {

core::WallTime at(int micros) {
  return core::WallTime(core::Micros(micros));
}

domain::NewEvent some_event() {
  domain::NewEvent event;
  event.type = gjallar::v1::EVENT_TYPE_ALERT_ISSUED;
  event.subject = "alert";
  event.version = 1;
  event.payload.set_reason("found");
  return event;
}

Attribution by_police() {
  Attribution attribution;
  attribution.principal = "police";
  return attribution;
}

core::Digest salt(std::uint8_t byte) {
  core::Digest digest{};
  digest.fill(byte);
  return digest;
}

}  // namespace

TEST_CASE("sealing numbers an event and links it to the one before") {
  const Record first = seal(Head{}, some_event(), by_police(), at(5), salt(1));
  CHECK(first.header.seq == 1);
  CHECK(first.header.previous_hash == core::Digest{});
  CHECK(first.hash == core::sha256(encode_header(first.header)));
  CHECK(first.header.payload_digest == core::sha256(core::as_view(salt(1)), first.payload->bytes));

  const Head head = head_after(first);
  CHECK(head.seq == 1);
  CHECK(head.time == at(5));
  const Record second = seal(head, some_event(), by_police(), at(5), salt(2));
  CHECK(second.header.seq == 2);
  CHECK(second.header.previous_hash == first.hash);
  CHECK(check_link(head, second, encode_header(second.header)).has_value());
}

TEST_CASE("equal payloads can't be told by their digests") {
  const Record one = seal(Head{}, some_event(), by_police(), at(5), salt(1));
  const Record other = seal(Head{}, some_event(), by_police(), at(5), salt(2));
  CHECK(one.payload->bytes == other.payload->bytes);
  CHECK(one.header.payload_digest != other.header.payload_digest);
}

TEST_CASE("what doesn't follow from the head is found") {
  const Head head = head_after(seal(Head{}, some_event(), by_police(), at(5), salt(1)));
  const Record good = seal(head, some_event(), by_police(), at(6), salt(2));
  const auto found = [&head](Record record, bool rehash) {
    const auto bytes = encode_header(record.header);
    if (rehash) record.hash = core::sha256(bytes);
    const auto checked = check_link(head, record, bytes);
    return checked.has_error() && checked.error().code == gjallar::v1::ERROR_CODE_DATA_CORRUPT &&
           checked.error().message.find("Event 2") != std::string::npos;
  };
  Record record = good;
  CHECK_FALSE(found(record, true));
  record.header.seq = 3;
  CHECK(found(record, true));
  record = good;
  record.header.principal = "customs";
  CHECK(found(record, false));
  record = good;
  record.header.previous_hash = salt(9);
  CHECK(found(record, true));
  record = good;
  record.header.time = at(4);
  CHECK(found(record, true));
  record = good;
  record.payload->bytes += "x";
  CHECK(found(record, true));
  record = good;
  record.payload->salt = salt(3);
  CHECK(found(record, true));
}

TEST_CASE("the chain verifies after a payload was destroyed") {
  Record record = seal(Head{}, some_event(), by_police(), at(5), salt(1));
  record.payload.reset();
  CHECK(check_link(Head{}, record, encode_header(record.header)).has_value());
}

}  // namespace gjallar::log
