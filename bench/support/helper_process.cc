#include "bench/support/helper_process.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

namespace gjallar::bench {

HelperProcess::HelperProcess(const std::string& word, const std::filesystem::path& folder)
    : child_({this_program(), "--" + word, std::to_string(open_helper_pair(sockets_))},
             folder / (word + ".out")),
      pipe_(sockets_[0]) {
  ::close(sockets_[1]);
}

HelperProcess::~HelperProcess() {
  ::close(sockets_[0]);
}

void HelperProcess::ask(const std::vector<std::string>& words) {
  for (const std::string& word : words)
    pipe_.send(word);
  expect_done();
}

void HelperProcess::expect_done() {
  if (const std::string error = pipe_.receive(); !error.empty()) throw std::runtime_error(error);
}

bool answered(MessagePipe& pipe, const std::function<void()>& work) {
  try {
    work();
  } catch (const std::exception& error) {
    pipe.send(error.what());
    return false;
  }
  pipe.send("");
  return true;
}

int serve_as(const char* word, const std::function<int()>& serve) {
  std::signal(SIGPIPE, SIG_IGN);  // a connection that the other side has closed is told by the write
  try {
    return serve();
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}: {}\n", word, error.what());
    return 1;
  }
}

}  // namespace gjallar::bench
