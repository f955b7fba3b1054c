#include "broker/edges/websocket/handshake.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>

namespace gjallar::edges::websocket {
namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// Base64 of 16 bytes.
constexpr std::size_t kKeySize = 24;

bool is_key(std::string_view key) {
  if (key.size() != kKeySize || key.substr(kKeySize - 2) != "==") return false;
  std::array<unsigned char, kKeySize> bytes{};
  return EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(key.data()), kKeySize) == 18;
}

std::string accept_of(std::string_view key) {
  const std::string text = std::string(key).append(kGuid);
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::array<unsigned char, 4 * ((SHA_DIGEST_LENGTH + 2) / 3) + 1> base64{};
  const int size = EVP_EncodeBlock(base64.data(), digest.data(), SHA_DIGEST_LENGTH);
  return {reinterpret_cast<const char*>(base64.data()), static_cast<std::size_t>(size)};
}

}  // namespace

core::Result<std::string> upgrade_response(std::string_view key, std::string_view version,
                                           std::string_view subprotocol) {
  if (version != "13") {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "Sec-WebSocket-Version",
                            "This version of WebSocket isn't spoken here.", "Use version 13 (RFC 6455).");
  }
  if (!is_key(key)) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "Sec-WebSocket-Key",
                            "The key isn't 16 bytes in base64.", "Send a fresh random key (RFC 6455, 4.1).");
  }
  return fmt::format(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: {}\r\n{}{}{}\r\n",
      accept_of(key), subprotocol.empty() ? "" : "Sec-WebSocket-Protocol: ", subprotocol,
      subprotocol.empty() ? "" : "\r\n");
}

}  // namespace gjallar::edges::websocket
