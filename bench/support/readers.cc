#include "bench/support/readers.h"

#include <unistd.h>

#include <cstring>
#include <stdexcept>

namespace gjallar::bench {

Readers::Readers(const std::filesystem::path& folder)
    : child_({this_program(), "--readers", std::to_string(open_helper_pair(sockets_))},
             folder / "readers.out"),
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
