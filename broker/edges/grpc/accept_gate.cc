#include "broker/edges/grpc/accept_gate.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>

#include "broker/core/limits.h"
#include "broker/core/token_bucket.h"
#include "broker/edges/address_limits.h"
#include "broker/operations/configuration.h"

namespace gjallar::edges {

/// A file descriptor that is closed with it.
class OwnDescriptor {
 public:
  OwnDescriptor() = default;
  explicit OwnDescriptor(int number) noexcept : number_(number) {}
  OwnDescriptor(OwnDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  OwnDescriptor& operator=(OwnDescriptor&& other) noexcept {
    if (this != &other) close();
    if (this != &other) number_ = std::exchange(other.number_, -1);
    return *this;
  }
  ~OwnDescriptor() { close(); }
  [[nodiscard]] int number() const noexcept { return number_; }
  [[nodiscard]] bool open() const noexcept { return number_ >= 0; }
  [[nodiscard]] int release() noexcept { return std::exchange(number_, -1); }

 private:
  void close() noexcept {
    if (number_ >= 0) ::close(number_);
  }
  int number_ = -1;
};

namespace {

/// After an accept that failed: the process may be out of files.
constexpr std::chrono::milliseconds kGatePause{100};
constexpr std::size_t kGateBatch = 64;

void set(int descriptor, int level, int name, int value) noexcept {
  (void)::setsockopt(descriptor, level, name, &value, sizeof value);
}

/// Both families by one socket where the host is all of either.
std::optional<sockaddr_storage> socket_address(const std::string& host, int port, bool six) {
  sockaddr_storage storage{};
  if (six) {
    auto& address = reinterpret_cast<sockaddr_in6&>(storage);
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(static_cast<std::uint16_t>(port));
    if (host != "0.0.0.0" && ::inet_pton(AF_INET6, host.c_str(), &address.sin6_addr) != 1)
      return std::nullopt;
  } else {
    auto& address = reinterpret_cast<sockaddr_in&>(storage);
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) return std::nullopt;
  }
  return storage;
}

/// What accepted sockets inherit: small frames leave at once, little waits in the kernel, so that urgent news
/// can overtake, and a peer that acknowledges nothing is given up in time.
void tune(int listener) noexcept {
  const auto patience = std::chrono::milliseconds(core::limits::kPeerSilenceMax);
  set(listener, SOL_SOCKET, SO_REUSEADDR, 1);
  set(listener, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  set(listener, IPPROTO_TCP, TCP_NODELAY, 1);
  set(listener, IPPROTO_TCP, TCP_NOTSENT_LOWAT, core::limits::kSocketUnsentBytesMax);
  set(listener, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(patience.count()));
}

OwnDescriptor listener_on(const std::string& host, int port, bool six) {
  const auto address = socket_address(host, port, six);
  if (!address) return {};
  OwnDescriptor listener(::socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!listener.open()) return {};
  tune(listener.number());
  const socklen_t size = six ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  if (::bind(listener.number(), reinterpret_cast<const sockaddr*>(&*address), size) != 0) return {};
  if (::listen(listener.number(), SOMAXCONN) != 0) return {};
  return listener;
}

int port_of(int descriptor) noexcept {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

/// Without the port; one of version 4 in its own form, however it came.
std::string text_of(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET) {
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text.data(), text.size());
    return text.data();
  }
  const in6_addr& six = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&six)) {
    ::inet_ntop(AF_INET, &six.s6_addr[12], text.data(), text.size());
  } else {
    ::inet_ntop(AF_INET6, &six, text.data(), text.size());
  }
  return text.data();
}

}  // namespace

struct AcceptGate::Impl {
  using RealTime = std::chrono::steady_clock;
  /// What tells of a connection's end, and its place.
  struct Watched {
    OwnDescriptor second;
    AddressLimits::Place place;
  };

  Impl(OwnDescriptor socket, std::size_t most, const core::Clock& of)
      : listener(std::move(socket)),
        port(port_of(listener.number())),
        limited(most > 0),
        addresses(most),
        clock(of),
        handshakes(core::limits::kHandshakesPerSecond, core::limits::kHandshakesAtOnce, of.steady()),
        events(::epoll_create1(EPOLL_CLOEXEC)),
        wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  [[nodiscard]] bool watch(int descriptor, std::uint32_t what, int how = EPOLL_CTL_ADD) const noexcept {
    epoll_event event{};
    event.events = what;
    event.data.fd = descriptor;
    return ::epoll_ctl(events.number(), how, descriptor, &event) == 0;
  }

