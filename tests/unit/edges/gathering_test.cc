// What a socket takes no more of waits, and goes out together once it is ready again.
#include "tests/support/sample_alerts.h"
#include "tests/unit/edges/edge_world.h"

using namespace gjallar;
using gjallar::edges::websocket::Framing;
using gjallar::testing::EdgeWorld;
using gjallar::testing::LoopbackClient;

namespace {

constexpr std::size_t kEvents = 400;  // more than the socket and the session take

std::size_t times(const std::string& text, const std::string& wanted) {
  std::size_t count = 0;
  for (std::size_t at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at + 1))
    ++count;
  return count;
}

/// All that a client is sent that doesn't read while so many events are published, and then does.
std::string read_after_a_burst(Framing framing) {
  fanout::HubOptions options;
  options.shards = 1;
  EdgeWorld world(options);
  LoopbackClient client = world.open_websocket(framing);
  LoopbackClient reading = world.open_websocket();
  for (std::size_t n = 0; n < kEvents; ++n) {
    world.base.broker.issue(testing::sample_content({"SE-01"}, {}, v1::GRADE_LEVEL_INFORMATION));
    REQUIRE(reading.hears("gjallar.v1.alert.issued"));  // nobody waits for who doesn't read
  }
  const std::string last = "\"seq\":\"" + std::to_string(world.base.head()) + "\"";
  while (client.heard().find(last) == std::string::npos)
    REQUIRE(client.listens(testing::kHeardWithin));
  return client.heard();
}

}  // namespace

TEST_CASE("a client that chose arrays is sent all that waited in few of them, each event once") {
  const std::string sent = read_after_a_burst(Framing::kBatch);
  CHECK(times(sent, "gjallar.v1.alert.issued") == kEvents);
  CHECK(times(sent, "[{\"prevseq\"") < kEvents * 3 / 4);
}

TEST_CASE("a client that chose single objects is sent each event once, as a message of its own") {
  const std::string sent = read_after_a_burst(Framing::kCloudEvents);
  CHECK(times(sent, "gjallar.v1.alert.issued") == kEvents);
}
