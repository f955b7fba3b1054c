#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "broker/domain/concerns.h"
#include "broker/log/record.h"

/// Events read where they are stored: for reading many and passing few of them on. Any thread.
namespace gjallar::log {

/// A header in place: checked as decode_header checks it, but nothing is copied. Good as long as its bytes
/// are.
struct HeaderView {
  core::Seq seq = 0;
  gjallar::v1::EventType type = gjallar::v1::EVENT_TYPE_UNSPECIFIED;
  domain::SubjectKind subject_kind = domain::SubjectKind::kAlert;
  core::Version version = 0;
  core::WallTime time;
  bool urgent = false;
  bool rings = false;
  std::string_view idempotency_hash, command_digest, payload_digest, previous_hash;  ///< 32 bytes each
  std::string_view subject;
  std::string_view principal;
  std::string_view reach;  ///< match keys before, then after, as they are stored
};
/// DATA_CORRUPT if the bytes are not exactly one header of a known format.
[[nodiscard]] core::Result<HeaderView> view_header(std::string_view bytes);
/// The header's match keys.
[[nodiscard]] domain::EventReach reach_of(const HeaderView& header);
/// domain::concerns of the header's match keys, without an allocation.
[[nodiscard]] bool concerns(const HeaderView& header, const domain::ViewFilter& filter);

/// The event as subscribers get it, but for its payload; of a Header or a HeaderView.
template <typename AnyHeader>
[[nodiscard]] gjallar::v1::Event event_without_payload(const AnyHeader& header) {
  gjallar::v1::Event event;
  event.set_seq(header.seq);
  event.set_type(header.type);
  event.set_subject(header.subject.data(), header.subject.size());
  event.set_version(header.version);
  *event.mutable_time() = core::to_timestamp(header.time);
  event.set_principal(header.principal.data(), header.principal.size());
  event.set_urgent(header.urgent);
  event.set_rings(header.rings);
  return event;
}

/// One event as it is stored. Good until the visit that got it returns.
struct StoredEvent {
  HeaderView header;
  std::optional<std::string_view> payload;  ///< salt ‖ payload, as in column `payload`; absent once destroyed
};
/// Appends the serialised gjallar.v1.Event, around the payload's stored bytes, which are checked by their
/// digest instead of parsed. `with_payload` false: without it. DATA_CORRUPT if it isn't the one that was
/// written; `out` may then hold a part.
[[nodiscard]] core::Result<void> append_event(const StoredEvent& event, bool with_payload, std::string& out);

}  // namespace gjallar::log
