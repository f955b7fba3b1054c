// How fast alerts become durable: through the door, decided, chained, folded into all views and synced,
// against bare RocksDB synced puts of the same size by as many threads in the same round. In process, each
// publisher waiting for each answer; and as it is deployed, through as many feeds of a real broker.
//   --rounds N               5
//   --peer NAME=PORT         a nats-server with JetStream; any number of them
#include <fmt/format.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <thread>

#include "bench/append/jetstream.h"
#include "bench/support/broker_process.h"
#include "bench/support/commands.h"
#include "bench/support/helper.h"
#include "bench/support/measure.h"
#include "bench/support/raw_store.h"
#include "bench/support/world.h"

namespace {

using namespace gjallar::bench;
namespace v1 = gjallar::v1;

constexpr int kPublishers = 64;
constexpr std::size_t kMessageBytes = 1'024;

/// Feeds of a real broker, a connection each.
class Feeds {
 public:
  explicit Feeds(const std::filesystem::path& folder) : broker_(folder) {
    for (int i = 0; i < kPublishers; ++i)
      feeds_.push_back(std::make_unique<FeedStream>(broker_.connection("police")));
  }
  /// Alerts a second, all answered.
  double issue(int count) {
    const int each = count / kPublishers;
    std::vector<std::vector<v1::FeedRequest>> items(feeds_.size());
    for (auto& mine : items) {
      for (int i = 0; i < each; ++i) {
        v1::FeedRequest& item = mine.emplace_back();
        item.set_idempotency_key(fmt::format("append-{}", ++number_));
        *item.mutable_command() = issue_command(number_);
      }
    }
    std::vector<std::thread> threads;
    std::vector<std::string> failures(feeds_.size());
    const auto start = Clock::now();
    for (std::size_t i = 0; i < feeds_.size(); ++i) {
      threads.emplace_back([this, &items, &failures, i] {
        try {
          feeds_[i]->publish(items[i]);
        } catch (const std::exception& error) {
          failures[i] = error.what();
        }
      });
    }
    for (std::thread& thread : threads)
      thread.join();
    const double seconds = seconds_since(start);
    for (const std::string& failure : failures) {
      if (!failure.empty()) throw std::runtime_error(failure);
    }
    return each * kPublishers / seconds;
  }

 private:
  BrokerProcess broker_;
  std::vector<std::unique_ptr<FeedStream>> feeds_;
  int number_ = 0;
};

/// What is measured against the raw puts, and what it came to, a figure a round.
struct Way {
  std::string name;
  std::function<double()> messages_per_s;
  std::vector<double> per_s;
};

/// Rows of the ways, each divided by raw puts of so many threads in the same round.
std::vector<Row> compare(int threads, int count, int rounds, std::vector<Way> ways) {
  std::vector<double> raw;
  for (int round = 0; round < rounds; ++round) {
    const ScratchFolder folder;
    raw.push_back(RawStore(folder.path()).synced_puts(threads, count, kMessageBytes));
    for (std::size_t i = 0; i < ways.size(); ++i) {
      Way& way = ways[(i + static_cast<std::size_t>(round)) % ways.size()];
      way.per_s.push_back(way.messages_per_s());
    }
  }
  std::vector<Row> rows;
  for (const Way& way : ways) {
    Row row{way.name, {{"per_s", median(way.per_s)}, {"raw_puts_per_s", median(raw)}}};
    const Figures ratio = with_interval("ratio", median_ratio(way.per_s, raw));
    row.figures.insert(row.figures.end(), ratio.begin(), ratio.end());
    row.figures.emplace_back("rounds", rounds);
    rows.push_back(std::move(row));
  }
  return rows;
}

double issue_in_process(int publishers, int count) {
  const ScratchFolder folder;
  World world(folder.path().string());
  return world.issue(publishers, count);
}

/// The peers' names and ports.
std::vector<std::pair<std::string, int>> read_peers(int argc, char** argv) {
  std::vector<std::pair<std::string, int>> peers;
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::string_view(argv[i]) != "--peer") continue;
    const std::string word = argv[i + 1];
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) throw std::runtime_error("--peer takes NAME=PORT");
    peers.emplace_back(word.substr(0, equals), std::stoi(word.substr(equals + 1)));
  }
  return peers;
}

void run(int argc, char** argv) {
  const bool quick = is_quick(argc, argv);
  const int rounds = number_of(argc, argv, "--rounds", quick ? 1 : 5);
  const int alone = quick ? 500 : 5'000;
  const int many = 4 * alone / kPublishers * kPublishers;
  std::vector<Row> rows = compare(
      1, alone, rounds, {{"1 publisher in process", [alone] { return issue_in_process(1, alone); }, {}}});
  const ScratchFolder folder;
  Feeds feeds(folder.path());
  std::vector<std::unique_ptr<JetStream>> peers;
  std::vector<Way> ways{
      {"64 publishers in process", [many] { return issue_in_process(kPublishers, many); }, {}},
      {"64 feeds of a broker", [&feeds, many] { return feeds.issue(many); }, {}}};
  for (const auto& [name, port] : read_peers(argc, argv)) {
    JetStream& peer = *peers.emplace_back(std::make_unique<JetStream>(port, kPublishers));
    ways.push_back({name, [&peer, many] { return peer.publish(many, kMessageBytes); }, {}});
  }
  for (Row& row : compare(kPublishers, many, rounds, std::move(ways)))
    rows.push_back(std::move(row));
  print_rows("append", rows);
}

}  // namespace

int main(int argc, char** argv) {
  return run_benchmark("append", argc, argv, run);
}
