#include "broker/edges/bulk_reader.h"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <vector>

namespace v1 = gjallar::v1;
using gjallar::edges::BulkReader;

TEST_CASE("reads run one after another, in order, on another thread") {
  std::vector<int> ran;
  std::thread::id where;
  {
    BulkReader reader;
    for (int i = 0; i < 100; ++i) {
      REQUIRE(reader
                  .run([&ran, &where, i] {
                    ran.push_back(i);
                    where = std::this_thread::get_id();
                  })
                  .has_value());
    }
  }  // what waits is run before the reader is gone
  REQUIRE(ran.size() == 100);
  CHECK(std::is_sorted(ran.begin(), ran.end()));
  CHECK(where != std::this_thread::get_id());
}

TEST_CASE("more reads than may wait are refused with a time to come back") {
  BulkReader reader(2);
  std::promise<void> running;
  std::promise<void> released;
  REQUIRE(reader
              .run([&] {
                running.set_value();
                released.get_future().wait();
              })
              .has_value());
  running.get_future().wait();
  std::atomic<int> ran{0};
  REQUIRE(reader.run([&ran] { ++ran; }).has_value());
  REQUIRE(reader.run([&ran] { ++ran; }).has_value());
  const auto refused = reader.run([&ran] { ++ran; });
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == v1::ERROR_CODE_OVERLOADED);
  CHECK(refused.error().retry_after.has_value());
  released.set_value();
  reader.stop();
  CHECK(ran == 2);
  CHECK(reader.run([] {}).error().code == v1::ERROR_CODE_UNAVAILABLE);
}
