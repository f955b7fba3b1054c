#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "bench/support/helper_process.h"

namespace gjallar::bench {

/// When a reader's socket got the message that ends in the mark.
struct Receipt {
  std::int64_t read_ns = 0;     ///< steady clock, when the reading thread had its bytes
  std::int64_t arrived_ns = 0;  ///< system clock, when the kernel had them (SO_TIMESTAMPNS)
  std::uint64_t bytes = 0;      ///< what the socket got since it was armed
};

/// What receives in a comparison.
class LoadClient {
 public:
  virtual ~LoadClient() = default;
  /// From now on every subscriber waits for bytes that hold `mark`.
  virtual void arm(const std::string& mark) = 0;
  /// One receipt a subscriber, once all have got the mark; throws if one doesn't get it in three minutes.
  [[nodiscard]] virtual std::vector<Receipt> receipts() = 0;
};

/// The load client: a process of its own with one thread that reads many plain sockets, the same for every
/// server. A process each server, for a process may have only so many files open. What it does for a message
/// is one recvmsg and a look for the mark in the last bytes.
class Readers final : public LoadClient {
 public:
  /// What a connection sends first.
  using Greeting = std::function<std::string(int)>;

  explicit Readers(const std::filesystem::path& folder) : helper_("readers", folder) {}

  /// Connects `count` more sockets to 127.0.0.1:port; each sends `greeting(i)` (may be empty) and waits for
  /// bytes that hold `until` (may be empty). Throws if one is refused.
  void connect(int port, int count, const Greeting& greeting, const std::string& until);
  void arm(const std::string& mark) override;
  [[nodiscard]] std::vector<Receipt> receipts() override;
  [[nodiscard]] int count() const noexcept { return count_; }

 private:
  HelperProcess helper_;
  int count_ = 0;
};

/// The helper process's side: serves the stream socket until it is closed.
int run_readers(int socket);

}  // namespace gjallar::bench
