#include "broker/edges/http/tls_stream.h"

#include <openssl/err.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <cerrno>
#include <new>

namespace gjallar::edges::http {

using boost::system::error_code;

TlsStream::TlsStream(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context& context)
    : socket_(std::move(socket)), tls_(SSL_new(context.native_handle())) {
  if (!tls_) throw std::bad_alloc();
  error_code ignored;  // what fails here fails in the handshake
  socket_.non_blocking(true, ignored);
  SSL_set_mode(tls_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                               SSL_MODE_RELEASE_BUFFERS);
  SSL_set_fd(tls_.get(), socket_.native_handle());
  SSL_set_accept_state(tls_.get());
}

TlsStream::Outcome TlsStream::outcome_of(int result) const {
  Outcome outcome;
  if (result > 0) {
    outcome.size = static_cast<std::size_t>(result);
    return outcome;
  }
  const int system = errno;
  switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      outcome.next = Outcome::Next::kRead;
      break;
    case SSL_ERROR_WANT_WRITE:
      outcome.next = Outcome::Next::kWrite;
      break;
    case SSL_ERROR_ZERO_RETURN:
      outcome.failed = boost::asio::error::eof;
      break;
    case SSL_ERROR_SYSCALL:
      outcome.failed = system == 0 ? error_code(boost::asio::ssl::error::stream_truncated)
                                   : error_code(system, boost::system::system_category());
      break;
    default:
      outcome.failed = error_code(static_cast<int>(ERR_get_error()), boost::asio::error::get_ssl_category());
      if (!outcome.failed) outcome.failed = boost::asio::ssl::error::unspecified_system_error;
      break;
  }
  ERR_clear_error();
  return outcome;
}

}  // namespace gjallar::edges::http
