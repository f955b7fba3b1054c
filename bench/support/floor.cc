#include "bench/support/floor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <stdexcept>

namespace gjallar::bench {
namespace {

int listen_on(int port) {
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
  return listener;
}

void send_frame(int socket, const std::string& frame) {
  for (std::size_t at = 0; at < frame.size();) {
    const ssize_t sent = ::send(socket, frame.data() + at, frame.size() - at, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      at += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN) {
      pollfd writable{socket, POLLOUT, 0};
      ::poll(&writable, 1, -1);
    } else {
      return;
    }
  }
}

}  // namespace

void run_floor(int port, const char* file, std::size_t bytes) {
  const int listener = listen_on(port);
  const int log = ::open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = listener;
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  std::vector<int> readers;
  std::array<epoll_event, 64> events{};
  std::array<char, 65536> buffer{};
  std::string waiting;
  std::string frame(bytes, 'x');
  for (;;) {
    const int ready = ::epoll_wait(epoll, events.data(), events.size(), -1);
    for (int i = 0; i < ready; ++i) {
      const int socket = events[static_cast<std::size_t>(i)].data.fd;
      if (socket == listener) {
        const int accepted = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (accepted < 0) std::_Exit(1);
        const int on = 1;
        ::setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        event.data.fd = accepted;
        ::epoll_ctl(epoll, EPOLL_CTL_ADD, accepted, &event);
        readers.push_back(accepted);
        continue;
      }
      const ssize_t count = ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (count <= 0) {
        ::close(socket);
        readers.erase(std::remove(readers.begin(), readers.end(), socket), readers.end());
        continue;
      }
      waiting.append(buffer.data(), static_cast<std::size_t>(count));
      for (std::size_t end; (end = waiting.find('\n')) != std::string::npos; waiting.erase(0, end + 1)) {
        if (end < bytes) frame.replace(bytes - end, end, waiting, 0, end);
        if (::write(log, frame.data(), frame.size()) < 0 || ::fdatasync(log) != 0) std::_Exit(1);
        for (const int reader : readers) {
          if (reader != socket) send_frame(reader, frame);
        }
      }
    }
  }
}

FloorProcess::FloorProcess(const std::filesystem::path& folder, std::size_t bytes)
    : port_(free_port()),
      child_({this_program(), "--floor", std::to_string(port_), (folder / "floor.log").string(),
              std::to_string(bytes)},
             folder / "floor.out") {
  wait_for_port(port_, child_);
  control_ = connect_to(port_);
}

FloorProcess::~FloorProcess() {
  ::close(control_);
}

void FloorProcess::publish(const std::vector<std::string>& marks) {
  std::string lines;
  for (const std::string& mark : marks)
    lines += mark + "\n";
  write_all(control_, lines);
}

}  // namespace gjallar::bench
