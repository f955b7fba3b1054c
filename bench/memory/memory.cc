// What an idle WebSocket session costs the broker in memory, plain and over TLS: the slope of what the
// process has in memory between two numbers of sessions of a real broker.
//   --subscribers FROM,TO   1000,5000
#include <fmt/format.h>

#include "bench/support/broker_process.h"
#include "bench/support/helper.h"
#include "bench/support/measure.h"
#include "bench/support/session_memory.h"
#include "bench/support/tls_sessions.h"

namespace {

using namespace gjallar::bench;

void run(int argc, char** argv) {
  const auto [from, to] = session_range(argc, argv, "--subscribers");
  fmt::print("user-space memory of the broker an idle WebSocket session, between {} and {} of them\n", from,
             to);
  const ScratchFolder folder;
  std::vector<Row> rows;
  {
    const BrokerProcess broker(folder.path());
    Readers readers(folder.path());
    rows.push_back(session_memory("plain", {broker.id()}, from, to, [&](int count) {
      readers.connect(broker.http_port(), count, broker.upgrade_requests(), BrokerProcess::kSubscribed);
    }));
  }
  {
    const auto broker = BrokerProcess::over_tls(folder.path());
    TlsSessions sessions;
    rows.push_back(session_memory("over TLS", {broker->id()}, from, to, [&](int count) {
      sessions.connect(broker->http_port(), count, broker->upgrade_requests(), BrokerProcess::answers());
    }));
  }
  print_rows("memory", rows);
}

}  // namespace

int main(int argc, char** argv) {
  return run_benchmark("memory", argc, argv, run);
}
