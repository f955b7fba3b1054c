#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "broker/core/clock.h"
#include "broker/core/digest.h"
#include "broker/core/ids.h"
#include "broker/core/result.h"
#include "broker/domain/decide.h"

namespace gjallar::log {

/// What the chain is made of; stays when a payload is destroyed. docs/log-format.md has the bytes.
struct Header {
  core::Seq seq = 0;
  gjallar::v1::EventType type = gjallar::v1::EVENT_TYPE_UNSPECIFIED;
  domain::SubjectKind subject_kind = domain::SubjectKind::kAlert;
  std::string subject;
  core::Version version = 0;
  core::WallTime time;
  bool urgent = false;
  bool rings = false;
  std::string principal;
  core::Digest idempotency_hash{};  ///< SHA-256(principal, 0 byte, key); zeros: no key
  core::Digest command_digest{};    ///< HMAC with the log's secret; zeros: no key
  domain::EventReach reach;
  core::Digest payload_digest{};  ///< SHA-256(salt ‖ payload)
  core::Digest previous_hash{};   ///< SHA-256 of the previous header's bytes; zeros before the first
  friend bool operator==(const Header&, const Header&);
};

/// The part that can be destroyed: 32 random bytes, and the serialised gjallar.v1.EventPayload.
struct Payload {
  core::Digest salt{};
  std::string bytes;
};

/// One event as stored. Keep header, salt and payload apart in every interface: a replicated log carries them
/// differently.
struct Record {
  Header header;
  core::Digest hash{};             ///< SHA-256 of the header's bytes
  std::optional<Payload> payload;  ///< absent once destroyed
};

inline constexpr std::uint8_t kHeaderFormat = 1;
/// Bits of the header's flags.
inline constexpr std::uint8_t kUrgentFlag = 1;
inline constexpr std::uint8_t kRingsFlag = 2;

[[nodiscard]] std::string encode_header(const Header& header);
/// DATA_CORRUPT if the bytes are not exactly one header of a known format.
[[nodiscard]] core::Result<Header> decode_header(std::string_view bytes);
/// salt ‖ payload, as in column `payload`.
[[nodiscard]] std::string encode_payload(const Payload& payload);
[[nodiscard]] core::Result<Payload> decode_payload(std::string_view bytes);

/// Big-endian u64: keys of `event`, `payload` and `target`.
[[nodiscard]] std::string seq_key(core::Seq seq);
[[nodiscard]] core::Result<core::Seq> seq_of_key(std::string_view key);

/// The event as subscribers get it; the payload is parsed. DATA_CORRUPT if it can't be.
[[nodiscard]] core::Result<gjallar::v1::Event> to_event(const Record& record);

}  // namespace gjallar::log
