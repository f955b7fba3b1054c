#pragma once

namespace gjallar::bench {

/// The floor: a bare program. It takes connections on `port`; whatever comes on the one that sent "publish"
/// is written to a file and synced, then one prepared frame of `bytes` is sent to all other connections by a
/// loop of non-blocking sends from one thread. Runs until it is killed.
[[noreturn]] void run_floor(int port, const char* file, unsigned bytes);

}  // namespace gjallar::bench
