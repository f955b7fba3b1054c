#include "bench/support/child.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/json.hpp>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "bench/support/measure.h"

namespace gjallar::bench {
namespace {

constexpr int kStartTimeS = 60;

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// True once the operations listener says "ready".
bool is_ready(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  bool ready = false;
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    const std::string request = "GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    std::array<char, 256> answer{};
    if (::send(socket, request.data(), request.size(), MSG_NOSIGNAL) > 0 &&
        ::recv(socket, answer.data(), answer.size() - 1, 0) > 0) {
      ready = std::string(answer.data()).rfind("HTTP/1.1 200", 0) == 0;
    }
  }
  ::close(socket);
  return ready;
}

std::string program(const std::string& name) {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / name).string();
}

std::vector<std::string> broker_words(const std::filesystem::path& folder, int http, int grpc,
                                      int operations) {
  const auto at = [](int port) { return "127.0.0.1:" + std::to_string(port); };
  return {program("gjallard"),
          "--dev",
          "--data-dir",
          (folder / "data").string(),
          "--http",
          at(http),
          "--grpc",
          at(grpc),
          "--operations",
          at(operations)};
}

}  // namespace

Child::Child(const std::vector<std::string>& words, const std::filesystem::path& output) {
  std::vector<char*> arguments;
  for (const auto& word : words)
    arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  id_ = ::fork();
  if (id_ < 0) throw std::runtime_error("fork failed");
  if (id_ == 0) {
    const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ::dup2(file, STDOUT_FILENO);
    ::dup2(file, STDERR_FILENO);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
}

Child::~Child() {
  if (id_ <= 0) return;
  ::kill(id_, SIGTERM);
  ::waitpid(id_, nullptr, 0);
}

bool Child::alive() const {
  return ::kill(id_, 0) == 0 && ::waitpid(id_, nullptr, WNOHANG) == 0;
}

int free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  if (::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    throw std::runtime_error("no free port");
  }
  ::close(socket);
  return ntohs(address.sin_port);
}

void wait_for_port(int port, const Child& child) {
  const auto start = Clock::now();
  for (;;) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    const bool up = ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(socket);
    if (up) return;
    if (!child.alive() || seconds_since(start) > kStartTimeS)
      throw std::runtime_error("a server did not start");
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

BrokerProcess::BrokerProcess(const std::filesystem::path& folder)
    : folder_(folder),
      http_port_(free_port()),
      grpc_port_(free_port()),
      operations_port_(free_port()),
      child_(broker_words(folder, http_port_, grpc_port_, operations_port_), folder / "gjallard.log") {
  const auto start = Clock::now();
  while (!is_ready(operations_port_)) {
    if (!child_.alive() || seconds_since(start) > kStartTimeS)
      throw std::runtime_error("gjallard did not become ready");
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

std::map<std::string, std::string> BrokerProcess::tokens() const {
  std::ifstream file(dev_dir() + "/tokens.json");
  std::ostringstream text;
  text << file.rdbuf();
  std::map<std::string, std::string> tokens;
  const boost::json::value value = boost::json::parse(text.str());
  for (const auto& [principal, token] : value.as_object()) {
    tokens[std::string(principal)] = std::string(token.as_string());
  }
  return tokens;
}

}  // namespace gjallar::bench
