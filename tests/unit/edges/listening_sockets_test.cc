#include "broker/edges/grpc/listening_sockets.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "broker/core/limits.h"

namespace {

using namespace gjallar;

struct LoopbackSocket {
  explicit LoopbackSocket(bool listening) : descriptor(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    if (listening) REQUIRE(::listen(descriptor, 1) == 0);
  }
  ~LoopbackSocket() { ::close(descriptor); }
  LoopbackSocket(const LoopbackSocket&) = delete;
  LoopbackSocket& operator=(const LoopbackSocket&) = delete;
  [[nodiscard]] sockaddr_in address() const {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    REQUIRE(::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    return address;
  }
  [[nodiscard]] int port() const { return ntohs(address().sin_port); }
  int descriptor;
};

int unsent_bytes_max(int descriptor) {
  int value = 0;
  socklen_t size = sizeof value;
  REQUIRE(::getsockopt(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &value, &size) == 0);
  return value;
}

}  // namespace

TEST_CASE(
    "sockets accepted on the port take few bytes that aren't on the wire yet, and others are left alone") {
  const LoopbackSocket ours(true);
  const LoopbackSocket other(true);
  const LoopbackSocket client(false);
  CHECK(edges::limit_unsent_bytes(ours.port()) == 1);
  const sockaddr_in address = ours.address();
  REQUIRE(::connect(client.descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  const int accepted = ::accept(ours.descriptor, nullptr, nullptr);
  REQUIRE(accepted >= 0);
  CHECK(unsent_bytes_max(accepted) == core::limits::kSocketUnsentBytesMax);
  CHECK(unsent_bytes_max(other.descriptor) != core::limits::kSocketUnsentBytesMax);
  ::close(accepted);
  CHECK(edges::limit_unsent_bytes(1) == 0);
}
