#include "broker/log/record.h"

#include <catch2/catch.hpp>

namespace gjallar::log {
namespace {

core::Digest filled(std::uint8_t byte) {
  core::Digest digest{};
  digest.fill(byte);
  return digest;
}

std::string repeat(const std::string& hex, int times) {
  std::string out;
  for (int i = 0; i < times; ++i)
    out += hex;
  return out;
}

Header example() {
  Header header;
  header.seq = 0x0102;
  header.type = gjallar::v1::EVENT_TYPE_ALERT_REVISED;
  header.subject_kind = domain::SubjectKind::kAlert;
  header.subject = "abc";
  header.version = 2;
  header.time = core::WallTime(core::Micros(0x11223344));
  header.urgent = true;
  header.rings = true;
  header.principal = "police";
  header.idempotency_hash = filled(0xA1);
  header.command_digest = filled(0xB2);
  header.payload_digest = filled(0xC3);
  header.previous_hash = filled(0xD4);
  header.reach.after.present = true;
  header.reach.after.level = gjallar::v1::GRADE_LEVEL_URGENT;
  auto& group = header.reach.after.groups.emplace_back();
  group.minimum_grade = gjallar::v1::GRADE_LEVEL_WARNING;
  group.areas = {"SE-01", "NO"};
  group.roles = {"laro"};
  header.reach.after.services = {"x-1"};
  return header;
}

bool refused(std::string_view bytes) {
  const auto decoded = decode_header(bytes);
  return decoded.has_error() && decoded.error().code == gjallar::v1::ERROR_CODE_DATA_CORRUPT;
}

}  // namespace

TEST_CASE("the bytes of a header never change") {
  const std::string expected =
      "01"                // format
      "0000000000000102"  // seq
      "000b"              // type
      "01"                // subject kind
      "0000000000000002"  // version
      "0000000011223344"  // time
      "03" +              // flags
      repeat("a1", 32) +
      repeat("b2", 32) + repeat("c3", 32) + repeat("d4", 32) +
      "0003616263"        // subject
      "0006706f6c696365"  // principal
      "00"                // before: not there
      "01"                // after: there
      "03"                // level
      "0001"              // groups
      "02"                // minimum
      "0002"
      "000553452d3031"
      "00024e4f"  // areas
      "0001"
      "00046c61726f"  // roles
      "0001"
      "0003782d31";  // services
  CHECK(core::to_hex(encode_header(example())) == expected);
}

TEST_CASE("a header comes back as it was written") {
  CHECK(decode_header(encode_header(example())).value() == example());
  Header both = example();
  both.reach.before = both.reach.after;
  both.reach.before.groups.clear();
  both.subject_kind = domain::SubjectKind::kService;
  both.time = core::WallTime(core::Micros(-1));
  both.urgent = false;
  CHECK(decode_header(encode_header(both)).value() == both);
  CHECK_FALSE(both == example());
}

TEST_CASE("a header that isn't exactly one header of a known format is refused") {
  const std::string bytes = encode_header(example());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CHECK(refused(bytes.substr(0, size)));
  CHECK(refused(bytes + '\0'));
  const auto with = [&bytes](std::size_t at, char value) {
    auto changed = bytes;
    changed[at] = value;
    return changed;
  };
  CHECK(refused(with(0, 2)));   // format
  CHECK(refused(with(11, 0)));  // subject kind
  CHECK(refused(with(11, 6)));
  CHECK(refused(with(28, 4)));             // a flag nobody knows
  const std::size_t before = 157 + 5 + 8;  // keys before: present
  CHECK(refused(with(before, 2)));
  CHECK(refused(with(before + 2, 9)));  // keys after: level
  auto no_seq = bytes;
  no_seq.replace(1, 8, 8, '\0');
  CHECK(refused(no_seq));
  auto no_type = bytes;
  no_type.replace(9, 2, 2, '\0');
  CHECK(refused(no_type));
}

TEST_CASE("each byte of a header counts: a change is refused or read as another header") {
  const std::string bytes = encode_header(example());
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      auto changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      const auto decoded = decode_header(changed);
      if (decoded) CHECK(encode_header(*decoded) == changed);  // canonical: one form only
    }
  }
}

TEST_CASE("a payload is stored behind its random bytes") {
  Payload payload;
  payload.salt = filled(0x7E);
  payload.bytes = "text";
  CHECK(core::to_hex(encode_payload(payload)) == repeat("7e", 32) + "74657874");
  const auto decoded = decode_payload(encode_payload(payload)).value();
  CHECK(decoded.salt == payload.salt);
  CHECK(decoded.bytes == "text");
  CHECK(decode_payload(std::string(32, 'x')).value().bytes.empty());
  CHECK(decode_payload(std::string(31, 'x')).has_error());
}

TEST_CASE("keys sort as their seqs do") {
  CHECK(core::to_hex(seq_key(258)) == "0000000000000102");
  CHECK(seq_key(255) < seq_key(256));
  CHECK(seq_of_key(seq_key(77)).value() == 77);
  CHECK(seq_of_key("short").has_error());
  CHECK(seq_of_key("nine bytes").has_error());
}

TEST_CASE("subscribers get what header and payload say") {
  Record record;
  record.header = example();
  gjallar::v1::EventPayload payload;
  payload.set_reason("purity confirmed");
  record.payload.emplace().bytes = payload.SerializeAsString();
  const auto event = to_event(record).value();
  CHECK(event.seq() == 258);
  CHECK(event.type() == gjallar::v1::EVENT_TYPE_ALERT_REVISED);
  CHECK(event.subject() == "abc");
  CHECK(event.version() == 2);
  CHECK(event.principal() == "police");
  CHECK(event.urgent());
  CHECK(event.rings());
  CHECK(core::from_timestamp(event.time()) == record.header.time);
  CHECK(event.payload().reason() == "purity confirmed");

  record.payload.reset();  // destroyed
  CHECK_FALSE(to_event(record).value().has_payload());
  record.payload.emplace().bytes = "\xFF\xFF";
  CHECK(to_event(record).error().code == gjallar::v1::ERROR_CODE_DATA_CORRUPT);
}

}  // namespace gjallar::log
