#include "broker/log/record.h"

#include <fmt/format.h>

#include "broker/log/wire.h"

namespace gjallar::log {
namespace v1 = gjallar::v1;
namespace {

constexpr std::uint8_t kUrgent = 1;
constexpr std::uint8_t kRings = 2;
constexpr std::size_t kSaltBytes = 32;
/// Tag of the field `payload` of gjallar.v1.Event: number 9, by its length; and tag and length at most.
constexpr char kPayloadTag = (v1::Event::kPayloadFieldNumber << 3) | 2;
constexpr std::size_t kPayloadHeadMax = 1 + 10;

core::Error corrupt_record(std::string message) {
  return core::make_error(v1::ERROR_CODE_DATA_CORRUPT, "", std::move(message),
                          "Stop the broker, keep a copy of the data folder and restore a backup.");
}

void put_keys(ByteWriter& out, const domain::MatchKeys& keys) {
  out.u8(keys.present ? 1 : 0);
  if (!keys.present) return;
  out.u8(static_cast<std::uint8_t>(keys.level));
  out.u16(keys.groups.size());
  for (const auto& group : keys.groups) {
    out.u8(static_cast<std::uint8_t>(group.minimum_grade));
    out.texts(group.areas);
    out.texts(group.roles);
  }
  out.texts(keys.services);
}

/// False for a form that put_keys never writes.
bool take_keys(ByteReader& in, domain::MatchKeys& keys) {
  const auto present = in.u8();
  if (present > 1) return false;
  keys.present = present == 1;
  if (!keys.present) return true;
  const auto level = in.u8();
  if (!v1::GradeLevel_IsValid(level)) return false;
  keys.level = static_cast<v1::GradeLevel>(level);
  for (std::size_t left = in.u16(); left > 0 && !in.failed(); --left) {
    auto& group = keys.groups.emplace_back();
    const auto minimum = in.u8();
    if (!v1::GradeLevel_IsValid(minimum)) return false;
    group.minimum_grade = static_cast<v1::GradeLevel>(minimum);
    group.areas = in.texts();
    group.roles = in.texts();
  }
  keys.services = in.texts();
  return !in.failed();
}

}  // namespace

bool operator==(const Header& a, const Header& b) {
  return a.seq == b.seq && a.type == b.type && a.subject_kind == b.subject_kind && a.subject == b.subject &&
         a.version == b.version && a.time == b.time && a.urgent == b.urgent && a.rings == b.rings &&
         a.principal == b.principal && a.idempotency_hash == b.idempotency_hash &&
         a.command_digest == b.command_digest && a.reach.before == b.reach.before &&
         a.reach.after == b.reach.after && a.payload_digest == b.payload_digest &&
         a.previous_hash == b.previous_hash;
}

std::string encode_header(const Header& header) {
  ByteWriter out;
  out.u8(kHeaderFormat);
  out.u64(header.seq);
  out.u16(static_cast<std::size_t>(header.type));
  out.u8(static_cast<std::uint8_t>(header.subject_kind));
  out.u64(header.version);
  out.i64(header.time.time_since_epoch().count());
  out.u8(static_cast<std::uint8_t>((header.urgent ? kUrgent : 0) | (header.rings ? kRings : 0)));
  out.digest(header.idempotency_hash);
  out.digest(header.command_digest);
  out.digest(header.payload_digest);
  out.digest(header.previous_hash);
  out.text(header.subject);
  out.text(header.principal);
  put_keys(out, header.reach.before);
  put_keys(out, header.reach.after);
  return out.take();
}

core::Result<Header> decode_header(std::string_view bytes) {
  ByteReader in(bytes);
  if (const auto format = in.u8(); !in.failed() && format != kHeaderFormat) {
    return corrupt_record(fmt::format("A header has format {}, which this version doesn't know.", format));
  }
  Header header;
  header.seq = in.u64();
  const auto type = in.u16();
  header.type = static_cast<v1::EventType>(type);
  const auto kind = in.u8();
  header.subject_kind = static_cast<domain::SubjectKind>(kind);
  header.version = in.u64();
  header.time = core::WallTime(core::Micros(in.i64()));
  const auto flags = in.u8();
  header.urgent = (flags & kUrgent) != 0;
  header.rings = (flags & kRings) != 0;
  header.idempotency_hash = in.digest();
  header.command_digest = in.digest();
  header.payload_digest = in.digest();
  header.previous_hash = in.digest();
  header.subject = in.text();
  header.principal = in.text();
  const bool known = header.seq != 0 && type != 0 && kind >= 1 && kind <= 5 && flags <= (kUrgent | kRings);
  if (!known || !take_keys(in, header.reach.before) || !take_keys(in, header.reach.after) || !in.whole()) {
    return corrupt_record("The stored bytes are not a header in its one form.");
  }
  return header;
}

std::string encode_payload(const Payload& payload) {
  std::string bytes;
  bytes.reserve(kSaltBytes + payload.bytes.size());
  bytes += core::as_view(payload.salt);
  bytes += payload.bytes;
  return bytes;
}

core::Result<Payload> decode_payload(std::string_view bytes) {
  Payload payload;
  if (!core::digest_from(bytes.substr(0, kSaltBytes), payload.salt)) {
    return corrupt_record("A stored payload is too short.");
  }
  payload.bytes = bytes.substr(kSaltBytes);
  return payload;
}

std::string seq_key(core::Seq seq) {
  ByteWriter out;
  out.u64(seq);
  return out.take();
}

core::Result<core::Seq> seq_of_key(std::string_view key) {
  ByteReader in(key);
  const core::Seq seq = in.u64();
  if (!in.whole()) return corrupt_record("A key of the log isn't a seq.");
  return seq;
}

namespace {

v1::Event event_of_header(const Header& header) {
  v1::Event event;
  event.set_seq(header.seq);
  event.set_type(header.type);
  event.set_subject(header.subject);
  event.set_version(header.version);
  *event.mutable_time() = core::to_timestamp(header.time);
  event.set_principal(header.principal);
  event.set_urgent(header.urgent);
  event.set_rings(header.rings);
  return event;
}

}  // namespace

core::Result<v1::Event> to_event(const Record& record) {
  v1::Event event = event_of_header(record.header);
  if (record.payload && !event.mutable_payload()->ParseFromString(record.payload->bytes)) {
    return corrupt_record(fmt::format("The payload of event {} can't be parsed.", record.header.seq));
  }
  return event;
}

core::Result<std::string> event_bytes(const Record& record, bool with_payload) {
  const Header& header = record.header;
  const v1::Event event = event_of_header(header);
  const std::size_t head = event.ByteSizeLong();
  const bool whole = with_payload && record.payload;
  std::string bytes;
  bytes.reserve(head + (whole ? record.payload->bytes.size() + kPayloadHeadMax : 0));
  if (!event.AppendToString(&bytes)) return corrupt_record("An event can't be encoded.");
  if (!whole) return bytes;
  const Payload& payload = *record.payload;
  if (core::sha256(core::as_view(payload.salt), payload.bytes) != header.payload_digest) {
    return corrupt_record(fmt::format("The payload of event {} isn't the one that was written.", header.seq));
  }
  // The payload is the message's last field, so this is what serialising the whole would give.
  bytes.push_back(kPayloadTag);
  std::size_t size = payload.bytes.size();
  for (; size >= 0x80; size >>= 7)
    bytes.push_back(static_cast<char>((size & 0x7F) | 0x80));
  bytes.push_back(static_cast<char>(size));
  bytes += payload.bytes;
  return bytes;
}

}  // namespace gjallar::log
