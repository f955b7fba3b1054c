// What an idle WebSocket session costs the broker in memory, plain and over TLS: the slope of what the
// process has in memory between two numbers of sessions of a real broker.
//   --subscribers FROM,TO   1000,5000
#include <fmt/format.h>

#include <functional>
#include <stdexcept>

#include "bench/memory/tls_sessions.h"
#include "bench/support/broker_process.h"
#include "bench/support/helper.h"
#include "bench/support/measure.h"
#include "bench/support/usage.h"

namespace {

using namespace gjallar::bench;

/// Bytes a session: the slope between `from` and `to` sessions. `connect` connects so many more.
Row measure(const std::string& name, const BrokerProcess& broker, int from, int to,
            const std::function<void(int)>& connect) {
  const auto look = [&broker] {
    wait_until_quiet({broker.id()});
    return std::pair(resident_bytes(broker.id()), private_bytes(broker.id()));
  };
  connect(from);
  const auto before = look();
  connect(to - from);
  const auto after = look();
  const double sessions = to - from;
  return {name,
          {{"from", from},
           {"to", to},
           {"private_bytes", (after.second - before.second) / sessions},
           {"resident_bytes", (after.first - before.first) / sessions},
           {"process_mb", after.first / 1e6}}};
}

void run(int argc, char** argv) {
  const auto range = numbers_of(argc, argv, "--subscribers",
                                is_quick(argc, argv) ? std::vector{100, 300} : std::vector{1'000, 5'000});
  if (range.size() != 2 || range[0] >= range[1])
    throw std::runtime_error("--subscribers takes two numbers, the smaller first: 1000,5000");
  fmt::print("user-space memory of the broker an idle WebSocket session, between {} and {} of them\n",
             range[0], range[1]);
  const ScratchFolder folder;
  std::vector<Row> rows;
  {
    const BrokerProcess broker(folder.path());
    Readers readers(folder.path());
    rows.push_back(measure("plain", broker, range[0], range[1], [&](int count) {
      readers.connect(broker.http_port(), count, broker.upgrade_requests(), BrokerProcess::kSubscribed);
    }));
  }
  {
    const auto broker = BrokerProcess::over_tls(folder.path());
    TlsSessions sessions;
    rows.push_back(measure("over TLS", *broker, range[0], range[1], [&](int count) {
      sessions.connect(broker->http_port(), count, broker->upgrade_requests(), BrokerProcess::kSubscribed);
    }));
  }
  print_rows("memory", rows);
}

}  // namespace

int main(int argc, char** argv) {
  return run_benchmark("memory", argc, argv, run);
}
