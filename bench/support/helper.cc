#include "bench/support/helper.h"

#include <cstdlib>
#include <string_view>

#include "bench/support/floor.h"
#include "bench/support/readers.h"

namespace gjallar::bench {

void run_helper(int argc, char** argv) {
  if (argc == 5 && std::string_view(argv[1]) == "--floor")
    run_floor(std::atoi(argv[2]), argv[3], static_cast<std::size_t>(std::atol(argv[4])));
  if (argc == 3 && std::string_view(argv[1]) == "--readers") std::_Exit(run_readers(std::atoi(argv[2])));
}

}  // namespace gjallar::bench
