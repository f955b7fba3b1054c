// How fast alerts become durable: through the door, decided, chained, folded into all views and synced,
// against bare RocksDB synced puts of the same size by as many threads in the same round. In process, each
// publisher waiting for each answer; and as it is deployed, through as many feeds of a real broker, an item a
// request, and 8. Beside them what gRPC itself lets through: the same requests to a bare feed that parses
// nothing, and one that puts a group of 1 KiB values in one synced batch.
//   --rounds N               5
//   --peer NAME=PORT         a nats-server with JetStream; any number of them
//   --way TEXT               only those of the many whose names hold it, for a profile
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <thread>

#include "bench/append/bare_feed.h"
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
constexpr int kTogether = 8;  // items of a request, where they go together

/// As many as the publishers, a connection each.
using FeedStreams = std::vector<std::unique_ptr<FeedStream>>;

/// The alerts of one feed, so many a request.
std::vector<v1::FeedRequest> requests_of(int count, int together, int& number) {
  std::vector<v1::FeedRequest> requests;
  for (int i = 0; i < count; ++i) {
    v1::FeedRequest& item = i % together == 0 ? requests.emplace_back() : *requests.back().add_more();
    item.set_idempotency_key(fmt::format("append-{}", ++number));
    *item.mutable_command() = issue_command(number);
  }
  return requests;
}

/// Alerts a second through the feeds, all answered.
double issue(FeedStreams& feeds, int count, int together) {
  static int number = 0;  // no two alerts of a process are the same
  const int each = count / kPublishers;
  std::vector<std::vector<v1::FeedRequest>> requests;
  for (std::size_t i = 0; i < feeds.size(); ++i)
    requests.push_back(requests_of(each, together, number));
  std::vector<std::thread> threads;
  std::vector<std::string> failures(feeds.size());
  const auto start = Clock::now();
  for (std::size_t i = 0; i < feeds.size(); ++i) {
    threads.emplace_back([&feeds, &requests, &failures, i] {
      try {
        feeds[i]->publish(requests[i]);
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

FeedStreams feeds_of(const BrokerProcess& broker) {
  FeedStreams feeds;
  for (int i = 0; i < kPublishers; ++i)
    feeds.push_back(std::make_unique<FeedStream>(broker.connection("police")));
  return feeds;
}

/// A bare feed and its streams, with TLS as the broker's.
struct BareFeeds {
  BareFeeds(const std::filesystem::path& folder, const BrokerProcess& broker, BareFeedServer::Store store)
      : server(folder, broker.dev_dir(), store, 1), server_of_8(folder, broker.dev_dir(), store, kTogether) {
    for (int i = 0; i < kPublishers; ++i) {
      feeds.push_back(std::make_unique<FeedStream>(channel(broker, server.port(), i)));
      feeds_of_8.push_back(std::make_unique<FeedStream>(channel(broker, server_of_8.port(), i)));
    }
  }
  static std::shared_ptr<grpc::Channel> channel(const BrokerProcess& broker, int port, int number) {
    std::ifstream file(broker.dev_dir() / "ca.pem");
    std::ostringstream ca;
    ca << file.rdbuf();
    grpc::ChannelArguments arguments;
    arguments.SetInt("feed", number);  // else channels to one address share a connection
    return grpc::CreateCustomChannel(fmt::format("127.0.0.1:{}", port),
                                     grpc::SslCredentials({ca.str(), "", ""}), arguments);
  }
  BareFeedServer server, server_of_8;
  FeedStreams feeds, feeds_of_8;
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

/// The word behind a name; empty if it isn't there.
std::string word_of(int argc, char** argv, std::string_view name) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (argv[i] == name) return argv[i + 1];
  }
  return {};
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
  const int many = 4 * alone / (kPublishers * kTogether) * (kPublishers * kTogether);
  const std::string wanted = word_of(argc, argv, "--way");
  std::vector<Row> rows;
  if (wanted.empty()) {
    rows = compare(1, alone, rounds,
                   {{"1 publisher in process", [alone] { return issue_in_process(1, alone); }, {}}});
  }
  const ScratchFolder folder;
  const BrokerProcess broker(folder.path());
  FeedStreams feeds = feeds_of(broker);
  BareFeeds silent(folder.path(), broker, BareFeedServer::Store::kNothing);
  BareFeeds storing(folder.path(), broker, BareFeedServer::Store::kPuts);
  std::vector<std::unique_ptr<JetStream>> peers;
  std::vector<Way> ways{
      {"64 publishers in process", [many] { return issue_in_process(kPublishers, many); }, {}},
      {"64 feeds of a broker", [&feeds, many] { return issue(feeds, many, 1); }, {}},
      {"64 feeds of a broker, 8 a request", [&feeds, many] { return issue(feeds, many, kTogether); }, {}},
      {"64 bare feeds", [&silent, many] { return issue(silent.feeds, many, 1); }, {}},
      {"64 bare feeds, 8 a request",
       [&silent, many] { return issue(silent.feeds_of_8, many, kTogether); },
       {}},
      {"64 bare feeds, synced puts", [&storing, many] { return issue(storing.feeds, many, 1); }, {}},
      {"64 bare feeds, synced puts, 8 a request",
       [&storing, many] { return issue(storing.feeds_of_8, many, kTogether); },
       {}}};
  for (const auto& [name, port] : read_peers(argc, argv)) {
    JetStream& peer = *peers.emplace_back(std::make_unique<JetStream>(port, kPublishers));
    ways.push_back({name, [&peer, many] { return peer.publish(many, kMessageBytes); }, {}});
  }
  ways.erase(std::remove_if(ways.begin(), ways.end(),
                            [&wanted](const Way& way) { return way.name.find(wanted) == std::string::npos; }),
             ways.end());
  for (Row& row : compare(kPublishers, many, rounds, std::move(ways)))
    rows.push_back(std::move(row));
  print_rows("append", rows);
}

}  // namespace

int main(int argc, char** argv) {
  return run_benchmark("append", argc, argv, run, {{"--bare-feed", run_bare_feed_server}});
}
