#pragma once

#include <string_view>
#include <variant>
#include <vector>

#include "broker/core/result.h"
#include "gjallar/v1/delivery.pb.h"

namespace gjallar::edges::websocket {

/// What a client says on a session.
using ClientMessage = std::variant<gjallar::v1::Received, gjallar::v1::Acknowledged>;

/// Reads one text message: a CloudEvents object of type gjallar.v1.received or gjallar.v1.acknowledged, or an
/// array of them. `id`, `source` and `specversion` may be missing and unknown fields of `data` are ignored.
/// INVALID_ARGUMENT for anything else. Pure.
[[nodiscard]] core::Result<std::vector<ClientMessage>> parse_client_message(std::string_view text);

}  // namespace gjallar::edges::websocket
