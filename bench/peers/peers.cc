// Other people's servers, driven by the same load clients as the broker, in what the broker is measured in
// too. bench/peers/run.py installs and starts them, and calls this for each.
//   fanout|memory|stalled|reconnect                   what to measure: peer.h says how, and the options
//   --peer NAME=PROTOCOL:PORT:TLS_PORT:PID[,PID...]   any number of them
#include <map>
#include <stdexcept>
#include <string>

#include "bench/peers/peer.h"
#include "bench/support/helper.h"

namespace {

using namespace gjallar::bench;

void run(int argc, char** argv) {
  const std::map<std::string, void (*)(int, char**)> sections{{"fanout", measure_fanout},
                                                              {"memory", measure_memory},
                                                              {"stalled", measure_stalled},
                                                              {"reconnect", measure_reconnect}};
  const auto section = sections.find(argc > 1 ? argv[1] : "");
  if (section == sections.end()) throw std::runtime_error("the first word is what to measure");
  section->second(argc, argv);
}

}  // namespace

int main(int argc, char** argv) {
  return run_benchmark("peers", argc, argv, run);
}
