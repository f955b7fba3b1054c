#include "broker/log/record.h"

#include <fmt/format.h>

#include "broker/log/stored_event.h"
#include "broker/log/wire.h"

namespace gjallar::log {
namespace v1 = gjallar::v1;
namespace {

constexpr std::size_t kSaltBytes = 32;
/// Of a header of a few areas and roles.
constexpr std::size_t kHeaderBytesUsual = 384;

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
  out.reserve(kHeaderBytesUsual);
  out.u8(kHeaderFormat);
  out.u64(header.seq);
  out.u16(static_cast<std::size_t>(header.type));
  out.u8(static_cast<std::uint8_t>(header.subject_kind));
  out.u64(header.version);
  out.i64(header.time.time_since_epoch().count());
  out.u8(static_cast<std::uint8_t>((header.urgent ? kUrgentFlag : 0) | (header.rings ? kRingsFlag : 0)));
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
  const auto view = view_header(bytes);
  if (!view) return view.error();
  Header header;
  header.seq = view->seq;
  header.type = view->type;
  header.subject_kind = view->subject_kind;
  header.subject = view->subject;
  header.version = view->version;
  header.time = view->time;
  header.urgent = view->urgent;
  header.rings = view->rings;
  header.principal = view->principal;
  header.reach = reach_of(*view);
  const bool whole = core::digest_from(view->idempotency_hash, header.idempotency_hash) &&
                     core::digest_from(view->command_digest, header.command_digest) &&
                     core::digest_from(view->payload_digest, header.payload_digest) &&
                     core::digest_from(view->previous_hash, header.previous_hash);
  if (!whole) return corrupt_record("A header's digests are too short.");
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

core::Result<v1::Event> to_event(const Record& record) {
  v1::Event event = event_without_payload(record.header);
  if (record.payload && !event.mutable_payload()->ParseFromString(record.payload->bytes)) {
    return corrupt_record(fmt::format("The payload of event {} can't be parsed.", record.header.seq));
  }
  return event;
}

}  // namespace gjallar::log
