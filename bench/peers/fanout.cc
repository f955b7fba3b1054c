// One message to many subscribers of each peer, against the same floor in the same rounds.
#include <fmt/format.h>

#include <stdexcept>

#include "bench/peers/peer.h"
#include "bench/support/contest.h"
#include "bench/support/floor.h"

namespace gjallar::bench {
namespace {

constexpr std::size_t kFrameHeadBytes = 4;  // a WebSocket's; the floor's messages have as many bytes more

}  // namespace

void measure_fanout(int argc, char** argv) {
  const bool quick = is_quick(argc, argv);
  const std::vector<Peer> peers = read_peers(argc, argv);
  const int subscribers = number_of(argc, argv, "--subscribers", quick ? 50 : 5'000);
  const int rounds = number_of(argc, argv, "--rounds", quick ? 3 : 15);
  fmt::print(
      "{} subscribers, one message of {} bytes, medians of {} rounds, ratios of the same round "
      "with 95 % "
      "intervals\n",
      subscribers, kMessageBytes, rounds);
  const ScratchFolder folder;
  FloorProcess floor(folder.path(), kMessageBytes + kFrameHeadBytes);
  Readers floor_readers(folder.path());
  floor_readers.connect(
      floor.port(), subscribers, [](int) { return ""; }, "");
  Contest contest(1);
  contest.add({"floor", &floor_readers, {floor.id()}, [&floor](const Marks& marks) {
                 return [&floor, marks] { floor.publish(marks); };
               }});
  std::vector<std::unique_ptr<Readers>> readers;
  for (const Peer& peer : peers) {
    readers.push_back(std::make_unique<Readers>(folder.path()));
    Protocol* const protocol = peer.protocol.get();
    try {
      readers.back()->connect(
          peer.port, subscribers, [protocol](int) { return protocol->greeting(); },
          protocol->answers().subscribed);
      protocol->open(peer.port);
    } catch (const std::exception& error) {
      throw std::runtime_error(peer.name + ": " + error.what());
    }
    contest.add({peer.name, readers.back().get(), peer.processes, [protocol](const Marks& marks) {
                   const std::string message = message_with(marks[0]);
                   return [protocol, message] { protocol->publish(message); };
                 }});
  }
  for (std::size_t i = 0; i <= peers.size(); ++i)
    contest.warm_up(i);
  contest.run(rounds);

  print_rows("peers", contest.rows({{"subscribers", subscribers}}, {{"rounds", rounds}}));
}

}  // namespace gjallar::bench
