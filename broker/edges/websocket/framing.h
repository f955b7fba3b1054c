#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// RFC 6455 frames as a server sees them, after the upgrade. Pure; no extension is ever negotiated.
namespace gjallar::edges::websocket {

enum class Opcode : std::uint8_t {
  kContinuation = 0x0,
  kText = 0x1,
  kBinary = 0x2,
  kClose = 0x8,
  kPing = 0x9,
  kPong = 0xA,
};

/// Codes with which a connection that breaks RFC 6455 is closed (7.4.1).
inline constexpr std::uint16_t kCloseNormal = 1000;
inline constexpr std::uint16_t kCloseProtocolError = 1002;
inline constexpr std::uint16_t kCloseNoStatus = 1005;  ///< never on the wire: a close without a code
inline constexpr std::uint16_t kCloseInvalidText = 1007;
inline constexpr std::uint16_t kCloseTooBig = 1009;

/// Bytes of a control frame's payload.
inline constexpr std::size_t kControlPayloadMax = 125;

/// What precedes the payload of a frame from the server: final, unmasked.
class FrameHead {
 public:
  FrameHead(Opcode opcode, std::uint64_t payload_bytes) noexcept;
  [[nodiscard]] std::string_view view() const noexcept { return {bytes_.data(), size_}; }

 private:
  std::array<char, 10> bytes_{};
  std::uint8_t size_ = 0;
};

/// A whole control frame: head and payload. A payload beyond 125 bytes is cut.
[[nodiscard]] std::string control_frame(Opcode opcode, std::string_view payload);
/// A whole close frame.
[[nodiscard]] std::string close_frame(std::uint16_t code, std::string_view reason);

/// One thing that a client said: a whole message, or a control frame.
struct ClientFrame {
  Opcode opcode = Opcode::kText;  ///< kText, kBinary, kPing, kPong or kClose
  std::string payload;            ///< of a close frame: the reason
  std::uint16_t close_code = 0;   ///< of a close frame; kCloseNoStatus if it gave none
};

/// Takes a client's bytes apart, in pieces of any size. Holds memory only in the middle of a frame or
/// message.
class FrameReader {
 public:
  /// A message of more bytes is refused with kCloseTooBig.
  explicit FrameReader(std::uint32_t message_bytes_max) noexcept
      : message_bytes_max_(message_bytes_max), closed_(false) {}

  /// Appends to `frames` what became whole. Returns the code to close with if the bytes break the protocol;
  /// what came whole before them is in `frames`, and nothing may be read after it. Nothing is read after a
  /// close frame either.
  [[nodiscard]] std::optional<std::uint16_t> take(std::string_view bytes, std::vector<ClientFrame>& frames);

 private:
  struct Partial {
    std::array<char, 14> head{};
    std::size_t head_size = 0;
    bool in_payload = false;
    bool in_message = false;  ///< a data message has begun and isn't whole
    Opcode message_opcode = Opcode::kText;
    std::uint64_t payload_left = 0;
    std::size_t mask_at = 0;
    std::string control;
    std::string message;
  };
  [[nodiscard]] std::optional<std::uint16_t> begin_payload(Partial& partial) const;
  [[nodiscard]] std::optional<std::uint16_t> end_frame(Partial& partial, std::vector<ClientFrame>& frames);

  std::unique_ptr<Partial> partial_;
  const std::uint32_t message_bytes_max_ : 31;
  bool closed_ : 1;
};

}  // namespace gjallar::edges::websocket
