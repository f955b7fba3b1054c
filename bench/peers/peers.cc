// Other people's servers, driven by the same load client as the broker: one message of 1 KiB to many
// subscribers, against the same floor in the same rounds. bench/peers/run.py installs and starts them and
// calls this.
//   --peer NAME=PROTOCOL:PORT:PID[,PID...]   any number of them
//   --subscribers N                          5000
//   --rounds N                               15
#include <fmt/format.h>

#include <memory>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "bench/peers/protocol.h"
#include "bench/support/contest.h"
#include "bench/support/floor.h"
#include "bench/support/helper.h"

namespace {

using namespace gjallar::bench;

constexpr std::size_t kMessageBytes = 1'024;
constexpr std::size_t kFrameHeadBytes = 4;  // a WebSocket's; the floor's messages have as many bytes more

struct Peer {
  std::string name;
  std::unique_ptr<Protocol> protocol;
  int port = 0;
  std::vector<pid_t> processes;
  std::unique_ptr<Readers> readers;
};

Peer read_peer(const std::string& word) {
  Peer peer;
  std::istringstream words(word);
  std::string protocol, port, processes;
  std::getline(words, peer.name, '=');
  std::getline(words, protocol, ':');
  std::getline(words, port, ':');
  std::getline(words, processes);
  peer.protocol = make_protocol(protocol);
  peer.port = std::stoi(port);
  std::istringstream ids(processes);
  for (std::string id; std::getline(ids, id, ',');)
    peer.processes.push_back(std::stoi(id));
  if (peer.processes.empty()) throw std::runtime_error("no process ids in " + word);
  return peer;
}

std::vector<Peer> read_peers(int argc, char** argv) {
  std::vector<Peer> peers;
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::string_view(argv[i]) == "--peer") peers.push_back(read_peer(argv[i + 1]));
  }
  if (peers.empty()) throw std::runtime_error("no --peer: start it by tools/dev bench peers");
  return peers;
}

void run(int argc, char** argv) {
  const bool quick = is_quick(argc, argv);
  std::vector<Peer> peers = read_peers(argc, argv);
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
  for (Peer& peer : peers) {
    peer.readers = std::make_unique<Readers>(folder.path());
    Protocol* const protocol = peer.protocol.get();
    try {
      peer.readers->connect(
          peer.port, subscribers, [protocol](int) { return protocol->greeting(); }, protocol->subscribed());
      protocol->open(peer.port);
    } catch (const std::exception& error) {
      throw std::runtime_error(peer.name + ": " + error.what());
    }
    contest.add({peer.name, peer.readers.get(), peer.processes, [protocol](const Marks& marks) {
                   const std::string message = std::string(kMessageBytes - marks[0].size(), 'x') + marks[0];
                   return [protocol, message] { protocol->publish(message); };
                 }});
  }
  for (std::size_t i = 0; i <= peers.size(); ++i)
    contest.warm_up(i);
  contest.run(rounds);

  print_rows("peers", contest.rows({{"subscribers", subscribers}}, {{"rounds", rounds}}));
}

}  // namespace

int main(int argc, char** argv) {
  return run_benchmark("peers", argc, argv, run);
}
