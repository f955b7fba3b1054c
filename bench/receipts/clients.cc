#include "bench/receipts/clients.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "bench/support/child.h"
#include "bench/support/measure.h"

namespace gjallar::bench {
namespace {

constexpr double kWaitS = 60;
constexpr int kStepMs = 20;
constexpr std::string_view kBegins = "\"specversion\"";
constexpr std::string_view kSeq = "\"seq\":\"";

int bound_listener(int& port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (listener < 0 || ::bind(listener, generic, size) != 0 || ::listen(listener, 16) != 0 ||
      ::getsockname(listener, generic, &size) != 0)
    throw std::runtime_error("can't listen on loopback");
  port = ntohs(address.sin_port);
  return listener;
}

/// A text frame of a client: masked, as RFC 6455 wants it, by zeros.
std::string masked_frame(const std::string& text) {
  std::string frame = "\x81";
  frame.push_back(static_cast<char>(0x80 | text.size()));  // fewer than 126
  frame.append(4, '\0');
  return frame + text;
}

}  // namespace

Clients::Clients() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), listener_(bound_listener(port_)) {}

Clients::~Clients() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
  for (const Client& client : clients_)
    ::close(client.socket);
  ::close(listener_);
  ::close(epoll_);
}

int Clients::add() {
  Client client;
  client.socket = connect_to(port_);
  const int server = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (server < 0) throw std::runtime_error("a connection on loopback failed");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = clients_.size();
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, client.socket, &event);
  clients_.push_back(std::move(client));
  return server;
}

void Clients::expect(const std::string& mark, bool acknowledge) {
  const std::lock_guard lock(mutex_);
  mark_ = mark;
  acknowledging_ = acknowledge;
  for (Client& client : clients_)
    client.has_it = false;
  missing_ = clients_.size();
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
}

void Clients::wait() {
  const auto start = Clock::now();
  while (missing_ > 0) {
    if (seconds_since(start) > kWaitS)
      throw std::runtime_error(fmt::format("{} clients got nothing", missing_.load()));
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void Clients::run() {
  std::array<epoll_event, 256> events{};
  while (!stopping_) {
    const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), kStepMs);
    const std::lock_guard lock(mutex_);
    for (int i = 0; i < ready; ++i)
      read(clients_[events[static_cast<std::size_t>(i)].data.u64]);
  }
}

void Clients::read(Client& client) {
  thread_local std::array<char, 65536> buffer;
  const ssize_t count = ::recv(client.socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (count <= 0) {
    if (count == 0 || errno != EAGAIN) ::epoll_ctl(epoll_, EPOLL_CTL_DEL, client.socket, nullptr);
    return;
  }
  client.bytes.append(buffer.data(), static_cast<std::size_t>(count));
  if (client.has_it || client.bytes.find(mark_) == std::string::npos) return;
  client.has_it = true;
  if (acknowledging_) acknowledge(client);
  client.bytes.clear();
  --missing_;
}

void Clients::acknowledge(const Client& client) const {
  const std::size_t at = client.bytes.find(kSeq, client.bytes.rfind(kBegins));
  if (at == std::string::npos) throw std::runtime_error("an event came without its seq");
  const std::size_t from = at + kSeq.size();
  const std::string seq = client.bytes.substr(from, client.bytes.find('"', from) - from);
  write_all(client.socket,
            masked_frame(fmt::format(R"({{"type":"gjallar.v1.received","data":{{"upToSeq":"{}"}}}})", seq)));
}

}  // namespace gjallar::bench
