#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "broker/edges/http/edge_context.h"

namespace gjallar::edges::http {

/// Serves one accepted socket until it ends or becomes a session: TLS handshake if there is `tls` (nullptr:
/// plain; needed during the call alone), then request after request. The socket belongs to the shard's
/// io_context; call on the shard's thread. `place`: of the connection among those of its address.
void serve(std::shared_ptr<EdgeContext> context, boost::asio::ssl::context* tls, std::size_t shard,
           boost::asio::ip::tcp::socket socket, AddressLimits::Place place);

}  // namespace gjallar::edges::http
