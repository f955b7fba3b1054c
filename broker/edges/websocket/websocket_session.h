#pragma once

#include <memory>

#include "broker/edges/http/push_session.h"
#include "broker/edges/websocket/subprotocol.h"

namespace gjallar::edges::websocket {

/// A session over a WebSocket (RFC 6455) after its upgrade, in the framing of the offer.
[[nodiscard]] std::shared_ptr<http::PushSession> make_websocket_session(
    std::shared_ptr<http::EdgeContext> context, std::size_t shard, Framing framing);

}  // namespace gjallar::edges::websocket
