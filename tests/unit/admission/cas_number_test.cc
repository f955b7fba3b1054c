#include "broker/admission/cas_number.h"

#include <catch2/catch.hpp>

using gjallar::admission::is_cas_number;

TEST_CASE("a CAS number has its form and its check digit") {
  for (const char* good : {"437-38-7", "561-27-3", "27203-92-5", "42542-10-9", "7732-18-5", "58-08-2"}) {
    INFO(good);
    CHECK(is_cas_number(good));
  }
  for (const char* bad : {"", "437-38-8", "473-38-7", "437387", "437-387", "4-38-7", "043-73-8", "437-3a-7",
                          "437-38-77", "12345678-90-1", "437 38 7", "-437-38-7", "437-38-", "561--27-3"}) {
    INFO(bad);
    CHECK_FALSE(is_cas_number(bad));
  }
}
