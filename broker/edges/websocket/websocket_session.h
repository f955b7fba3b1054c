#pragma once

#include <memory>

#include "broker/edges/http/push_session.h"
#include "broker/edges/websocket/subprotocol.h"

namespace gjallar::edges::websocket {

/// A session over a WebSocket (RFC 6455) after its upgrade, in the framing of the offer.
[[nodiscard]] core::Owned<http::PushSession> make_websocket_session(http::EdgeContext& context,
                                                                    std::size_t shard, Framing framing);

}  // namespace gjallar::edges::websocket
