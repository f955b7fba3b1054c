#pragma once

namespace gjallar::core {

/// Call first in main(), before anything uses OpenSSL: its exit handler then doesn't run. A library's threads
/// may outlive main() by a moment (gRPC's do), and what OpenSSL keeps for a thread that ends after that
/// handler is lost from sight: a leak, and with bad luck a use of what is freed already. The process's memory
/// goes with the process.
void leave_openssl_to_the_process_end() noexcept;

}  // namespace gjallar::core
