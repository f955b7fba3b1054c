#pragma once

#include "broker/log/record.h"

namespace gjallar::log {

/// Where the log stands.
struct Head {
  core::Seq seq = 0;
  core::Digest hash{};    ///< of the header at seq; zeros at 0
  core::WallTime time{};  ///< event time at seq
};

/// On whose behalf events are written.
struct Attribution {
  std::string principal;
  core::Digest idempotency_hash{};
  core::Digest command_digest{};
};

/// Gives a decided event its seq and time and links it to the head. The one function that does so: the
/// appender, verify and followers share it. Pure.
[[nodiscard]] Record seal(const Head& head, const domain::NewEvent& event, const Attribution& attribution,
                          core::WallTime time, const core::Digest& salt);
/// The head after a record.
[[nodiscard]] Head head_after(const Record& record);
/// DATA_CORRUPT if the record doesn't follow from the head: seq, previous hash, time not before, own hash (of
/// `header_bytes`), payload digest (unless destroyed).
[[nodiscard]] core::Result<void> check_link(const Head& head, const Record& record,
                                            std::string_view header_bytes);

}  // namespace gjallar::log
