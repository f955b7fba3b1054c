#include "bench/support/session_memory.h"

#include <stdexcept>
#include <utility>

#include "bench/support/usage.h"

namespace gjallar::bench {
namespace {

struct Memory {
  double resident = 0, own = 0;
};

Memory memory_of(const std::vector<pid_t>& processes) {
  wait_until_quiet(processes);
  Memory memory;
  for (const pid_t process : processes) {
    memory.resident += resident_bytes(process);
    memory.own += private_bytes(process);
  }
  return memory;
}

}  // namespace

Row session_memory(const std::string& name, const std::vector<pid_t>& processes, int from, int to,
                   const std::function<void(int)>& connect) {
  connect(from);
  const Memory before = memory_of(processes);
  connect(to - from);
  const Memory after = memory_of(processes);
  const double sessions = to - from;
  return {name,
          {{"from", from},
           {"to", to},
           {"private_bytes", (after.own - before.own) / sessions},
           {"resident_bytes", (after.resident - before.resident) / sessions},
           {"process_mb", after.resident / 1e6}}};
}

std::pair<int, int> session_range(int argc, char** argv, const std::string& word) {
  const auto range =
      numbers_of(argc, argv, word, is_quick(argc, argv) ? std::vector{100, 300} : std::vector{1'000, 5'000});
  if (range.size() != 2 || range[0] >= range[1])
    throw std::runtime_error(word + " takes two numbers, the smaller first: 1000,5000");
  return {range[0], range[1]};
}

}  // namespace gjallar::bench
