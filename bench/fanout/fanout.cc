// One urgent event of about 1 KiB to many WebSocket subscribers of a real broker (authenticated, decided,
// chained, folded, synced, pushed), from the start of the publish to each subscriber's receipt, against a
// bare program that syncs a message of the same size and loops send().
//   --subscribers N[,N...]   5000; several: also how the processor time a delivery grows from the first to
//   the last
//   --rounds N               15
#include <fmt/format.h>

#include "bench/support/broker_process.h"
#include "bench/support/commands.h"
#include "bench/support/contest.h"
#include "bench/support/floor.h"
#include "bench/support/helper.h"

namespace {

using namespace gjallar::bench;
namespace v1 = gjallar::v1;

/// The processor time a delivery of each round: the floor's and the broker's.
struct ProcessorTime {
  std::vector<double> floor, broker;
};

ProcessorTime measure(int subscribers, int rounds) {
  fmt::print(
      "\n{} WebSocket subscribers, one urgent event of about 1 KiB, medians of {} rounds, ratios of the same "
      "round "
      "with 95 % intervals\n",
      subscribers, rounds);
  const ScratchFolder folder;
  const BrokerProcess broker(folder.path());
  Readers readers(folder.path());
  readers.connect(broker.http_port(), subscribers, broker.upgrade_requests(), BrokerProcess::kSubscribed);
  gjallar::client::Publisher police(broker.connection("police"));
  // The channel's handshake isn't what is measured.
  must(police.preview(issue_command(0).issue()));
  Contestant gjallar{"gjallar", &readers, {broker.id()}, [&](const Marks& marks) {
                       v1::Command command = issue_command(number_in(marks[0]));
                       command.mutable_issue()->mutable_content()->mutable_texts(0)->set_sms(marks[0]);
                       return [&police, command] { must(police.send(command, "")); };
                     }};
  std::size_t bytes = 0;
  {
    Contest alone(1);
    alone.add(gjallar);
    bytes = alone.warm_up(0);
  }
  FloorProcess floor(folder.path(), bytes);
  Readers floor_readers(folder.path());
  floor_readers.connect(
      floor.port(), subscribers, [](int) { return ""; }, "");

  Contest contest(1);
  contest.add({"floor", &floor_readers, {floor.id()}, [&](const Marks& marks) {
                 return [&floor, marks] { floor.publish(marks); };
               }});
  contest.add(gjallar);
  contest.warm_up(0);
  contest.warm_up(1);
  contest.run(rounds);

  print_rows("fanout", contest.rows({{"subscribers", subscribers}},
                                    {{"rounds", rounds}, {"bytes", static_cast<double>(bytes)}}));
  return {contest.series(0).processor_us, contest.series(1).processor_us};
}

void run(int argc, char** argv) {
  const bool quick = is_quick(argc, argv);
  const std::vector<int> counts = numbers_of(argc, argv, "--subscribers", {quick ? 100 : 5'000});
  const int rounds = number_of(argc, argv, "--rounds", quick ? 3 : 15);
  std::vector<ProcessorTime> times;
  for (const int subscribers : counts)
    times.push_back(measure(subscribers, rounds));
  if (times.size() < 2) return;
  const double floor_growth = median(times.back().floor) / median(times.front().floor);
  const double growth = median(times.back().broker) / median(times.front().broker);
  print_rows("fanout_growth", {{"growth of cpu_us",
                                {{"from", counts.front()},
                                 {"to", counts.back()},
                                 {"gjallar", growth},
                                 {"floor", floor_growth},
                                 {"ratio", growth / floor_growth}}}});
}

}  // namespace

int main(int argc, char** argv) {
  return run_benchmark("fanout", argc, argv, run);
}
