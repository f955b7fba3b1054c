// One reader that stalls: what the others' p99 is with it and without it. Two real brokers with as many
// WebSocket subscribers each, in turns; one of them has one subscriber more, who does not read: the one in
// the first half of the rounds, the other in the second.
//   --subscribers N   1000
//   --rounds N        15
#include <fmt/format.h>

#include <memory>

#include "bench/support/beside_stalled.h"
#include "bench/support/broker_process.h"
#include "bench/support/commands.h"
#include "bench/support/contest.h"
#include "bench/support/helper.h"

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
  void fill(int count) {
    for (int i = 0; i < count; ++i)
      must(police.send(issue_command(next_filling++), ""));
  }
  [[nodiscard]] StalledSide side(const std::string& name) {
    const auto prepare = [this](const Marks& marks) {
      v1::Command command = issue_command(number_in(marks[0]));
      command.mutable_issue()->mutable_content()->mutable_texts(0)->set_sms(marks[0]);
      return [this, command] { must(police.send(command, "")); };
    };
    return {{name, &readers, {broker.id()}, prepare},
            [this](int count) { fill(count); },
            [this] {
              return std::make_unique<StalledReader>(
                  broker.http_port(), broker.upgrade_requests()(readers.count()), BrokerProcess::kSubscribed);
            }};
  }

  std::filesystem::path folder;
  BrokerProcess broker;
  Readers readers;
  gjallar::client::Publisher police;
  int next_filling = kFillingFrom;
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
  Side one(folder.path(), "one", subscribers);
  Side other(folder.path(), "other", subscribers);
  Row row = beside_stalled("with a stalled reader ÷ without", {one.side("one"), other.side("other")},
                           kFillingEvents, rounds);
  row.figures.insert(row.figures.begin(), {"subscribers", subscribers});
  print_rows("stalled", {row});
}

}  // namespace

int main(int argc, char** argv) {
  return run_benchmark("stalled", argc, argv, run);
}
