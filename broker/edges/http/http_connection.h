#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "broker/edges/http/edge_context.h"

namespace gjallar::edges::http {

/// Serves one accepted socket until it ends or becomes a session: TLS handshake if the edge has a
/// certificate, then request after request. The socket belongs to the shard's io_context; call on the shard's
/// thread.
void serve(std::shared_ptr<EdgeContext> context, std::size_t shard, boost::asio::ip::tcp::socket socket);

}  // namespace gjallar::edges::http
