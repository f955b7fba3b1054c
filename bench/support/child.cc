#include "bench/support/child.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <thread>

#include "bench/support/measure.h"

namespace gjallar::bench {
namespace {

constexpr int kPortWaitS = 60;

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
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

std::string this_program() {
  return std::filesystem::read_symlink("/proc/self/exe").string();
}

std::string program_beside(const std::string& name) {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / name).string();
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

int try_connect(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) throw std::runtime_error("no more sockets: is the limit of open files too low?");
  const sockaddr_in address = loopback(port);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(socket);
    return -1;
  }
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

int connect_to(int port) {
  const int socket = try_connect(port);
  if (socket < 0) throw std::runtime_error("can't connect to port " + std::to_string(port));
  return socket;
}

void wait_for_port(int port, const Child& child) {
  const auto start = Clock::now();
  for (;;) {
    const int socket = try_connect(port);
    if (socket >= 0) {
      ::close(socket);
      return;
    }
    if (!child.alive() || seconds_since(start) > kPortWaitS)
      throw std::runtime_error("a server did not start");
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

void write_all(int socket, const std::string& bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t written = ::send(socket, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
    if (written <= 0) throw std::runtime_error("the other side closed a connection");
    at += static_cast<std::size_t>(written);
  }
}

std::string read_until(int socket, const std::string& until) {
  std::string got;
  std::array<char, 8192> buffer{};
  while (got.find(until) == std::string::npos) {
    const ssize_t count = ::recv(socket, buffer.data(), buffer.size(), 0);
    if (count <= 0) throw std::runtime_error("the other side closed a connection: " + got.substr(0, 200));
    got.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return got;
}

}  // namespace gjallar::bench
