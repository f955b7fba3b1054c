#include "bench/support/load_client.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <thread>

namespace gjallar::bench {
namespace {

constexpr int kWaitMs = 30'000;

void write_all(int socket, const std::string& bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t written = ::send(socket, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
    if (written <= 0) throw std::runtime_error("the server closed a connection");
    at += static_cast<std::size_t>(written);
  }
}

void read_until(int socket, const std::string& until) {
  std::string got;
  std::array<char, 8192> buffer{};
  while (got.find(until) == std::string::npos) {
    const ssize_t count = ::recv(socket, buffer.data(), buffer.size(), 0);
    if (count <= 0) throw std::runtime_error("the server closed a connection: " + got.substr(0, 200));
    got.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace

LoadClient::~LoadClient() {
  for (const int socket : sockets_)
    ::close(socket);
  if (epoll_ >= 0) ::close(epoll_);
}

void LoadClient::connect(int port, int count, const std::function<std::string(int)>& greeting,
                         const std::string& until) {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (int i = 0; i < count; ++i) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0 || ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("can't connect");
    }
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockets_.push_back(socket);
    write_all(socket, greeting(i));
    if (!until.empty()) read_until(socket, until);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = static_cast<std::uint32_t>(i);
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event);
  }
}

void LoadClient::drain() {
  std::array<epoll_event, 512> events{};
  std::array<char, 65536> buffer{};
  for (int ready = 1; ready > 0;) {
    ready = ::epoll_wait(epoll_, events.data(), events.size(), 0);
    for (int i = 0; i < ready; ++i) {
      (void)::recv(sockets_[events[static_cast<std::size_t>(i)].data.u32], buffer.data(), buffer.size(),
                   MSG_DONTWAIT);
    }
  }
}

std::vector<double> LoadClient::receipts(const std::string& mark, const std::function<void()>& publish) {
  drain();
  std::vector<double> seconds(sockets_.size(), -1);
  std::vector<std::string> partial(sockets_.size());
  std::size_t missing = sockets_.size();
  std::array<epoll_event, 512> events{};
  std::array<char, 65536> buffer{};
  const auto start = Clock::now();
  std::thread publisher(publish);
  while (missing > 0) {
    const int ready = ::epoll_wait(epoll_, events.data(), events.size(), kWaitMs);
    if (ready <= 0) {
      publisher.join();
      throw std::runtime_error(std::to_string(missing) + " sockets got nothing");
    }
    for (int i = 0; i < ready; ++i) {
      const std::size_t index = events[static_cast<std::size_t>(i)].data.u32;
      const ssize_t count = ::recv(sockets_[index], buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (count == 0) {
        publisher.join();
        throw std::runtime_error("the server closed a connection");
      }
      if (count < 0 || seconds[index] >= 0) continue;
      partial[index].append(buffer.data(), static_cast<std::size_t>(count));
      if (partial[index].find(mark) == std::string::npos) continue;
      seconds[index] = seconds_since(start);
      --missing;
    }
  }
  publisher.join();
  return seconds;
}

}  // namespace gjallar::bench
