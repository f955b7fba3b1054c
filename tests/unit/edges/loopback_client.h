// A client's end of a connection, with no more to it than tests of limits need.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace gjallar::testing {

inline constexpr std::chrono::seconds kHeardWithin{60};

/// Owns a connected socket. Test's thread.
class LoopbackClient {
 public:
  /// Connects to a port of 127.0.0.1, from a loopback address.
  explicit LoopbackClient(int port, const char* from = "127.0.0.1")
      : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    REQUIRE(::inet_pton(AF_INET, from, &address.sin_addr) == 1);
    REQUIRE(::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    REQUIRE(::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  /// A pair of sockets; `other` is the far end's descriptor, for somebody to own.
  static LoopbackClient paired(int& other) {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    other = ends[1];
    return LoopbackClient(Adopted{ends[0]});
  }
  ~LoopbackClient() { close(); }
  LoopbackClient(LoopbackClient&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)), heard_(std::move(other.heard_)) {}
  LoopbackClient(const LoopbackClient&) = delete;
  LoopbackClient& operator=(const LoopbackClient&) = delete;

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  void close() noexcept {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }
  void say(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      REQUIRE(sent > 0);
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  /// Reads what comes next. False: nothing comes in time, or the end does.
  [[nodiscard]] bool listens(std::chrono::milliseconds within) { return read_some(within) == Read::kBytes; }
  /// Reads until this was heard, and forgets all up to it. False: the end came first, or nothing did in time.
  [[nodiscard]] bool hears(std::string_view text, std::chrono::milliseconds within = kHeardWithin) {
    while (true) {
      const std::size_t at = heard_.find(text);
      if (at != std::string::npos) heard_.erase(0, at + text.size());
      if (at != std::string::npos) return true;
      if (read_some(within) != Read::kBytes) return false;
    }
  }
  /// Reads until the end. False: it doesn't come in time.
  [[nodiscard]] bool ends(std::chrono::milliseconds within = kHeardWithin) {
    Read read = Read::kBytes;
    while (read == Read::kBytes)
      read = read_some(within);
    return read == Read::kEnd;
  }
  /// What was heard and not yet forgotten.
  [[nodiscard]] const std::string& heard() const noexcept { return heard_; }

 private:
  enum class Read { kBytes, kEnd, kNothing };
  struct Adopted {
    int descriptor;
  };
  explicit LoopbackClient(Adopted adopted) noexcept : descriptor_(adopted.descriptor) {}

  Read read_some(std::chrono::milliseconds within) {
    pollfd wanted{descriptor_, POLLIN, 0};
    if (::poll(&wanted, 1, static_cast<int>(within.count())) != 1) return Read::kNothing;
    std::array<char, 16'384> bytes{};
    const ssize_t got = ::recv(descriptor_, bytes.data(), bytes.size(), 0);
    if (got <= 0) return Read::kEnd;
    heard_.append(bytes.data(), static_cast<std::size_t>(got));
    return Read::kBytes;
  }

  int descriptor_;
  std::string heard_;
};

}  // namespace gjallar::testing
