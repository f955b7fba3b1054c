#include "bench/fanout/floor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <vector>

namespace gjallar::bench {

void run_floor(int port, const char* file, unsigned bytes) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener, 4096) != 0) {
    std::_Exit(1);
  }
  const int log = ::open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = listener;
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  std::vector<int> readers;
  std::array<epoll_event, 64> events{};
  std::array<char, 4096> buffer{};
  for (;;) {
    const int ready = ::epoll_wait(epoll, events.data(), events.size(), -1);
    for (int i = 0; i < ready; ++i) {
      const int socket = events[static_cast<std::size_t>(i)].data.fd;
      if (socket == listener) {
        const int accepted = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        ::setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        event.data.fd = accepted;
        ::epoll_ctl(epoll, EPOLL_CTL_ADD, accepted, &event);
        readers.push_back(accepted);
        continue;
      }
      const ssize_t count = ::recv(socket, buffer.data(), buffer.size(), 0);
      if (count <= 0) {
        ::close(socket);
        readers.erase(std::remove(readers.begin(), readers.end(), socket), readers.end());
        continue;
      }
      const std::string mark(buffer.data(), static_cast<std::size_t>(count));
      const std::string frame = mark + std::string(bytes - std::min<std::size_t>(bytes, mark.size()), 'x');
      if (::write(log, frame.data(), frame.size()) < 0 || ::fdatasync(log) != 0) std::_Exit(1);
      for (const int reader : readers) {
        if (reader != socket) (void)::send(reader, frame.data(), frame.size(), MSG_NOSIGNAL);
      }
    }
  }
}

}  // namespace gjallar::bench
