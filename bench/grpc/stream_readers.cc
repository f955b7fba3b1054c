#include "bench/grpc/stream_readers.h"

#include <unistd.h>

#include <cstring>
#include <stdexcept>

namespace gjallar::bench {

StreamReaders::StreamReaders(const std::filesystem::path& folder)
    : child_({this_program(), "--streams", std::to_string(open_helper_pair(sockets_))},
             folder / "streams.out"),
      pipe_(sockets_[0]) {
  ::close(sockets_[1]);
}

StreamReaders::~StreamReaders() {
  ::close(sockets_[0]);
}

void StreamReaders::expect_done() {
  if (const std::string error = pipe_.receive(); !error.empty()) throw std::runtime_error(error);
}

void StreamReaders::connect(int port, int count, const std::filesystem::path& ca,
                            const std::vector<std::string>& tokens) {
  for (const std::string& word : {std::string("connect"), std::to_string(port), std::to_string(count),
                                  ca.string(), std::to_string(tokens.size())})
    pipe_.send(word);
  for (const std::string& token : tokens)
    pipe_.send(token);
  expect_done();
}

void StreamReaders::arm(const std::string& mark) {
  pipe_.send("arm");
  pipe_.send(mark);
  expect_done();
}

std::vector<Receipt> StreamReaders::receipts() {
  expect_done();
  const std::string bytes = pipe_.receive();
  std::vector<Receipt> receipts(bytes.size() / sizeof(Receipt));
  std::memcpy(receipts.data(), bytes.data(), receipts.size() * sizeof(Receipt));
  return receipts;
}

}  // namespace gjallar::bench
