#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "broker/core/result.h"
#include "broker/fanout/session.h"

namespace gjallar::edges {

/// The head that a client last heard of, as a query says it: "SEQ:HEX" with the chain hash as 64 hexadecimal
/// digits. Nothing if `text` is empty or the seq is 0. INVALID_ARGUMENT naming `field`. Pure.
[[nodiscard]] core::Result<std::optional<fanout::SeenHead>> seen_head_in(std::string_view text,
                                                                         const char* field);
/// The same from a message: `hash` is 32 bytes. Nothing if both are empty. INVALID_ARGUMENT naming
/// `start.seen_seq` or `start.seen_hash`. Pure.
[[nodiscard]] core::Result<std::optional<fanout::SeenHead>> seen_head_of(std::uint64_t seq,
                                                                         std::string_view hash);

}  // namespace gjallar::edges
