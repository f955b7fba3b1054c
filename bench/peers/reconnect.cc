// A network comes back: many clients over TLS are cut off and connect again at once, with their session
// tickets where the server gave any. How long until all are subscribed again (no peer has anything to catch
// up with), and how long a message takes meanwhile to others that were never cut off.
#include <fmt/format.h>

#include <stdexcept>

#include "bench/peers/peer.h"
#include "bench/support/storm.h"

namespace gjallar::bench {

void measure_reconnect(int argc, char** argv) {
  const bool quick = is_quick(argc, argv);
  const std::vector<Peer> peers = read_peers(argc, argv);
  const int clients = number_of(argc, argv, "--clients", quick ? 200 : 10'000);
  const int others_count = number_of(argc, argv, "--others", quick ? 20 : 100);
  const int storms_count = number_of(argc, argv, "--storms", quick ? 1 : 3);
  const int seconds_max = number_of(argc, argv, "--seconds", 120);
  fmt::print("{} clients over TLS come back at once beside {} that stayed; medians of {} storms each\n",
             clients, others_count, storms_count);
  std::vector<Row> rows;
  for (const Peer& peer : peers) {
    const ScratchFolder folder;
    Protocol& protocol = *peer.protocol;
    const auto greeting = [&protocol](int) { return protocol.greeting(); };
    try {
      protocol.open(peer.port);
      Pulse pulse([&protocol](const std::string& mark) { protocol.publish(message_with(mark)); },
                  std::chrono::milliseconds(quick ? 20 : 500));
      TlsCrowd others(folder.path()), crowd(folder.path());
      others.connect(peer.tls_port, others_count, 1, greeting, protocol.answers());
      crowd.connect(peer.tls_port, clients, 2, greeting, protocol.answers());
      pulse.beat();
      const StormScene scene{crowd, others, pulse, seconds_max};
      Storms storms;
      for (int i = 0; i < storms_count; ++i) {
        storms.calm(scene);
        storms.blow(scene, greeting, true);
      }
      rows.push_back(storms.row(peer.name, clients, others_count));
    } catch (const std::exception& error) {
      throw std::runtime_error(peer.name + ": " + error.what());
    }
  }
  print_rows("peers_reconnect", rows);
}

}  // namespace gjallar::bench
