#include "broker/edges/seen_head.h"

#include <charconv>

namespace gjallar::edges {
namespace {

using MaybeSeen = std::optional<fanout::SeenHead>;

core::Error not_a_seen_head(const char* field, const char* message) {
  return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, field, message,
                          "Send head seq and head hash of the last hello or heartbeat together, or neither.");
}

int hex_digit_value(char digit) noexcept {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

bool digest_from_hex(std::string_view text, core::Digest& out) noexcept {
  if (text.size() != out.size() * 2) return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = hex_digit_value(text[2 * i]);
    const int low = hex_digit_value(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return true;
}

}  // namespace

core::Result<MaybeSeen> seen_head_in(std::string_view text, const char* field) {
  if (text.empty()) return MaybeSeen();
  const std::size_t colon = text.find(':');
  fanout::SeenHead seen;
  const std::string_view number = text.substr(0, colon);
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), seen.seq);
  if (colon == std::string_view::npos || parsed.ec != std::errc() ||
      parsed.ptr != number.data() + number.size() || !digest_from_hex(text.substr(colon + 1), seen.hash)) {
    return not_a_seen_head(field, "This isn't a head that was seen: SEQ:HEX with 64 hexadecimal digits.");
  }
  return seen.seq == 0 ? MaybeSeen() : MaybeSeen(seen);
}

core::Result<MaybeSeen> seen_head_of(std::uint64_t seq, std::string_view hash) {
  if (hash.empty()) {
    if (seq != 0) return not_a_seen_head("start.seen_hash", "The chain hash that was seen is missing.");
    return MaybeSeen();
  }
  fanout::SeenHead seen;
  seen.seq = seq;
  if (!core::digest_from(hash, seen.hash))
    return not_a_seen_head("start.seen_hash", "A chain hash has 32 bytes.");
  return seq == 0 ? MaybeSeen() : MaybeSeen(seen);
}

}  // namespace gjallar::edges
