#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "broker/core/error.h"
#include "broker/edges/http/edge_context.h"

namespace gjallar::edges::http {

/// Tells a plain connection, whatever it asks for, why it isn't served, and closes it: at most
/// limits::kRefusalsAtOnce at a time, and without a word beyond. On the shard's thread.
void refuse_connection(std::shared_ptr<EdgeContext> context, std::size_t shard,
                       boost::asio::ip::tcp::socket socket, const core::Error& error);

}  // namespace gjallar::edges::http
