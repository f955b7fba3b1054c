#include "broker/edges/http/tls_stream.h"

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

namespace gjallar::edges::http {

TEST_CASE("a TLS connection works on its socket itself, and keeps no buffers while it is silent") {
  boost::asio::io_context context;
  boost::asio::ssl::context tls(boost::asio::ssl::context::tls_server);
  boost::asio::ip::tcp::socket socket(context, boost::asio::ip::tcp::v4());
  const int descriptor = socket.native_handle();
  TlsStream stream(std::move(socket), tls);
  const TlsPtr state = stream.release();
  CHECK(SSL_get_fd(state.get()) == descriptor);
  CHECK((SSL_get_mode(state.get()) & SSL_MODE_RELEASE_BUFFERS) != 0);
}

}  // namespace gjallar::edges::http
