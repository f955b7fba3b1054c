#include "bench/slowlink/link.h"

#include <fmt/format.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

namespace gjallar::bench {
namespace {

constexpr int kPacketBytes = 1'500;

/// `tc` may lie where only root's PATH looks.
bool tc(const std::string& words) {
  const std::string line = "PATH=$PATH:/usr/sbin:/sbin tc " + words + " >/dev/null 2>&1";
  return std::system(line.c_str()) == 0;
}

/// Up, and with packets as a cable has them.
bool prepare_loopback() {
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING | IFF_LOOPBACK;
  bool done = ::ioctl(socket, SIOCSIFFLAGS, &request) == 0;
  request.ifr_mtu = kPacketBytes;
  done = ::ioctl(socket, SIOCSIFMTU, &request) == 0 && done;
  ::close(socket);
  return done;
}

}  // namespace

bool enter_shaped_network() {
  if (::unshare(CLONE_NEWNET) != 0) return false;
  if (!prepare_loopback()) throw std::runtime_error("no loopback interface in a network namespace");
  // htb sorts alone: what no filter names goes as fast as it likes, the rest through tbf.
  return tc("qdisc add dev lo root handle 1: htb default 1") &&
         tc("class add dev lo parent 1: classid 1:1 htb rate 10gbit quantum 60000") &&
         tc("class add dev lo parent 1: classid 1:2 htb rate 10gbit quantum 60000") &&
         tc(fmt::format("qdisc add dev lo parent 1:2 handle 2: tbf rate {}bps burst 16kb latency 100ms",
                        kLinkBytesPerSecond)) &&
         // A port that nobody uses: can the kernel sort?
         tc("filter add dev lo parent 1: protocol ip u32 match ip sport 1 0xffff flowid 1:2");
}

void shape_port(int port) {
  if (!tc(fmt::format("filter add dev lo parent 1: protocol ip u32 match ip sport {} 0xffff flowid 1:2",
                      port))) {
    throw std::runtime_error("tc takes no filter");
  }
}

}  // namespace gjallar::bench
