// A burst of messages of about 1 KiB, as fast as one publisher's feed takes them, to many WebSocket
// subscribers of a real broker: deliveries a second from the first publish to the last receipt of the last
// message, against a bare program that for each message syncs it and loops send(); and how far the broker's
// resident memory grows.
//   --subscribers N   5000
//   --messages N      200
//   --rounds N        5
#include <fmt/format.h>

#include "bench/support/broker_process.h"
#include "bench/support/commands.h"
#include "bench/support/contest.h"
#include "bench/support/floor.h"
#include "bench/support/helper.h"
#include "bench/support/usage.h"

namespace {

using namespace gjallar::bench;
namespace v1 = gjallar::v1;

/// Not urgent: an urgent event overtakes, and would then not be the last to come.
std::vector<v1::FeedRequest> feed_items(const Marks& marks) {
  std::vector<v1::FeedRequest> items;
  for (const std::string& mark : marks) {
    v1::FeedRequest& item = items.emplace_back();
    item.set_idempotency_key(mark);
    *item.mutable_command() = warning_command(number_in(mark));
    item.mutable_command()->mutable_issue()->mutable_content()->mutable_texts(0)->set_sms(mark);
  }
  return items;
}

void run(int argc, char** argv) {
  const bool quick = is_quick(argc, argv);
  const int subscribers = number_of(argc, argv, "--subscribers", quick ? 100 : 5'000);
  const int messages = number_of(argc, argv, "--messages", 200);
  const int rounds = number_of(argc, argv, "--rounds", quick ? 2 : 5);
  fmt::print(
      "{} messages of about 1 KiB to {} WebSocket subscribers, medians of {} rounds, ratios of the same "
      "round with 95 % intervals\n",
      messages, subscribers, rounds);
  const ScratchFolder folder;
  const BrokerProcess broker(folder.path());
  Readers readers(folder.path());
  readers.connect(broker.http_port(), subscribers, broker.upgrade_requests(), BrokerProcess::kSubscribed);
  FeedStream feed(broker.connection("police"));
  const auto prepare = [&feed](const Marks& marks) {
    return [&feed, items = feed_items(marks)] { feed.publish(items); };
  };
  // The first burst tells what memory it takes: later ones find it again.
  ResidentWatch resident(broker.id());
  Contest first(messages);
  first.add({"gjallar", &readers, {broker.id()}, prepare});
  const std::size_t bytes = first.warm_up(0);
  resident.reset();
  first.run(1);
  const double first_growth = resident.growth();

  // The floor's messages are as large as the broker's.
  FloorProcess floor(folder.path(), bytes);
  Readers floor_readers(folder.path());
  floor_readers.connect(
      floor.port(), subscribers, [](int) { return ""; }, "");
  Contest contest(messages);
  contest.add({"floor", &floor_readers, {floor.id()}, [&](const Marks& marks) {
                 return [&floor, marks] { floor.publish(marks); };
               }});
  contest.add({"gjallar", &readers, {broker.id()}, prepare});
  contest.warm_up(0);
  contest.warm_up(1);
  std::vector<double> growths;
  resident.reset();
  contest.run(rounds, [&](std::size_t contestant) {
    if (contestant == 1) growths.push_back(resident.growth());
    resident.reset();
  });

  const Figures about{{"subscribers", subscribers}, {"messages", messages}};
  std::vector<Row> rows = contest.rows(about, {{"rounds", rounds}, {"bytes", static_cast<double>(bytes)}});
  Row& growth = rows.emplace_back(Row{"gjallar: growth of resident memory", about});
  growth.figures.emplace_back("first_burst_mb", first_growth / 1e6);
  growth.figures.emplace_back("median_mb", median(growths) / 1e6);
  growth.figures.emplace_back("highest_mb", percentile(growths, 1) / 1e6);
  print_rows("burst", rows);
}

}  // namespace

int main(int argc, char** argv) {
  return run_benchmark("burst", argc, argv, run);
}
