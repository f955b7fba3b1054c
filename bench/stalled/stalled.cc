// One reader that stalls: what the others' p99 is with it and without it. Two real brokers with as many
// WebSocket subscribers each, in turns; one of them has one subscriber more, who does not read.
//   --subscribers N   1000
//   --rounds N        15
#include <fmt/format.h>

#include <stdexcept>

#include "bench/support/broker_process.h"
#include "bench/support/commands.h"
#include "bench/support/contest.h"
#include "bench/support/helper.h"
#include "bench/support/stalled_reader.h"

namespace {

using namespace gjallar::bench;
namespace v1 = gjallar::v1;

/// More than a socket with a small receive buffer takes on both sides.
constexpr int kFillingEvents = 128;
constexpr int kFillingFrom = 500'000;  // numbers that no mark has

/// A broker with its subscribers and a publisher.
struct Side {
  Side(const std::filesystem::path& root, const std::string& name, int subscribers)
      : folder(make(root / name)), broker(folder), readers(folder), police(broker.connection("police")) {
    readers.connect(broker.http_port(), subscribers, broker.upgrade_requests(), BrokerProcess::kSubscribed);
  }
  static std::filesystem::path make(std::filesystem::path folder) {
    std::filesystem::create_directories(folder);
    return folder;
  }
  void fill() {
    for (int i = 0; i < kFillingEvents; ++i)
      must(police.send(issue_command(kFillingFrom + i), ""));
  }
  [[nodiscard]] Contestant contestant(const std::string& name) {
    return {name, &readers, {broker.id()}, [this](const Marks& marks) {
              v1::Command command = issue_command(number_in(marks[0]));
              command.mutable_issue()->mutable_content()->mutable_texts(0)->set_sms(marks[0]);
              return [this, command] { must(police.send(command, "")); };
            }};
  }

  std::filesystem::path folder;
  BrokerProcess broker;
  Readers readers;
  gjallar::client::Publisher police;
};

void run(int argc, char** argv) {
  const bool quick = is_quick(argc, argv);
  const int subscribers = number_of(argc, argv, "--subscribers", quick ? 100 : 1'000);
  const int rounds = number_of(argc, argv, "--rounds", quick ? 3 : 15);
  fmt::print(
      "one stalled reader beside {} WebSocket subscribers, medians of {} rounds, ratios of the "
      "same round "
      "with 95 % intervals\n",
      subscribers, rounds);
  const ScratchFolder folder;
  Side without(folder.path(), "without", subscribers);
  Side with(folder.path(), "with", subscribers);
  const StalledReader stalled(with.broker.http_port(), with.broker.upgrade_requests()(subscribers),
                              BrokerProcess::kSubscribed);

  Contest contest(1);
  contest.add(without.contestant("without a stalled reader"));
  contest.add(with.contestant("with a stalled reader"));
  without.fill();
  with.fill();
  contest.warm_up(0);
  const auto sent = static_cast<long>(kFillingEvents * contest.warm_up(1));
  contest.run(rounds);
  const long waiting = stalled.waiting();
  if (waiting <= 0 || waiting >= sent / 2) throw std::runtime_error("the stalled reader isn't stalled");

  print_rows("stalled", contest.rows({{"subscribers", subscribers}}, {{"rounds", rounds}}));
}

}  // namespace

int main(int argc, char** argv) {
  return run_benchmark("stalled", argc, argv, run);
}
