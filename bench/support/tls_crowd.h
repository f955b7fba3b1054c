#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/support/answers.h"
#include "bench/support/helper_process.h"
#include "bench/support/readers.h"

namespace gjallar::bench {

/// One client's coming back.
struct Return {
  double seconds = -1;        ///< from the crowd's start until it was live again; below 0: it wasn't in time
  std::int32_t attempts = 0;  ///< connections it took
  std::int32_t resumed = 0;   ///< 1: by a session ticket
};

/// When a client first read a message.
struct Sighting {
  std::int64_t read_ns = 0;  ///< steady clock
  std::int32_t client = 0;
  std::int32_t mark = 0;  ///< number_in(mark)
};

/// Many clients over TLS: a process of its own with one thread, epoll and OpenSSL. It reads all
/// that comes, answers WebSocket pings, and keeps the session tickets. Each client has an address of its own
/// in 127.0.0.0/8, as clinics have. The server's certificate isn't checked.
class TlsCrowd {
 public:
  explicit TlsCrowd(const std::filesystem::path& folder) : helper_("crowd", folder) {}

  /// Connects `count` clients, a few at a time, and waits until each is subscribed. `block`, 1 to 254,
  /// differs between the crowds of a run: the second number of their addresses.
  void connect(int port, int count, int block, const Readers::Greeting& greeting, const Answers& answers);
  /// Cuts all connections; then all clients connect at once, those that are refused again after a while.
  /// Returns once all are subscribed again, or after `seconds_max`. `tickets`: with their session tickets.
  [[nodiscard]] std::vector<Return> come_back(const Readers::Greeting& greeting, bool tickets,
                                              int seconds_max);
  /// What was seen of all marks since the last call, once each client has seen `last`; throws if one doesn't
  /// in two minutes.
  [[nodiscard]] std::vector<Sighting> sightings(int last);

 private:
  [[nodiscard]] std::vector<std::string> greetings(const Readers::Greeting& greeting) const;

  HelperProcess helper_;
  int count_ = 0;
};

/// The helper process's side: serves the stream socket until it is closed.
int run_tls_crowd(int socket);

}  // namespace gjallar::bench
