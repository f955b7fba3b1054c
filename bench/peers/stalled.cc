// One reader that stalls: what the others' p99 is with it and without it. Two servers of each peer with as
// many subscribers, in turns; one of them has one subscriber more, who does not read.
#include <fmt/format.h>

#include <stdexcept>

#include "bench/peers/peer.h"
#include "bench/support/contest.h"
#include "bench/support/stalled_reader.h"

namespace gjallar::bench {
namespace {

/// More than the kernel takes for a stalled reader on both sides.
constexpr int kFillingMessages = 256;

/// A server with its subscribers and a publisher.
class PeerSide {
 public:
  PeerSide(const Peer& peer, const std::filesystem::path& folder, int subscribers)
      : peer_(peer), readers_(folder) {
    readers_.connect(
        peer.port, subscribers, [&peer](int) { return peer.protocol->greeting(); },
        peer.protocol->answers().subscribed);
    peer.protocol->open(peer.port);
  }
  void fill() const {
    for (int i = 0; i < kFillingMessages; ++i)
      peer_.protocol->publish(message_with("filling"));
  }
  [[nodiscard]] Contestant contestant(const std::string& name) {
    return {name, &readers_, peer_.processes, [this](const Marks& marks) {
              const std::string message = message_with(marks[0]);
              return [this, message] { peer_.protocol->publish(message); };
            }};
  }

 private:
  const Peer& peer_;
  Readers readers_;
};

std::vector<Row> measure_pair(const std::pair<Peer, Peer>& pair, int subscribers, int rounds) {
  const ScratchFolder folder;
  PeerSide without(pair.first, folder.path(), subscribers);
  PeerSide with(pair.second, folder.path(), subscribers);
  const StalledReader stalled(pair.second.port, pair.second.protocol->greeting(),
                              pair.second.protocol->answers().subscribed);
  Contest contest(1);
  contest.add(without.contestant(pair.first.name + " without a stalled reader"));
  contest.add(with.contestant(pair.first.name + " with one"));
  without.fill();
  with.fill();
  contest.warm_up(0);
  const auto sent = static_cast<long>(kFillingMessages * contest.warm_up(1));
  const long waiting = stalled.waiting();
  if (waiting == 0 || waiting >= sent / 2) throw std::runtime_error("the stalled reader isn't stalled");
  contest.run(rounds);
  return contest.rows({{"beside", subscribers}},
                      {{"kept_to_the_end", stalled.waiting() < 0 ? 0 : 1}, {"rounds", rounds}});
}

}  // namespace

void measure_stalled(int argc, char** argv) {
  const bool quick = is_quick(argc, argv);
  const auto pairs = read_pairs(argc, argv);
  const int subscribers = number_of(argc, argv, "--beside", quick ? 50 : 1'000);
  const int rounds = number_of(argc, argv, "--rounds", quick ? 3 : 15);
  fmt::print(
      "one stalled reader beside {} subscribers of each, medians of {} rounds, ratios of the same round with "
      "95 % intervals\n",
      subscribers, rounds);
  std::vector<Row> rows;
  for (const auto& pair : pairs) {
    try {
      for (Row& row : measure_pair(pair, subscribers, rounds))
        rows.push_back(std::move(row));
    } catch (const std::exception& error) {
      throw std::runtime_error(pair.first.name + ": " + error.what());
    }
  }
  print_rows("peers_stalled", rows);
}

}  // namespace gjallar::bench
