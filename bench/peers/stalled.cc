// One reader that stalls: what the others' p99 is with it and without it. Two servers of each peer with as
// many subscribers, in turns; one of them has one subscriber more, who does not read: the one in the first
// half of the rounds, the other in the second.
#include <fmt/format.h>

#include <stdexcept>

#include "bench/peers/peer.h"
#include "bench/support/beside_stalled.h"
#include "bench/support/readers.h"

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
  [[nodiscard]] StalledSide side() {
    const auto prepare = [this](const Marks& marks) {
      const std::string message = message_with(marks[0]);
      return [this, message] { peer_.protocol->publish(message); };
    };
    const auto fill = [this](int count) {
      for (int i = 0; i < count; ++i)
        peer_.protocol->publish(message_with("filling"));
    };
    return {{peer_.name, &readers_, peer_.processes, prepare}, fill, [this] {
              return std::make_unique<StalledReader>(peer_.port, peer_.protocol->greeting(),
                                                     peer_.protocol->answers().subscribed);
            }};
  }

 private:
  const Peer& peer_;
  Readers readers_;
};

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
      const ScratchFolder folder;
      PeerSide one(pair.first, folder.path(), subscribers);
      PeerSide other(pair.second, folder.path(), subscribers);
      Row row = beside_stalled(pair.first.name, {one.side(), other.side()}, kFillingMessages, rounds);
      row.figures.insert(row.figures.begin(), {"beside", subscribers});
      rows.push_back(std::move(row));
    } catch (const std::exception& error) {
      throw std::runtime_error(pair.first.name + ": " + error.what());
    }
  }
  print_rows("peers_stalled", rows);
}

}  // namespace gjallar::bench
