#include "bench/support/helper.h"

#include <fmt/format.h>

#include <cstdlib>
#include <exception>

#include "bench/support/floor.h"
#include "bench/support/measure.h"
#include "bench/support/readers.h"
#include "bench/support/tls_crowd.h"

namespace gjallar::bench {
namespace {

int floor_helper(const std::vector<std::string>& words) {
  if (words.size() != 3) return 2;
  run_floor(std::stoi(words[0]), words[1].c_str(), std::stoul(words[2]));
}

int readers_helper(const std::vector<std::string>& words) {
  return words.size() == 1 ? run_readers(std::stoi(words[0])) : 2;
}

int crowd_helper(const std::vector<std::string>& words) {
  return words.size() == 1 ? run_tls_crowd(std::stoi(words[0])) : 2;
}

}  // namespace

int run_benchmark(const std::string& name, int argc, char** argv, const std::function<void(int, char**)>& run,
                  const std::vector<Helper>& own) {
  try {
    std::vector<Helper> helpers = own;
    helpers.push_back({"--floor", floor_helper});
    helpers.push_back({"--readers", readers_helper});
    helpers.push_back({"--crowd", crowd_helper});
    for (const Helper& helper : helpers) {
      // Without the ends of what it never began.
      if (argc > 1 && helper.word == argv[1])
        std::_Exit(helper.run(std::vector<std::string>(argv + 2, argv + argc)));
    }
    fmt::print("{}: {}\n", name, machine_line());
    run(argc, argv);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_{}: {}\n", name, error.what());
    return 1;
  }
}

}  // namespace gjallar::bench
