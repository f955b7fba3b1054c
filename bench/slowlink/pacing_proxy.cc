#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <stdexcept>
#include <string>

#include "bench/slowlink/link.h"
#include "bench/support/child.h"
#include "bench/support/measure.h"

namespace gjallar::bench {
namespace {

constexpr int kProxyBufferBytes = 64 * 1024;
constexpr std::size_t kPieceBytes = 1'448;  // a packet's

void bound_buffer(int socket, int which) {
  ::setsockopt(socket, SOL_SOCKET, which, &kProxyBufferBytes, sizeof kProxyBufferBytes);
}

}  // namespace

PacingProxy::PacingProxy(int target) : target_(target), port_(free_port()) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bound_buffer(listener_, SO_SNDBUF);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port_));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_, 64) != 0) {
    throw std::runtime_error("the proxy can't listen");
  }
  acceptor_ = std::thread([this] { accept_all(); });
}

PacingProxy::~PacingProxy() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    for (const int socket : sockets_)
      ::shutdown(socket, SHUT_RDWR);
  }
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (std::thread& thread : threads_)
    thread.join();
  for (const int socket : sockets_)
    ::close(socket);
  ::close(listener_);
}

void PacingProxy::accept_all() {
  for (;;) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    const int server = try_connect(target_);
    const std::lock_guard lock(mutex_);
    if (closing_ || server < 0) {
      ::close(client);
      if (server >= 0) ::close(server);
      if (closing_) return;
      continue;
    }
    bound_buffer(server, SO_RCVBUF);
    sockets_.insert(sockets_.end(), {client, server});
    threads_.emplace_back([this, client, server] { pass(client, server, false); });
    threads_.emplace_back([this, client, server] { pass(server, client, true); });
  }
}

void PacingProxy::pass(int from, int to, bool paced) {
  std::array<char, kPieceBytes> buffer{};
  auto free_at = Clock::now();
  for (;;) {
    const ssize_t count = ::recv(from, buffer.data(), buffer.size(), 0);
    if (count <= 0) break;
    try {
      write_all(to, std::string(buffer.data(), static_cast<std::size_t>(count)));
    } catch (const std::exception&) {
      break;
    }
    if (!paced) continue;
    // The link is busy for as long as these bytes take.
    free_at = std::max(free_at, Clock::now()) +
              std::chrono::nanoseconds(std::int64_t{1'000'000'000} * count / kLinkBytesPerSecond);
    std::this_thread::sleep_until(free_at);
  }
  ::shutdown(from, SHUT_RDWR);
  ::shutdown(to, SHUT_RDWR);
}

}  // namespace gjallar::bench
