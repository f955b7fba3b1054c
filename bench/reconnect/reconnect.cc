// A network comes back: many WebSocket clients over TLS are cut off and connect again at once, in turns with
// their session tickets and without. How long until all are live again, and how long an urgent event takes
// meanwhile to others that were never cut off, from when it was due to be published.
//   --clients N   10000
//   --others N    100
//   --rounds N    5
#include <fmt/format.h>

#include <stdexcept>

#include "bench/support/broker_process.h"
#include "bench/support/commands.h"
#include "bench/support/contest.h"
#include "bench/support/helper.h"
#include "bench/support/storm.h"

namespace {

using namespace gjallar::bench;
namespace v1 = gjallar::v1;

constexpr int kOthersFrom = 100'000;
constexpr int kStormSecondsMax = 600;

/// Urgent alerts of the police; remembers the seq of the last one.
class Alerts {
 public:
  explicit Alerts(const BrokerProcess& broker) : police_(broker.connection("police")) {}
  void publish(const std::string& mark) {
    v1::Command command = issue_command(number_in(mark));
    command.mutable_issue()->mutable_content()->mutable_texts(0)->set_sms(mark);
    const auto outcome = police_.send(command, "");
    must(outcome);
    last_seq_ = outcome.value().seq();
  }
  [[nodiscard]] std::uint64_t last_seq() const noexcept { return last_seq_; }

 private:
  gjallar::client::Publisher police_;
  std::uint64_t last_seq_ = 0;
};

void run(int argc, char** argv) {
  const bool quick = is_quick(argc, argv);
  const int clients = number_of(argc, argv, "--clients", quick ? 200 : 10'000);
  const int others_count = number_of(argc, argv, "--others", quick ? 20 : 100);
  const int rounds = number_of(argc, argv, "--rounds", quick ? 1 : 5);
  fmt::print(
      "{} WebSocket clients over TLS come back at once beside {} that stayed; medians of {} rounds in "
      "turns\n",
      clients, others_count, rounds);
  const ScratchFolder folder;
  { const BrokerProcess registered(folder.path()); }
  const auto broker = BrokerProcess::over_tls(folder.path());
  Alerts alerts(*broker);
  Pulse pulse([&alerts](const std::string& mark) { alerts.publish(mark); },
              std::chrono::milliseconds(quick ? 50 : 500));
  TlsCrowd others(folder.path());
  others.connect(
      broker->http_port(), others_count, 1,
      [greeting = broker->upgrade_requests()](int index) { return greeting(kOthersFrom + index); },
      BrokerProcess::answers());
  TlsCrowd crowd(folder.path());
  crowd.connect(broker->http_port(), clients, 2, broker->upgrade_requests(), BrokerProcess::answers());
  pulse.beat();

  const StormScene scene{crowd, others, pulse, kStormSecondsMax};
  Storms with, without;
  for (int turn = 0; turn < 2 * rounds; ++turn) {
    const bool tickets = turn % 2 == 0;
    Storms& storms = tickets ? with : without;
    storms.calm(scene);
    // They come back with the cursor of what they saw last.
    pulse.beat();
    storms.blow(scene, broker->upgrade_requests(fmt::format("&after={}", alerts.last_seq())), tickets);
    if (storms.back_min() < 1) throw std::runtime_error("not all came back in ten minutes");
  }
  print_rows("reconnect", {with.row("with session tickets", clients, others_count),
                           without.row("without", clients, others_count)});
}

}  // namespace

int main(int argc, char** argv) {
  return run_benchmark("reconnect", argc, argv, run);
}
