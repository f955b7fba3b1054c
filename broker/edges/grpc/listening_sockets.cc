#include "broker/edges/grpc/listening_sockets.h"

#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstdlib>

#include "broker/core/limits.h"

namespace gjallar::edges {
namespace {

bool listens_on(int descriptor, int port) noexcept {
  int listening = 0;
  socklen_t size = sizeof listening;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || listening == 0)
    return false;
  sockaddr_storage address{};
  size = sizeof address;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return false;
  if (address.ss_family == AF_INET)
    return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port) == port;
  return address.ss_family == AF_INET6 &&
         ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port) == port;
}

}  // namespace

int limit_unsent_bytes(int port) noexcept {
  DIR* const descriptors = ::opendir("/proc/self/fd");
  if (descriptors == nullptr) return 0;
  int found = 0;
  while (const dirent* const entry = ::readdir(descriptors)) {
    char* end = nullptr;
    const long descriptor = std::strtol(entry->d_name, &end, 10);
    if (end == entry->d_name || *end != '\0' || !listens_on(static_cast<int>(descriptor), port)) continue;
    const int bytes = core::limits::kSocketUnsentBytesMax;
    if (::setsockopt(static_cast<int>(descriptor), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, sizeof bytes) == 0)
      ++found;
  }
  ::closedir(descriptors);
  return found;
}

}  // namespace gjallar::edges
