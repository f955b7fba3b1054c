#pragma once

#include <string>
#include <string_view>

#include "broker/core/result.h"

namespace gjallar::edges::websocket {

/// The server's half of the opening handshake (RFC 6455, 4.2.2): the whole response to a request whose
/// headers ask for an upgrade. `key`: Sec-WebSocket-Key; `version`: Sec-WebSocket-Version; `subprotocol`: the
/// one chosen, may be empty. INVALID_ARGUMENT names the header that is wrong. Pure.
[[nodiscard]] core::Result<std::string> upgrade_response(std::string_view key, std::string_view version,
                                                         std::string_view subprotocol);

}  // namespace gjallar::edges::websocket
