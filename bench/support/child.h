#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace gjallar::bench {

/// A child process; ended by its id, with SIGTERM, when the object goes.
class Child {
 public:
  /// Runs words[0]; what it prints goes to `output`.
  explicit Child(const std::vector<std::string>& words, const std::filesystem::path& output);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  [[nodiscard]] pid_t id() const noexcept { return id_; }
  [[nodiscard]] bool alive() const;

 private:
  pid_t id_ = -1;
};

/// This program's own file, to be run again as a helper.
[[nodiscard]] std::string this_program();
/// The file of another program of the project, beside this one.
[[nodiscard]] std::string program_beside(const std::string& name);

/// A TCP port of 127.0.0.1 that was free a moment ago.
[[nodiscard]] int free_port();
/// A blocking connection to 127.0.0.1:port, without Nagle's delay; -1 if nobody listens.
[[nodiscard]] int try_connect(int port);
/// As try_connect, but throws.
[[nodiscard]] int connect_to(int port);
/// Waits until something listens there.
void wait_for_port(int port, const Child& child);

/// Writes all bytes to a blocking socket; throws if it is closed.
void write_all(int socket, const std::string& bytes);
/// Reads from a blocking socket until its bytes hold `until`; throws if it is closed before. Returns all
/// bytes.
std::string read_until(int socket, const std::string& until);

}  // namespace gjallar::bench
