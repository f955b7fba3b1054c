#include "broker/edges/websocket/framing.h"

#include <algorithm>

#include "broker/core/utf8.h"

namespace gjallar::edges::websocket {
namespace {

constexpr std::uint8_t kFinal = 0x80;
constexpr std::uint8_t kReserved = 0x70;
constexpr std::uint8_t kOpcodeBits = 0x0F;
constexpr std::uint8_t kControlBit = 0x08;
constexpr std::uint8_t kMasked = 0x80;
constexpr std::uint8_t kLengthBits = 0x7F;
constexpr std::uint8_t kLength16 = 126;
constexpr std::uint8_t kLength64 = 127;
constexpr std::size_t kMaskBytes = 4;

std::uint8_t byte_of(char c) {
  return static_cast<std::uint8_t>(c);
}

bool is_known(std::uint8_t opcode) {
  return opcode <= static_cast<std::uint8_t>(Opcode::kBinary) ||
         (opcode >= static_cast<std::uint8_t>(Opcode::kClose) &&
          opcode <= static_cast<std::uint8_t>(Opcode::kPong));
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (!core::next_point(text, at)) return false;
  }
  return true;
}

/// Codes that an endpoint may send (RFC 6455, 7.4): the defined ones, and those of libraries and programs.
bool may_be_sent(std::uint16_t code) {
  if (code >= 3000 && code <= 4999) return true;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

std::size_t length_bytes(std::uint8_t length) {
  if (length == kLength16) return 2;
  return length == kLength64 ? 8 : 0;
}

/// Bytes of the head whose first two are there.
std::size_t head_bytes(std::uint8_t second) {
  return 2 + length_bytes(second & kLengthBits) + kMaskBytes;
}

}  // namespace

FrameHead::FrameHead(Opcode opcode, std::uint64_t payload_bytes) noexcept {
  const auto put = [this](std::uint64_t byte) { bytes_[size_++] = static_cast<char>(byte & 0xFF); };
  put(kFinal | static_cast<std::uint8_t>(opcode));
  if (payload_bytes < kLength16) {
    put(payload_bytes);
    return;
  }
  const int bytes = payload_bytes <= 0xFFFF ? 2 : 8;
  put(bytes == 2 ? kLength16 : kLength64);
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    put(payload_bytes >> shift);
}

std::string control_frame(Opcode opcode, std::string_view payload) {
  payload = payload.substr(0, kControlPayloadMax);
  std::string frame(FrameHead(opcode, payload.size()).view());
  return frame.append(payload);
}

std::string close_frame(std::uint16_t code, std::string_view reason) {
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
  return control_frame(Opcode::kClose, payload.append(reason));
}

std::optional<std::uint16_t> FrameReader::take(std::string_view bytes, std::vector<ClientFrame>& frames) {
  while (!bytes.empty() && !closed_) {
    if (!partial_) partial_ = std::make_unique<Partial>();
    Partial& partial = *partial_;
    if (!partial.in_payload) {
      partial.head[partial.head_size++] = bytes.front();
      bytes.remove_prefix(1);
      if (partial.head_size < 2 || partial.head_size < head_bytes(byte_of(partial.head[1]))) continue;
      if (const auto broken = begin_payload(partial)) return broken;
    }
    const bool control = (byte_of(partial.head[0]) & kControlBit) != 0;
    std::string& into = control ? partial.control : partial.message;
    const std::size_t count =
        static_cast<std::size_t>(std::min<std::uint64_t>(partial.payload_left, bytes.size()));
    const char* const mask = partial.head.data() + partial.head_size - kMaskBytes;
    for (std::size_t i = 0; i < count; ++i)
      into.push_back(static_cast<char>(bytes[i] ^ mask[partial.mask_at++ % kMaskBytes]));
    bytes.remove_prefix(count);
    partial.payload_left -= count;
    if (partial.payload_left > 0) break;
    if (const auto broken = end_frame(partial, frames)) return broken;
  }
  return std::nullopt;
}

std::optional<std::uint16_t> FrameReader::begin_payload(Partial& partial) const {
  const std::uint8_t first = byte_of(partial.head[0]);
  const std::uint8_t second = byte_of(partial.head[1]);
  const std::uint8_t opcode = first & kOpcodeBits;
  const bool control = (opcode & kControlBit) != 0;
  if ((first & kReserved) != 0 || !is_known(opcode) || (second & kMasked) == 0) return kCloseProtocolError;

  std::uint64_t length = second & kLengthBits;
  if (const std::size_t bytes = length_bytes(second & kLengthBits); bytes > 0) {
    length = 0;
    for (std::size_t i = 0; i < bytes; ++i)
      length = length << 8 | byte_of(partial.head[2 + i]);
    const bool shortest = bytes == 2 ? length >= kLength16 : length > 0xFFFF;
    if (!shortest || (length >> 63) != 0) return kCloseProtocolError;
  }
  if (control) {
    if ((first & kFinal) == 0 || length > kControlPayloadMax) return kCloseProtocolError;
  } else {
    if (partial.in_message != (opcode == static_cast<std::uint8_t>(Opcode::kContinuation)))
      return kCloseProtocolError;
    if (!partial.in_message) partial.message_opcode = static_cast<Opcode>(opcode);
    if (length > message_bytes_max_ - partial.message.size()) return kCloseTooBig;
  }
  partial.in_payload = true;
  partial.payload_left = length;
  partial.mask_at = 0;
  return std::nullopt;
}

std::optional<std::uint16_t> FrameReader::end_frame(Partial& partial, std::vector<ClientFrame>& frames) {
  const std::uint8_t first = byte_of(partial.head[0]);
  const auto opcode = static_cast<Opcode>(first & kOpcodeBits);
  partial.in_payload = false;
  partial.head_size = 0;
  if ((first & kControlBit) == 0) {
    partial.in_message = (first & kFinal) == 0;
    if (partial.in_message) return std::nullopt;
    if (partial.message_opcode == Opcode::kText && !is_utf8(partial.message)) return kCloseInvalidText;
    frames.push_back({partial.message_opcode, std::move(partial.message), 0});
    partial_.reset();
    return std::nullopt;
  }
  ClientFrame frame{opcode, std::move(partial.control), 0};
  partial.control.clear();
  if (opcode == Opcode::kClose) {
    closed_ = true;
    frame.close_code = kCloseNoStatus;
    if (frame.payload.size() == 1) return kCloseProtocolError;
    if (frame.payload.size() >= 2) {
      frame.close_code =
          static_cast<std::uint16_t>(byte_of(frame.payload[0]) << 8 | byte_of(frame.payload[1]));
      frame.payload.erase(0, 2);
      if (!may_be_sent(frame.close_code)) return kCloseProtocolError;
      if (!is_utf8(frame.payload)) return kCloseInvalidText;
    }
  }
  frames.push_back(std::move(frame));
  if (!partial.in_message) partial_.reset();
  return std::nullopt;
}

}  // namespace gjallar::edges::websocket
