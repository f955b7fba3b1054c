#include "broker/log/chain.h"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

namespace gjallar::log {
namespace {

/// The same message gives the same bytes.
std::string serialise(const gjallar::v1::EventPayload& payload) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream out(&stream);
    out.SetSerializationDeterministic(true);
    payload.SerializeToCodedStream(&out);
  }
  return bytes;
}

core::Error broken(core::Seq seq, std::string_view what) {
  return core::make_error(gjallar::v1::ERROR_CODE_DATA_CORRUPT, "", fmt::format("Event {}: {}.", seq, what),
                          "Stop the broker, keep a copy of the data folder and restore a backup.");
}

}  // namespace

Record seal(const Head& head, const domain::NewEvent& event, const Attribution& attribution,
            core::WallTime time, const core::Digest& salt) {
  Record record;
  Payload& payload = record.payload.emplace();
  payload.salt = salt;
  payload.bytes = serialise(event.payload);

  Header& header = record.header;
  header.seq = head.seq + 1;
  header.type = event.type;
  header.subject_kind = event.subject_kind;
  header.subject = event.subject;
  header.version = event.version;
  header.time = time;
  header.urgent = event.urgent;
  header.rings = event.rings;
  header.principal = attribution.principal;
  header.idempotency_hash = attribution.idempotency_hash;
  header.command_digest = attribution.command_digest;
  header.reach = event.reach;
  header.payload_digest = core::sha256(core::as_view(salt), payload.bytes);
  header.previous_hash = head.hash;
  record.hash = core::sha256(encode_header(header));
  return record;
}

Head head_after(const Record& record) {
  return Head{record.header.seq, record.hash, record.header.time};
}

core::Result<void> check_link(const Head& head, const Record& record, std::string_view header_bytes) {
  const Header& header = record.header;
  const core::Seq expected = head.seq + 1;
  if (header.seq != expected) return broken(expected, "it isn't there; another seq stands in its place");
  if (core::sha256(header_bytes) != record.hash) return broken(expected, "its header's hash is wrong");
  if (header.previous_hash != head.hash) {
    return broken(expected, "it doesn't follow from the event before (previous hash)");
  }
  if (header.time < head.time) return broken(expected, "its time is before that of the event before");
  if (record.payload &&
      core::sha256(core::as_view(record.payload->salt), record.payload->bytes) != header.payload_digest) {
    return broken(expected, "its payload isn't the one that was written (payload digest)");
  }
  return {};
}

}  // namespace gjallar::log
