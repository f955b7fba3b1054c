#pragma once

#include <cstdint>
#include <string_view>

#include "gjallar/v1/delivery.pb.h"

namespace gjallar::edges::websocket {

/// The numbers with which a broker closes a WebSocket (RFC 6455, 7.4). Part of the contract: never reuse one.
/// The goodbye frame before it says the same, with a time to wait.
enum class CloseCode : std::uint16_t {
  kDraining = 1001,            ///< the broker is stopping; reconnect
  kSlow = 4000,                ///< the client read too slowly; reconnect
  kServiceDisabled = 4001,     ///< don't reconnect
  kCredentialsRevoked = 4002,  ///< don't reconnect with these
  kProtocolError = 4003,       ///< don't reconnect before the client is mended
  kInternal = 4004,            ///< the broker can't go on; reconnect later
};

[[nodiscard]] constexpr CloseCode close_code_of(gjallar::v1::GoodbyeReason reason) noexcept {
  switch (reason) {
    case gjallar::v1::GOODBYE_REASON_DRAINING:
      return CloseCode::kDraining;
    case gjallar::v1::GOODBYE_REASON_SLOW:
      return CloseCode::kSlow;
    case gjallar::v1::GOODBYE_REASON_SERVICE_DISABLED:
      return CloseCode::kServiceDisabled;
    case gjallar::v1::GOODBYE_REASON_CREDENTIALS_REVOKED:
      return CloseCode::kCredentialsRevoked;
    case gjallar::v1::GOODBYE_REASON_PROTOCOL_ERROR:
      return CloseCode::kProtocolError;
    default:
      return CloseCode::kInternal;
  }
}

/// The close frame's reason, for people who look at the wire.
[[nodiscard]] constexpr std::string_view close_text(CloseCode code) noexcept {
  switch (code) {
    case CloseCode::kDraining:
      return "draining";
    case CloseCode::kSlow:
      return "slow";
    case CloseCode::kServiceDisabled:
      return "service disabled";
    case CloseCode::kCredentialsRevoked:
      return "credentials revoked";
    case CloseCode::kProtocolError:
      return "protocol error";
    case CloseCode::kInternal:
      return "internal";
  }
  return "internal";
}

}  // namespace gjallar::edges::websocket
