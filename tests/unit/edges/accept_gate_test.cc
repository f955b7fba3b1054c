// What a connection to the gRPC edge must pass before TLS begins.
#include "broker/edges/grpc/accept_gate.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "broker/core/limits.h"
#include "tests/unit/edges/loopback_client.h"

namespace gjallar::edges {
namespace {

constexpr std::chrono::seconds kTakenWithin{60};

using GateClient = testing::LoopbackClient;

/// Stands for gRPC: keeps what it is given.
class Taker {
 public:
  ~Taker() { end_all(); }
  AcceptGate::Take take() {
    return [this](int descriptor) {
      const std::lock_guard lock(mutex_);
      taken_.push_back(descriptor);
      came_.notify_all();
    };
  }
  /// False if so many don't come in `time`.
  [[nodiscard]] bool wait_for(std::size_t count, std::chrono::milliseconds time = kTakenWithin) {
    std::unique_lock lock(mutex_);
    return came_.wait_for(lock, time, [&] { return taken_.size() >= count; });
  }
  [[nodiscard]] std::size_t count() {
    const std::lock_guard lock(mutex_);
    return taken_.size();
  }
  [[nodiscard]] int first() {
    const std::lock_guard lock(mutex_);
    return taken_.front();
  }
  /// As gRPC ends connections.
  void end_all() {
    const std::lock_guard lock(mutex_);
    for (const int descriptor : taken_) {
      ::shutdown(descriptor, SHUT_RDWR);
      ::close(descriptor);
    }
    taken_.clear();
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<int> taken_;
};

void wait_until_none_counts(const AcceptGate& gate, const char* address) {
  const auto give_up = std::chrono::steady_clock::now() + kTakenWithin;
  while (gate.count(address) > 0 && std::chrono::steady_clock::now() < give_up)
    std::this_thread::yield();
  CHECK(gate.count(address) == 0);
}

int option(int descriptor, int level, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  REQUIRE(::getsockopt(descriptor, level, name, &value, &size) == 0);
  return value;
}

std::unique_ptr<AcceptGate> gate_of(std::size_t most, const core::Clock& clock) {
  return AcceptGate::listen("127.0.0.1:0", most, clock).value();
}

}  // namespace

TEST_CASE("a connection too many of one address is closed at once, and another address is served") {
  const core::ManualClock clock;
  Taker taker;
  const auto gate = gate_of(3, clock);
  gate->start(taker.take());
  std::vector<GateClient> clients;
  for (int n = 0; n < 3; ++n)
    clients.emplace_back(gate->port());
  REQUIRE(taker.wait_for(3));
  CHECK(GateClient(gate->port()).ends());
  CHECK(GateClient(gate->port()).ends());
  CHECK(taker.count() == 3);
  const GateClient other(gate->port(), "127.0.0.2");
  REQUIRE(taker.wait_for(4));
  CHECK(gate->count("127.0.0.1") == 3);
  CHECK(gate->count("127.0.0.2") == 1);
}

TEST_CASE("a connection counts until it ends, whichever side ends it") {
  const core::ManualClock clock;
  Taker taker;
  const auto gate = gate_of(2, clock);
  gate->start(taker.take());
  {
    const GateClient first(gate->port());
    const GateClient second(gate->port());
    REQUIRE(taker.wait_for(2));
  }
  wait_until_none_counts(*gate, "127.0.0.1");
  taker.end_all();
  GateClient third(gate->port());
  GateClient fourth(gate->port());
  REQUIRE(taker.wait_for(2));
  CHECK(gate->count("127.0.0.1") == 2);
  taker.end_all();
  CHECK(third.ends());
  CHECK(fourth.ends());
  wait_until_none_counts(*gate, "127.0.0.1");
}

TEST_CASE("without a limit nothing is counted") {
  const core::ManualClock clock;
  Taker taker;
  const auto gate = gate_of(0, clock);
  gate->start(taker.take());
  std::vector<GateClient> clients;
  for (int n = 0; n < 50; ++n)
    clients.emplace_back(gate->port());
  REQUIRE(taker.wait_for(50));
  CHECK(gate->count("127.0.0.1") == 0);
}

TEST_CASE(
    "handshakes begin no faster than they can be done: so many at once, and the next when time has passed") {
  core::ManualClock clock;
  Taker taker;
  const auto gate = gate_of(0, clock);
  gate->start(taker.take());
  const auto at_once = static_cast<std::size_t>(core::limits::kHandshakesAtOnce);
  std::vector<GateClient> clients;
  for (std::size_t n = 0; n < at_once; ++n)
    clients.emplace_back(gate->port());
  REQUIRE(taker.wait_for(at_once));
  clients.emplace_back(gate->port());
  clients.emplace_back(gate->port());
  CHECK_FALSE(taker.wait_for(at_once + 1, std::chrono::milliseconds(300)));
  clock.advance(std::chrono::duration_cast<core::Micros>(
      std::chrono::duration<double>(1.01 / core::limits::kHandshakesPerSecond)));
  REQUIRE(taker.wait_for(at_once + 1));
  CHECK_FALSE(taker.wait_for(at_once + 2, std::chrono::milliseconds(300)));
}

TEST_CASE("sockets that the gate accepts hold little that isn't on the wire, and give up a silent peer") {
  const core::ManualClock clock;
  Taker taker;
  const auto gate = gate_of(1, clock);
  gate->start(taker.take());
  const GateClient client(gate->port());
  REQUIRE(taker.wait_for(1));
  CHECK(option(taker.first(), IPPROTO_TCP, TCP_NOTSENT_LOWAT) == core::limits::kSocketUnsentBytesMax);
  CHECK(option(taker.first(), IPPROTO_TCP, TCP_NODELAY) != 0);
  CHECK(option(taker.first(), IPPROTO_TCP, TCP_USER_TIMEOUT) ==
        std::chrono::milliseconds(core::limits::kPeerSilenceMax).count());
}

TEST_CASE("a gate on an address that is taken says so, and one that was stopped gives it up") {
  const core::ManualClock clock;
  auto gate = gate_of(0, clock);
  const std::string address = "127.0.0.1:" + std::to_string(gate->port());
  const auto second = AcceptGate::listen(address, 0, clock);
  REQUIRE(second.has_error());
  CHECK(second.error().field == "grpc.address");
  gate->stop();
  CHECK(AcceptGate::listen(address, 0, clock).has_value());
  CHECK(AcceptGate::listen("nowhere", 0, clock).has_error());
}

TEST_CASE("a gate for all addresses takes both families, and counts one of version 4 by its own form") {
  const core::ManualClock clock;
  Taker taker;
  const auto gate = AcceptGate::listen("0.0.0.0:0", 5, clock).value();
  gate->start(taker.take());
  const GateClient client(gate->port());
  REQUIRE(taker.wait_for(1));
  CHECK(gate->count("127.0.0.1") == 1);
}

}  // namespace gjallar::edges
