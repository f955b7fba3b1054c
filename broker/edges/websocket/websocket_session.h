#pragma once

#include <memory>

#include "broker/edges/http/push_session.h"
#include "broker/edges/websocket/subprotocol.h"

namespace gjallar::edges::websocket {

/// A session over a WebSocket (RFC 6455), in the framing of the offer. Made for http::PlainStream and
/// http::TlsStream.
template <typename Stream>
[[nodiscard]] std::shared_ptr<http::StreamSession<Stream>> make_websocket_session(
    std::shared_ptr<http::EdgeContext> context, std::size_t shard, const Offer& offer);

}  // namespace gjallar::edges::websocket
