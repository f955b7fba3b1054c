#include "bench/support/stalled_reader.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>

#include "bench/support/child.h"

namespace gjallar::bench {
namespace {

constexpr int kWindowBytes = 4'096;
constexpr int kSegmentBytes = 1'448;
constexpr unsigned kEstablished = 1;  // of /proc/net/tcp

}  // namespace

StalledReader::StalledReader(int port, const std::string& greeting, const std::string& subscribed)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), port_(port) {
  // Both are told to the server as the connection is made.
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &kWindowBytes, sizeof kWindowBytes);
  ::setsockopt(socket_, IPPROTO_TCP, TCP_MAXSEG, &kSegmentBytes, sizeof kSegmentBytes);
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_port = htons(static_cast<std::uint16_t>(port));
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&server), sizeof server) != 0)
    throw std::runtime_error("can't connect to port " + std::to_string(port));
  write_all(socket_, greeting);
  read_until(socket_, subscribed);
}

StalledReader::~StalledReader() {
  ::close(socket_);
}

long StalledReader::waiting() const {
  sockaddr_in own{};
  socklen_t length = sizeof own;
  ::getsockname(socket_, reinterpret_cast<sockaddr*>(&own), &length);
  int here = 0;
  ::ioctl(socket_, FIONREAD, &here);
  std::ifstream lines("/proc/net/tcp");
  for (std::string line; std::getline(lines, line);) {
    unsigned from = 0, to = 0, state = 0, unsent = 0;
    if (::sscanf(line.c_str(), " %*d: %*8x:%4x %*8x:%4x %2x %8x:", &from, &to, &state, &unsent) == 4 &&
        from == static_cast<unsigned>(port_) && to == ntohs(own.sin_port) && state == kEstablished) {
      return long{here} + static_cast<long>(unsent);
    }
  }
  return -1;
}

}  // namespace gjallar::bench
