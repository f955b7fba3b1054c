#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "bench/peers/protocol.h"

namespace gjallar::bench {

/// Another's server that runs.
struct Peer {
  std::string name;
  std::unique_ptr<Protocol> protocol;
  int port = 0;
  int tls_port = 0;  ///< may be the same
  std::vector<pid_t> processes;
};

/// Those behind the words `--peer NAME=PROTOCOL:PORT:TLS_PORT:PID[,PID...]`. Throws if there is none.
[[nodiscard]] std::vector<Peer> read_peers(int argc, char** argv);
/// As pairs of servers of the same name, for what takes two of each.
[[nodiscard]] std::vector<std::pair<Peer, Peer>> read_pairs(int argc, char** argv);

/// A message of 1 KiB that ends in the mark.
[[nodiscard]] std::string message_with(const std::string& mark);
/// On the wire, without a frame's head.
constexpr std::size_t kMessageBytes = 1'024;

// --- what is measured of them; each prints its rows ---

/// One message to many subscribers, beside the floor. --subscribers 5000, --rounds 15
void measure_fanout(int argc, char** argv);
/// Memory of an idle session, plain and over TLS. Two servers each. --sessions 1000,5000
void measure_memory(int argc, char** argv);
/// One stalled reader beside others. Two servers each. --beside 1000, --rounds 15
void measure_stalled(int argc, char** argv);
/// Many come back at once over TLS. --clients 10000, --others 100, --storms 3, --seconds 120
void measure_reconnect(int argc, char** argv);

}  // namespace gjallar::bench
