#include "bench/support/message_pipe.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstring>
#include <stdexcept>

#include "bench/support/child.h"

namespace gjallar::bench {
namespace {

void read_exactly(int socket, char* bytes, std::size_t count) {
  for (std::size_t at = 0; at < count;) {
    const ssize_t got = ::recv(socket, bytes + at, count - at, 0);
    if (got <= 0) throw std::runtime_error("a helper process has ended");
    at += static_cast<std::size_t>(got);
  }
}

}  // namespace

int open_helper_pair(int (&sockets)[2]) {
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
    throw std::runtime_error("no socket pair");
  ::fcntl(sockets[1], F_SETFD, 0);
  return sockets[1];
}

void MessagePipe::send(const std::string& message) {
  const std::uint64_t length = message.size();
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  write_all(socket_, bytes + message);
}

std::string MessagePipe::receive() {
  std::uint64_t length = 0;
  read_exactly(socket_, reinterpret_cast<char*>(&length), sizeof length);
  std::string message(length, '\0');
  read_exactly(socket_, message.data(), message.size());
  return message;
}

}  // namespace gjallar::bench
