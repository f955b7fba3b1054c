#include "broker/edges/http/session_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "broker/core/limits.h"

namespace gjallar::edges::http {
namespace {

/// The largest TLS record.
constexpr std::size_t kRecordBytes = std::size_t{16} * 1024;
/// Pieces of one system call (IOV_MAX).
constexpr std::size_t kPiecesMax = 1024;

bool would_block() noexcept {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

void set_option(int descriptor, int level, int name, int value) noexcept {
  (void)::setsockopt(descriptor, level, name, &value, sizeof value);
}

}  // namespace

SessionSocket::SessionSocket(SessionSocket&& other) noexcept
    : tls_(std::move(other.tls_)),
      place_(std::move(other.place_)),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

SessionSocket& SessionSocket::operator=(SessionSocket&& other) noexcept {
  if (this == &other) return *this;
  close();
  descriptor_ = std::exchange(other.descriptor_, -1);
  tls_ = std::move(other.tls_);
  place_ = std::move(other.place_);
  return *this;
}

void SessionSocket::tune() noexcept {
  const auto patience = std::chrono::milliseconds(core::limits::kPeerSilenceMax);
  set_option(descriptor_, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(descriptor_, IPPROTO_TCP, TCP_NOTSENT_LOWAT, core::limits::kSocketUnsentBytesMax);
  set_option(descriptor_, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(patience.count()));
}

SessionSocket::Taken SessionSocket::write(const iovec* pieces, std::size_t count) noexcept {
  if (tls_) return write_tls(pieces, count);
  Taken taken;
  while (count > 0) {
    const std::size_t now = std::min(count, kPiecesMax);
    std::size_t wanted = 0;
    for (std::size_t i = 0; i < now; ++i)
      wanted += pieces[i].iov_len;
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces);
    message.msg_iovlen = now;
    const ssize_t sent = ::sendmsg(descriptor_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      taken.gone = !would_block();
      return taken;
    }
    taken.bytes += static_cast<std::size_t>(sent);
    if (static_cast<std::size_t>(sent) < wanted) return taken;
    pieces += now;
    count -= now;
  }
  return taken;
}

SessionSocket::Taken SessionSocket::write_tls(const iovec* pieces, std::size_t count) noexcept {
  thread_local std::array<char, kRecordBytes> record;
  Taken taken;
  std::size_t piece = 0;
  std::size_t offset = 0;  // in the piece
  while (piece < count) {
    std::size_t size = 0;
    std::size_t next = piece;
    std::size_t next_offset = offset;
    while (next < count && size < record.size()) {
      const std::size_t some = std::min(pieces[next].iov_len - next_offset, record.size() - size);
      std::memcpy(record.data() + size, static_cast<const char*>(pieces[next].iov_base) + next_offset, some);
      size += some;
      next_offset += some;
      if (next_offset == pieces[next].iov_len) {
        ++next;
        next_offset = 0;
      }
    }
    if (size == 0) break;
    ERR_clear_error();
    const int sent = SSL_write(tls_.get(), record.data(), static_cast<int>(size));
    if (sent <= 0) {
      const int error = SSL_get_error(tls_.get(), sent);
      taken.gone = error != SSL_ERROR_WANT_WRITE && error != SSL_ERROR_WANT_READ;
      return taken;
    }
    taken.bytes += static_cast<std::size_t>(sent);
    if (static_cast<std::size_t>(sent) < size) {  // one record went out in part: the rest begins within it
      std::size_t skip = static_cast<std::size_t>(sent);
      while (skip > 0) {
        const std::size_t left = pieces[piece].iov_len - offset;
        const std::size_t some = std::min(left, skip);
        offset += some;
        skip -= some;
        if (offset == pieces[piece].iov_len) {
          ++piece;
          offset = 0;
        }
      }
      continue;
    }
    piece = next;
    offset = next_offset;
  }
  return taken;
}

SessionSocket::Taken SessionSocket::read(char* into, std::size_t size) noexcept {
  Taken taken;
  if (tls_) {
    ERR_clear_error();
    const int got = SSL_read(tls_.get(), into, static_cast<int>(size));
    if (got > 0) {
      taken.bytes = static_cast<std::size_t>(got);
    } else {
      const int error = SSL_get_error(tls_.get(), got);
      taken.gone = error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
    }
    return taken;
  }
  const ssize_t got = ::recv(descriptor_, into, size, MSG_DONTWAIT);
  if (got > 0) {
    taken.bytes = static_cast<std::size_t>(got);
  } else {
    taken.gone = got == 0 || !would_block();
  }
  return taken;
}

void SessionSocket::shutdown_send() noexcept {
  if (tls_) {
    ERR_clear_error();
    (void)SSL_shutdown(tls_.get());
  }
  (void)::shutdown(descriptor_, SHUT_WR);
}

void SessionSocket::close() noexcept {
  tls_.reset();
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
  place_.leave();
}

}  // namespace gjallar::edges::http
