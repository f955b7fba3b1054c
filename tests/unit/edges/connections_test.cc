#include "broker/edges/http/connections.h"

#include <catch2/catch.hpp>

namespace gjallar::edges::http {
namespace {

/// Counts how often it was closed.
class CountedClosable final : public Closable, public std::enable_shared_from_this<CountedClosable> {
 public:
  void close_now() override { ++closed; }
  std::shared_ptr<void> keep() override { return weak_from_this().lock(); }
  int closed = 0;
};

}  // namespace

TEST_CASE("what is open is closed once, and nothing that has gone") {
  Connections connections(2);
  std::vector<std::shared_ptr<CountedClosable>> all;
  for (int n = 0; n < 5; ++n) {
    all.push_back(std::make_shared<CountedClosable>());
    connections.add(n == 4 ? 1 : 0, *all.back(), nullptr);
  }
  connections.remove(0, *all[1]);
  connections.remove(0, *all[3]);
  CHECK(connections.count() == 3);
  connections.close_all(0);
  CHECK(all[0]->closed == 1);
  CHECK(all[1]->closed == 0);
  CHECK(all[2]->closed == 1);
  CHECK(all[3]->closed == 0);
  CHECK(all[4]->closed == 0);
  connections.remove(0, *all[2]);
  connections.remove(0, *all[0]);
  CHECK_FALSE(connections.wait_until_empty(std::chrono::milliseconds(1)));
  connections.remove(1, *all[4]);
  CHECK(connections.wait_until_empty(std::chrono::milliseconds(1)));
}

TEST_CASE("their owner stays as long as anything of a shard is open, and no longer") {
  auto owner = std::make_shared<Connections>(2);
  const std::weak_ptr<Connections> known = owner;
  Connections& connections = *owner;
  CountedClosable first;
  CountedClosable second;
  CountedClosable elsewhere;
  connections.add(0, first, owner);
  connections.add(0, second, owner);
  connections.add(1, elsewhere, owner);
  owner.reset();
  connections.remove(0, first);
  connections.remove(1, elsewhere);
  REQUIRE_FALSE(known.expired());
  connections.remove(0, second);
  CHECK(known.expired());
}

TEST_CASE("a ticket gives back its place, also after it has moved") {
  const auto connections = std::make_shared<Connections>(1);
  CountedClosable one;
  CountedClosable other;
  {
    Connections::Ticket first(connections, 0, one);
    const Connections::Ticket second(connections, 0, other);
    const Connections::Ticket moved = std::move(first);
    CHECK(connections->count() == 2);
  }
  CHECK(connections->count() == 0);
}

}  // namespace gjallar::edges::http
