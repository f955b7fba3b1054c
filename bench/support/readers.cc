#include "bench/support/readers.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>

namespace gjallar::bench {
namespace {

/// A pair of which the second end outlives exec.
int* make_pair(int (&sockets)[2]) {
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
    throw std::runtime_error("no socket pair");
  ::fcntl(sockets[1], F_SETFD, 0);
  return sockets;
}

}  // namespace

Readers::Readers(const std::filesystem::path& folder)
    : child_({this_program(), "--readers", std::to_string(make_pair(sockets_)[1])}, folder / "readers.out"),
      pipe_(sockets_[0]) {
  ::close(sockets_[1]);
}

Readers::~Readers() {
  ::close(sockets_[0]);
}

void Readers::connect(int port, int count, const Greeting& greeting, const std::string& until) {
  pipe_.send("connect");
  pipe_.send(std::to_string(port));
  pipe_.send(std::to_string(count));
  pipe_.send(until);
  for (int i = 0; i < count; ++i)
    pipe_.send(greeting(count_ + i));
  if (const std::string error = pipe_.receive(); !error.empty()) throw std::runtime_error(error);
  count_ += count;
}

void Readers::arm(const std::string& mark) {
  pipe_.send("arm");
  pipe_.send(mark);
  if (const std::string error = pipe_.receive(); !error.empty()) throw std::runtime_error(error);
}

std::vector<Receipt> Readers::receipts() {
  if (const std::string error = pipe_.receive(); !error.empty()) throw std::runtime_error(error);
  const std::string bytes = pipe_.receive();
  std::vector<Receipt> receipts(bytes.size() / sizeof(Receipt));
  std::memcpy(receipts.data(), bytes.data(), receipts.size() * sizeof(Receipt));
  return receipts;
}

}  // namespace gjallar::bench
