#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bench/support/helper_process.h"
#include "bench/support/readers.h"

namespace gjallar::bench {

/// The load client for gRPC: a process of its own with one completion queue and one thread, a stream of
/// SubscriberService.Subscribe on a connection of its own for each subscriber. What it does for a message is
/// to take its bytes as they are and look for the mark in them; it acknowledges nothing. A receipt's arrival
/// is by its own clock, since gRPC doesn't tell the kernel's.
class StreamReaders final : public LoadClient {
 public:
  explicit StreamReaders(const std::filesystem::path& folder) : helper_("streams", folder) {}

  /// Opens `count` streams to 127.0.0.1:port, the tokens in turn, and waits until each is caught up. `ca`:
  /// the server's authority. Throws if one is refused.
  void connect(int port, int count, const std::filesystem::path& ca, const std::vector<std::string>& tokens);
  void arm(const std::string& mark) override;
  [[nodiscard]] std::vector<Receipt> receipts() override;

 private:
  HelperProcess helper_;
};

/// The helper process's side: serves the stream socket until it is closed.
int run_stream_readers(int socket);

}  // namespace gjallar::bench
