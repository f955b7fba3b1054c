#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace gjallar::bench {

/// A child process; ended by its id, with SIGTERM, when the object goes.
class Child {
 public:
  explicit Child(const std::vector<std::string>& words, const std::filesystem::path& output);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  [[nodiscard]] pid_t id() const noexcept { return id_; }
  [[nodiscard]] bool alive() const;

 private:
  pid_t id_ = -1;
};

/// A TCP port of 127.0.0.1 that was free a moment ago.
[[nodiscard]] int free_port();
/// Waits until something listens there.
void wait_for_port(int port, const Child& child);

/// A real gjallard --dev on loopback with a fresh folder.
class BrokerProcess {
 public:
  explicit BrokerProcess(const std::filesystem::path& folder);
  [[nodiscard]] int http_port() const noexcept { return http_port_; }
  [[nodiscard]] int grpc_port() const noexcept { return grpc_port_; }
  [[nodiscard]] std::string dev_dir() const { return (folder_ / "data/dev").string(); }
  /// principal → token
  [[nodiscard]] std::map<std::string, std::string> tokens() const;

 private:
  std::filesystem::path folder_;
  int http_port_, grpc_port_, operations_port_;
  Child child_;
};

}  // namespace gjallar::bench
