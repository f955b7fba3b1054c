#include "bench/peers/peer.h"

#include <sstream>
#include <stdexcept>
#include <string_view>

namespace gjallar::bench {
namespace {

Peer read_peer(const std::string& word) {
  Peer peer;
  std::istringstream words(word);
  std::string protocol, port, tls_port, processes;
  std::getline(words, peer.name, '=');
  std::getline(words, protocol, ':');
  std::getline(words, port, ':');
  std::getline(words, tls_port, ':');
  std::getline(words, processes);
  peer.protocol = make_protocol(protocol);
  peer.port = std::stoi(port);
  peer.tls_port = std::stoi(tls_port);
  std::istringstream ids(processes);
  for (std::string id; std::getline(ids, id, ',');)
    peer.processes.push_back(std::stoi(id));
  if (peer.processes.empty()) throw std::runtime_error("no process ids in " + word);
  return peer;
}

}  // namespace

std::vector<Peer> read_peers(int argc, char** argv) {
  std::vector<Peer> peers;
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::string_view(argv[i]) == "--peer") peers.push_back(read_peer(argv[i + 1]));
  }
  if (peers.empty()) throw std::runtime_error("no --peer: start it by tools/dev bench peers");
  return peers;
}

std::vector<std::pair<Peer, Peer>> read_pairs(int argc, char** argv) {
  std::vector<Peer> peers = read_peers(argc, argv);
  std::vector<std::pair<Peer, Peer>> pairs;
  for (std::size_t i = 0; i < peers.size(); i += 2) {
    if (i + 1 == peers.size() || peers[i].name != peers[i + 1].name)
      throw std::runtime_error("of each peer two servers are needed");
    pairs.emplace_back(std::move(peers[i]), std::move(peers[i + 1]));
  }
  return pairs;
}

std::string message_with(const std::string& mark) {
  return std::string(kMessageBytes - mark.size(), 'x') + mark;
}

}  // namespace gjallar::bench
