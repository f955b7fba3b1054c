#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bench/support/child.h"

namespace gjallar::bench {

/// What the broker's feed is measured against, in a process of its own: a bare gRPC server (raw callback API,
/// TLS as the broker's) whose feed parses nothing and answers each request with the same bytes, as many of
/// them under way as the broker lets 64 feeds have. It asks nobody who he is.
class BareFeedServer {
 public:
  /// What it does with a request.
  enum class Store {
    kNothing,  ///< answers at once
    kPuts,     ///< one thread puts what waits, a value of 1 KiB an item, in one synced batch, then answers
  };
  /// `keys`: the folder of server.pem and server.key. `items`: of each request.
  BareFeedServer(const std::filesystem::path& folder, const std::filesystem::path& keys, Store store,
                 std::size_t items);
  [[nodiscard]] int port() const noexcept { return port_; }

 private:
  int port_;
  Child child_;
};

/// The helper process's side; runs until it is killed. PORT KEYS ITEMS [FOLDER]; with a folder it puts.
int run_bare_feed_server(const std::vector<std::string>& words);

}  // namespace gjallar::bench
