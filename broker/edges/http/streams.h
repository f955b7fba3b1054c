#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "broker/edges/http/tls_stream.h"

namespace gjallar::edges::http {

using PlainStream = boost::asio::ip::tcp::socket;
using WireRequest = boost::beast::http::request<boost::beast::http::string_body>;

}  // namespace gjallar::edges::http
