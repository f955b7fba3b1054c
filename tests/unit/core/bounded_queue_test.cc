#include "broker/core/bounded_queue.h"

#include <catch2/catch.hpp>
#include <memory>
#include <set>
#include <thread>

namespace gjallar::core {
namespace {

TEST_CASE("a full queue says so and leaves the item as it was") {
  BoundedQueue<std::unique_ptr<int>> queue(1);
  auto first = std::make_unique<int>(1);
  auto second = std::make_unique<int>(2);
  CHECK(queue.try_push(first));
  CHECK_FALSE(queue.try_push(second));
  REQUIRE(second != nullptr);
  CHECK(*second == 2);
  CHECK(queue.size() == 1);
}

TEST_CASE("items come out in order, at most as many as asked for") {
  BoundedQueue<int> queue(8);
  for (int i = 0; i < 5; ++i)
    CHECK(queue.try_push(i));
  std::vector<int> out;
  CHECK(queue.pop_group(out, 3));
  CHECK(out == std::vector<int>{0, 1, 2});
  out.clear();
  CHECK(queue.pop_group(out, 3));
  CHECK(out == std::vector<int>{3, 4});
}

TEST_CASE("a closed queue takes nothing more and gives what is left, then ends") {
  BoundedQueue<int> queue(8);
  int item = 1;
  CHECK(queue.try_push(item));
  queue.close();
  CHECK_FALSE(queue.try_push(item));
  std::vector<int> out;
  CHECK(queue.pop_group(out, 8));
  CHECK(out.size() == 1);
  out.clear();
  CHECK_FALSE(queue.pop_group(out, 8));
}

TEST_CASE("a deadline that has passed ends the wait with nothing") {
  BoundedQueue<int> queue(8);
  std::vector<int> out;
  CHECK(queue.pop_group(out, 8, SystemClock().steady()));
  CHECK(out.empty());
}

TEST_CASE("closing wakes a consumer that waits") {
  BoundedQueue<int> queue(8);
  bool more = true;
  std::thread consumer([&] {
    std::vector<int> out;
    more = queue.pop_group(out, 8);
  });
  queue.close();
  consumer.join();
  CHECK_FALSE(more);
}

TEST_CASE("what many producers push arrives whole, once, and each producer's in its order") {
  constexpr int kProducers = 4;
  constexpr int kItems = 2'000;
  BoundedQueue<std::pair<int, int>> queue(64);
  std::vector<std::thread> producers;
  for (int producer = 0; producer < kProducers; ++producer) {
    producers.emplace_back([&queue, producer] {
      for (int i = 0; i < kItems; ++i) {
        std::pair<int, int> item(producer, i);
        while (!queue.try_push(item))
          std::this_thread::yield();
      }
    });
  }
  std::vector<int> next(kProducers, 0);
  int arrived = 0;
  bool in_order = true;
  while (arrived < kProducers * kItems) {
    std::vector<std::pair<int, int>> out;
    queue.pop_group(out, 16);
    for (const auto& item : out) {
      in_order = in_order && item.second == next[static_cast<std::size_t>(item.first)]++;
      ++arrived;
    }
  }
  for (std::thread& producer : producers)
    producer.join();
  CHECK(in_order);
  CHECK(queue.size() == 0);
}

}  // namespace
}  // namespace gjallar::core
