#include "broker/core/process_end.h"

#include <openssl/crypto.h>

namespace gjallar::core {

void leave_openssl_to_the_process_end() noexcept {
  OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);
}

}  // namespace gjallar::core
