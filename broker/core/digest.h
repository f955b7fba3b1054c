#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace gjallar::core {

/// 32 bytes: a SHA-256, an HMAC-SHA-256, or 32 random bytes.
using Digest = std::array<std::uint8_t, 32>;

/// SHA-256 of the concatenation of the parts (FIPS 180-4). Any thread.
[[nodiscard]] Digest sha256(std::string_view first, std::string_view second = {},
                            std::string_view third = {});
/// HMAC-SHA-256 (RFC 2104).
[[nodiscard]] Digest hmac_sha256(std::string_view key, std::string_view message);

[[nodiscard]] std::string_view as_view(const Digest& digest) noexcept;
/// From exactly 32 bytes; false leaves `out` unchanged.
[[nodiscard]] bool digest_from(std::string_view bytes, Digest& out) noexcept;
[[nodiscard]] std::string to_hex(std::string_view bytes);
/// Compares in time that doesn't depend on the content.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

}  // namespace gjallar::core
