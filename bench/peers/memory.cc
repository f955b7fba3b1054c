// What an idle session costs each peer in memory, plain and over TLS: a fresh server for each.
#include <fmt/format.h>

#include <stdexcept>

#include "bench/peers/peer.h"
#include "bench/support/readers.h"
#include "bench/support/session_memory.h"
#include "bench/support/tls_sessions.h"

namespace gjallar::bench {

void measure_memory(int argc, char** argv) {
  const auto pairs = read_pairs(argc, argv);
  const auto [from, to] = session_range(argc, argv, "--sessions");
  fmt::print("user-space memory of each server's processes a subscribed idle session, between {} and {}\n",
             from, to);
  const ScratchFolder folder;
  std::vector<Row> rows;
  for (const auto& pair : pairs) {
    const Peer& plain = pair.first;
    const Peer& secured = pair.second;
    const auto greeting = [&plain](int) { return plain.protocol->greeting(); };
    const Answers answers = plain.protocol->answers();
    Readers readers(folder.path());
    TlsSessions sessions;
    try {
      rows.push_back(session_memory(plain.name + ", plain", plain.processes, from, to, [&](int count) {
        readers.connect(plain.port, count, greeting, answers.subscribed);
      }));
      rows.push_back(session_memory(plain.name + ", over TLS", secured.processes, from, to, [&](int count) {
        sessions.connect(secured.tls_port, count, greeting, answers);
      }));
    } catch (const std::exception& error) {
      throw std::runtime_error(plain.name + ": " + error.what());
    }
  }
  print_rows("peers_memory", rows);
}

}  // namespace gjallar::bench
