#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "bench/support/measure.h"

namespace gjallar::bench {

/// What an idle session costs a server in memory: the slope of what its processes have between `from` and
/// `to` sessions, once they are quiet. `connect` connects so many more, and returns once they are subscribed.
[[nodiscard]] Row session_memory(const std::string& name, const std::vector<pid_t>& processes, int from,
                                 int to, const std::function<void(int)>& connect);

/// The two numbers behind `word` ("--subscribers 1000,5000"), or what is usual; throws unless the first is
/// less.
[[nodiscard]] std::pair<int, int> session_range(int argc, char** argv, const std::string& word);

}  // namespace gjallar::bench