  void run() {
    std::array<epoll_event, kGateBatch> told{};
    while (true) {
      const int count = ::epoll_wait(events.number(), told.data(), kGateBatch, milliseconds_left());
      if (paused_until && RealTime::now() >= *paused_until) {
        paused_until.reset();
        (void)watch(listener.number(), EPOLLIN, EPOLL_CTL_MOD);
      }
      for (int i = 0; i < count; ++i) {
        const int descriptor = told[static_cast<std::size_t>(i)].data.fd;
        if (descriptor == wake.number()) return;
        if (descriptor != listener.number()) {
          ended(descriptor);
        } else if (!paused_until) {
          accept_one();
        }
      }
    }
  }

  [[nodiscard]] int milliseconds_left() const {
    if (!paused_until) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*paused_until - RealTime::now());
    return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
  }

  void pause(std::chrono::milliseconds time) {
    paused_until = RealTime::now() + time;
    (void)watch(listener.number(), 0, EPOLL_CTL_MOD);
  }

  /// Who comes in a crowd waits in the kernel's queue.
  void accept_one() {
    const auto wait = handshakes.take(clock.steady());
    if (wait.count() > 0) return pause(wait);
    sockaddr_storage remote{};
    socklen_t size = sizeof remote;
    OwnDescriptor connection(::accept4(listener.number(), reinterpret_cast<sockaddr*>(&remote), &size,
                                       SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!connection.open()) {
      if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) pause(kGatePause);
      return;
    }
    if (!limited || admit(connection.number(), text_of(remote))) take(connection.release());
  }

  [[nodiscard]] bool admit(int connection, const std::string& address) {
    auto place = addresses.enter(address);
    if (!place) return false;  // no handshake is made to say no
    Watched watched{OwnDescriptor(::fcntl(connection, F_DUPFD_CLOEXEC, 0)), std::move(*place)};
    const int second = watched.second.number();
    if (!watched.second.open() || !watch(second, EPOLLRDHUP)) return false;
    all_watched.emplace(second, std::move(watched));
    return true;
  }

  void ended(int second) {
    // As long as gRPC hasn't closed its own, the kernel would go on to tell of it.
    ::epoll_ctl(events.number(), EPOLL_CTL_DEL, second, nullptr);
    all_watched.erase(second);
  }

  OwnDescriptor listener;
  const int port;
  const bool limited;
  AddressLimits addresses;
  const core::Clock& clock;
  core::TokenBucket handshakes;
  OwnDescriptor events;
  OwnDescriptor wake;
  Take take;
  std::unordered_map<int, Watched> all_watched;
  std::optional<RealTime::time_point> paused_until;
  std::thread thread;
};

AcceptGate::AcceptGate(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

AcceptGate::~AcceptGate() {
  stop();
}

core::Result<std::unique_ptr<AcceptGate>> AcceptGate::listen(const std::string& address,
                                                             std::size_t connections_per_address,
                                                             const core::Clock& clock) {
  const auto parsed = operations::parse_address(address, "grpc.address");
  if (!parsed) return parsed.error();
  const bool six = parsed->host.find(':') != std::string::npos;
  const bool every = parsed->host == "0.0.0.0";
  OwnDescriptor listener;
  if (six || every) listener = listener_on(parsed->host, parsed->port, true);
  if (!listener.open() && !six) listener = listener_on(parsed->host, parsed->port, false);
  if (!listener.open()) {
    return core::make_error(v1::ERROR_CODE_UNAVAILABLE, "grpc.address",
                            fmt::format("Can't listen on {}: {}.", address, std::strerror(errno)),
                            "Choose another port, or stop what uses it.");
  }
  auto impl = std::make_unique<Impl>(std::move(listener), connections_per_address, clock);
  if (!impl->watch(impl->wake.number(), EPOLLIN) || !impl->watch(impl->listener.number(), EPOLLIN)) {
    return core::make_error(v1::ERROR_CODE_UNAVAILABLE, "grpc.address",
                            "The kernel lets the gRPC edge wait for nothing.",
                            "Raise its limit of open files.");
  }
  return std::unique_ptr<AcceptGate>(new AcceptGate(std::move(impl)));
}

int AcceptGate::port() const noexcept {
  return impl_->port;
}

void AcceptGate::start(Take take) {
  impl_->take = std::move(take);
  impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
}

void AcceptGate::stop() {
  if (impl_->thread.joinable()) {
    const std::uint64_t one = 1;
    (void)!::write(impl_->wake.number(), &one, sizeof one);
    impl_->thread.join();
  }
  impl_->listener = OwnDescriptor();
  impl_->all_watched.clear();
}

std::size_t AcceptGate::count(const std::string& address) const {
  return impl_->addresses.count(address);
}

}  // namespace gjallar::edges
