#pragma once

namespace gjallar::bench {

/// A benchmark's program is its own helpers too: if the words ask for one (`--floor …`, `--readers …`), runs
/// it and ends the process; otherwise returns. First thing in main.
void run_helper(int argc, char** argv);

}  // namespace gjallar::bench
