#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace gjallar::bench {

/// WebSocket clients after the upgrade, on a thread of their own: each looks for a mark in what comes, and
/// may acknowledge the event it came with.
class Clients {
 public:
  Clients();
  ~Clients();
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;

  /// Another client; returns the server's end of its connection. Before the first expect().
  [[nodiscard]] int add();
  /// From now on everybody waits for `mark`; `acknowledge`: and says that it has the event it is in.
  void expect(const std::string& mark, bool acknowledge);
  /// Until all have it; throws if one doesn't get it in a minute.
  void wait();

 private:
  struct Client {
    int socket = -1;
    std::string bytes;  ///< since the last mark
    bool has_it = false;
  };
  void run();
  void read(Client& client);
  void acknowledge(const Client& client) const;

  const int epoll_;
  int port_ = 0;
  const int listener_;
  std::vector<Client> clients_;
  std::mutex mutex_;  ///< guards the mark and what the clients hold
  std::string mark_;
  bool acknowledging_ = false;
  std::atomic<std::size_t> missing_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace gjallar::bench
