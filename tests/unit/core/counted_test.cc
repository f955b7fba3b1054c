#include "broker/core/counted.h"

#include <catch2/catch.hpp>
#include <thread>
#include <vector>

namespace gjallar::core {
namespace {

/// Says when it goes, and tries to be owned once more on its way out.
class Mortal final : public Counted {
 public:
  explicit Mortal(int& gone) : gone_(gone) {}
  ~Mortal() override {
    CHECK(owned_if_alive(this) == nullptr);
    ++gone_;
  }

 private:
  int& gone_;
};

}  // namespace

TEST_CASE("what counts its owners goes with the last of them, and can't be owned again on its way") {
  int gone = 0;
  Owned<Mortal> first = make_owned<Mortal>(gone);
  Owned<Counted> second = first;
  first.reset();
  CHECK(gone == 0);
  Owned<Mortal> third = owned_if_alive(static_cast<Mortal*>(second.get()));
  REQUIRE(third);
  second.reset();
  CHECK(gone == 0);
  third.reset();
  CHECK(gone == 1);
  CHECK(owned_if_alive(static_cast<Mortal*>(nullptr)) == nullptr);
}

TEST_CASE("owners may come and go on several threads") {
  int gone = 0;
  Owned<Mortal> mortal = make_owned<Mortal>(gone);
  std::vector<std::thread> threads;
  for (int n = 0; n < 4; ++n) {
    threads.emplace_back([mortal] {
      for (int i = 0; i < 10'000; ++i)
        const Owned<Mortal> another = mortal;
    });
  }
  mortal.reset();
  for (std::thread& thread : threads)
    thread.join();
  threads.clear();
  CHECK(gone == 1);
}

TEST_CASE("counting owners takes four bytes beside the table of functions") {
  CHECK(sizeof(Counted) <= 16);
}

}  // namespace gjallar::core
