// The one main() of every Catch2 test program.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include "broker/core/process_end.h"

int main(int argc, char** argv) {
  gjallar::core::leave_openssl_to_the_process_end();
  return Catch::Session().run(argc, argv);
}
