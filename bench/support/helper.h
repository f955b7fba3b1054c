#pragma once

#include <functional>
#include <string>
#include <vector>

namespace gjallar::bench {

/// A helper process that a benchmark's program is too, when its first word is this one; gets the words
/// behind it.
struct Helper {
  std::string word;
  std::function<int(const std::vector<std::string>&)> run;
};

/// A benchmark's main. If the words ask for a helper process (`--floor …`, `--readers …`, `--crowd …`, or one
/// of `own`), it is that. Else prints what it runs on and calls `run` with the program's words; what that
/// throws is printed, and the result 1.
[[nodiscard]] int run_benchmark(const std::string& name, int argc, char** argv,
                                const std::function<void(int, char**)>& run,
                                const std::vector<Helper>& own = {});

}  // namespace gjallar::bench
