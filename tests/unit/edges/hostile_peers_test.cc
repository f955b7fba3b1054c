// Peers that are dead, that only talk, or that come in a crowd: by the broker's clock, which stands still.
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

#include "broker/edges/http/http_edge.h"
#include "broker/security/tls.h"
#include "tests/support/count_allocations.h"
#include "tests/support/sample_alerts.h"
#include "tests/unit/edges/edge_world.h"

using namespace gjallar;
using gjallar::testing::EdgeWorld;
using gjallar::testing::LoopbackClient;

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A heartbeat comes after so long at the latest, and finds the silence.
static_assert(core::limits::kPeerSilenceMax + core::limits::kHeartbeatInterval < seconds(60));

constexpr milliseconds kBeats{40};
// Of a client's frames, masked with zeros.
const std::string kClientPong("\x8A\x80\0\0\0\0", 6);
const std::string kClientPing("\x89\x80\0\0\0\0", 6);
const std::string kPingHere("\x89\x84\0\0\0\0here", 10);
const std::string kPongHere("\x8A\x04here", 6);

fanout::HubOptions beating() {
  fanout::HubOptions options;
  options.shards = 1;
  options.heartbeat_interval = kBeats;
  return options;
}

/// Lets so much time pass; true once the client has had the heartbeat that is due then.
bool beats_after(EdgeWorld& world, LoopbackClient& client, milliseconds time) {
  world.base.broker.clock.advance(time);
  return client.hears("gjallar.v1.heartbeat");
}

std::size_t count_of(const std::string& text, const std::string& wanted) {
  std::size_t count = 0;
  for (std::size_t at = text.find(wanted); at != std::string::npos;
       at = text.find(wanted, at + wanted.size()))
    ++count;
  return count;
}

}  // namespace

TEST_CASE("a WebSocket peer that answers nothing is asked, and given up after 40 s and no sooner") {
  EdgeWorld world(beating());
  LoopbackClient client = world.open_websocket();
  REQUIRE(beats_after(world, client, seconds(5)));
  world.base.broker.clock.advance(seconds(5));
  CHECK(client.hears(std::string("\x89\0", 2)));  // a ping comes before the second heartbeat
  CHECK(client.hears("gjallar.v1.heartbeat"));
  for (int n = 0; n < 5; ++n)
    REQUIRE(beats_after(world, client, seconds(5)));
  REQUIRE(beats_after(world, client, milliseconds(4'999)));
  world.base.broker.clock.advance(kBeats + milliseconds(1));
  CHECK(client.ends());
  CHECK(client.heard().find("heartbeat") == std::string::npos);
}

TEST_CASE("a WebSocket peer that answers pings stays, and is given up 40 s after its last answer") {
  EdgeWorld world(beating());
  LoopbackClient client = world.open_websocket();
  for (int n = 0; n < 7; ++n)
    REQUIRE(beats_after(world, client, seconds(5)));
  client.say(kClientPong + kPingHere);
  REQUIRE(client.hears(kPongHere));  // so the broker has taken both
  for (int n = 0; n < 7; ++n)
    REQUIRE(beats_after(world, client, seconds(5)));
  world.base.broker.clock.advance(seconds(5) + kBeats);
  CHECK(client.ends());
}

TEST_CASE("who pings and never reads is answered so often, and costs no more memory than that") {
  constexpr std::size_t kPings = 50'000;
  EdgeWorld world(beating());
  LoopbackClient client = world.open_websocket();
  std::string pings;
  for (int n = 0; n < 1'000; ++n)
    pings += kClientPing;
  for (std::size_t n = 0; n < kPings / 1'000; ++n)
    client.say(pings);
  const auto give_up = std::chrono::steady_clock::now() + testing::kHeardWithin;
  int unread = 1;
  while (unread > 0 && std::chrono::steady_clock::now() < give_up) {
    REQUIRE(::ioctl(client.descriptor(), SIOCOUTQ, &unread) == 0);
    std::this_thread::yield();
  }
  REQUIRE(unread == 0);
  world.on_shard([] {});  // what was read is handled
  while (client.heard().find(kPongHere) == std::string::npos && std::chrono::steady_clock::now() < give_up) {
    client.say(kPingHere);
    while (client.listens(milliseconds(100))) {
    }
  }
  CHECK(client.heard().find(kPongHere) != std::string::npos);  // it is still served
  CHECK(count_of(client.heard(), std::string("\x8A\0", 2)) < kPings / 10);
}

TEST_CASE("behind TLS handshakes begin no faster than they can be done, and who comes in a crowd waits") {
  EdgeWorld world;
  const auto authority = security::make_dev_authority(world.base.broker.folder.path() / "dev", {"police"});
  REQUIRE(authority.has_value());
  edges::HttpEdgeOptions options;
  options.address = "127.0.0.1:0";
  options.certificate_file = authority->server_certificate.string();
  options.key_file = authority->server_key.string();
  options.connections_per_address = 0;
  auto edge = edges::HttpEdge::start(world.parts(), options).value();
  // The first needs no token, and all that there are may be taken at once.
  const int at_once = static_cast<int>(core::limits::kHandshakesAtOnce) + 1;
  const auto knock = [&edge] {
    LoopbackClient client(edge->port());
    client.say("this is no handshake\r\n\r\n");
    return client;
  };
  for (int n = 0; n < at_once; ++n)
    REQUIRE(knock().ends());
  LoopbackClient next = knock();
  LoopbackClient after_next = knock();
  CHECK_FALSE(next.ends(milliseconds(300)));
  world.base.broker.clock.advance(std::chrono::duration_cast<core::Micros>(
      std::chrono::duration<double>(1.01 / core::limits::kHandshakesPerSecond)));
  CHECK(next.ends());
  CHECK_FALSE(after_next.ends(milliseconds(300)));
  edge->shutdown();
}

TEST_CASE("a session's socket holds little that isn't on the wire, and gives up a peer that is silent") {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(descriptor >= 0);
  edges::http::SessionSocket socket(descriptor, nullptr, {});
  socket.tune();
  const auto option = [descriptor](int name) {
    int value = 0;
    socklen_t size = sizeof value;
    REQUIRE(::getsockopt(descriptor, IPPROTO_TCP, name, &value, &size) == 0);
    return value;
  };
  CHECK(option(TCP_NOTSENT_LOWAT) == core::limits::kSocketUnsentBytesMax);
  CHECK(option(TCP_NODELAY) != 0);
  CHECK(option(TCP_USER_TIMEOUT) == milliseconds(core::limits::kPeerSilenceMax).count());
}

TEST_CASE("a live event costs the shard as many allocations for fifty WebSockets as for one") {
  fanout::HubOptions options;
  options.shards = 1;
  EdgeWorld world(options);
  std::vector<LoopbackClient> clients;
  const auto allocations_of_an_event = [&] {
    std::size_t before = 0;
    std::size_t after = 0;
    world.on_shard([&] { before = testing::allocations_of_thread; });
    world.base.broker.issue(testing::sample_content({"SE-01"}));
    for (LoopbackClient& client : clients)
      REQUIRE(client.hears("gjallar.v1.alert.issued"));
    world.on_shard([&] { after = testing::allocations_of_thread; });
    return after - before;
  };
  clients.push_back(world.open_websocket());
  (void)allocations_of_an_event();  // buffers that stay
  const std::size_t for_one = allocations_of_an_event();
  while (clients.size() < 50)
    clients.push_back(world.open_websocket());
  (void)allocations_of_an_event();
  const std::size_t for_fifty = allocations_of_an_event();
  CHECK(for_fifty < for_one + 25);  // a timer's tick may fall between
}
