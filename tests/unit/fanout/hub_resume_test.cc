// Coming back: what is urgent first, and a log that went another way.
#include <catch2/catch.hpp>

#include "broker/fanout/catch_up.h"
#include "broker/fanout/hub.h"
#include "tests/support/fanout_fixture.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"

namespace gjallar::fanout {
namespace {

using testing::FanoutFixture;
using testing::sample_content;
using testing::texts_of;
using ResumeTexts = std::vector<std::string>;

std::string calm(FanoutFixture& world) {
  return world.broker.issue(sample_content({"SE-01"}, {}, v1::GRADE_LEVEL_INFORMATION));
}
std::string urgent(FanoutFixture& world, const std::string& area = "SE-01") {
  return world.broker.issue(sample_content({area}, {}, v1::GRADE_LEVEL_URGENT));
}

/// The chain hash of an event, as the log has it.
core::Digest hash_at(const FanoutFixture& world, core::Seq seq) {
  return world.broker.log->snapshot()->read_header(seq).value().record.hash;
}

/// Texts of what ran ahead and of what came in order, up to caughtup.
std::pair<ResumeTexts, std::vector<core::Seq>> resumed(FanoutFixture& world, const SessionRequest& request) {
  const auto client = world.open(request);
  ResumeTexts ahead;
  std::vector<core::Seq> in_order;
  for (const auto& one : client->take_until("caughtup")) {
    if (!one.event) continue;
    if (!one.event->overtaking) {
      in_order.push_back(one.event->event->seq);
      continue;
    }
    CHECK(in_order.empty());
    ahead.push_back(one.text());
  }
  client->cut();
  return {ahead, in_order};
}

TEST_CASE("the urgent event in the middle of a backlog of thousands is the first after hello") {
  FanoutFixture world;
  world.broker.add(testing::sample_service("clinic"));
  const core::Seq before = world.head();
  for (int n = 0; n < 1'500; ++n)
    calm(world);
  urgent(world);
  const core::Seq news = world.head();
  for (int n = 0; n < 1'500; ++n)
    calm(world);
  const auto client = world.open(world.receiving_after("clinic", before));
  const auto sent = client->take_until("caughtup");
  REQUIRE(sent.size() == 3'004);
  CHECK(sent[0].text() == "hello");
  CHECK(sent[0].frame->hello().resumption() == v1::RESUMPTION_REPLAYING);
  CHECK(sent[1].text() == "overtaking " + std::to_string(news));
  core::Seq previous = before;
  for (std::size_t at = 2; at < sent.size() - 1; ++at) {
    REQUIRE(sent[at].event.has_value());
    CHECK_FALSE(sent[at].event->overtaking);
    CHECK(sent[at].event->prev_seq == previous);
    previous = sent[at].event->event->seq;
  }
  CHECK(previous == world.head());
  client->cut();
}

TEST_CASE("of an alert only its current version runs ahead, and only while it is urgent or retracted") {
  FanoutFixture world;
  world.broker.add(testing::sample_service("clinic"));
  const core::Seq before = world.head();
  const std::string raised = calm(world);
  const std::string revised = urgent(world);
  const std::string lowered = urgent(world);
  const std::string retracted = urgent(world);
  urgent(world, "NO-46");  // doesn't concern it
  (void)world.broker.must(testing::coordinator(), testing::grade_command(raised, v1::GRADE_LEVEL_URGENT));
  const core::Seq of_raised = world.head();
  v1::AlertContent content = sample_content({"SE-01"}, {}, v1::GRADE_LEVEL_URGENT);
  content.mutable_texts(0)->set_headline("Another batch");
  (void)world.broker.must(testing::police(), testing::revise_command(revised, content, {"texts"}));
  const core::Seq of_revised = world.head();
  (void)world.broker.must(testing::coordinator(),
                          testing::grade_command(lowered, v1::GRADE_LEVEL_INFORMATION));
  (void)world.broker.must(testing::police(), testing::retract_command(retracted));
  const core::Seq of_retracted = world.head();
  calm(world);
  const auto [ahead, in_order] = resumed(world, world.receiving_after("clinic", before));
  CHECK(ahead == ResumeTexts{"overtaking " + std::to_string(of_raised),
                             "overtaking " + std::to_string(of_revised),
                             "overtaking " + std::to_string(of_retracted)});
  CHECK(in_order.size() == 9);
  CHECK(in_order.back() == world.head());
}

TEST_CASE("what the client has already doesn't run ahead, nor does anything to who asks for all history") {
  FanoutFixture world;
  world.broker.add(testing::sample_service("clinic"));
  urgent(world);
  const core::Seq has = world.head();
  calm(world);
  CHECK(resumed(world, world.receiving_after("clinic", has)).first.empty());
  SessionRequest everything = FanoutFixture::receiving("clinic");
  everything.after = 0;
  CHECK(resumed(world, everything).first.empty());
  SessionRequest viewer = FanoutFixture::viewing(testing::coordinator(), "SE-01", "");
  viewer.after = has - 1;
  CHECK(resumed(world, viewer).first.empty());
}

TEST_CASE("of many urgent alerts the newest run ahead, so many at most") {
  FanoutFixture world;
  world.broker.add(testing::sample_service("clinic"));
  const core::Seq before = world.head();
  for (std::size_t n = 0; n < core::limits::kUrgentFirstMax + 6; ++n)
    urgent(world);
  const auto [ahead, in_order] = resumed(world, world.receiving_after("clinic", before));
  REQUIRE(ahead.size() == core::limits::kUrgentFirstMax);
  CHECK(ahead.front() == "overtaking " + std::to_string(before + 7));
  CHECK(ahead.back() == "overtaking " + std::to_string(world.head()));
  CHECK(in_order.size() == core::limits::kUrgentFirstMax + 6);
}

TEST_CASE("after a gap and without a cursor the state begins with what is urgent") {
  FanoutFixture world;
  world.broker.add(testing::sample_service("clinic"));
  urgent(world);
  const core::Seq news = world.head();
  calm(world);
  SessionRequest other_log = FanoutFixture::receiving("clinic");
  other_log.cursor = core::Cursor{core::LogId("FEDCBA9876543210"), 2};
  for (const SessionRequest& request : {other_log, FanoutFixture::receiving("clinic")}) {
    const auto client = world.open(request);
    const auto sent = client->take_until("caughtup");
    const std::size_t first_state = request.cursor ? 2 : 1;
    REQUIRE(sent.size() == first_state + 3);
    REQUIRE(sent[first_state].frame);
    CHECK(sent[first_state].frame->state().seq() == news);
    client->cut();
  }
}

TEST_CASE(
    "who comes without a cursor is told first of what was retracted lately, so that nothing old stays up") {
  FanoutFixture world;
  world.broker.add(testing::sample_service("clinic"));
  const std::string calm_one = calm(world);
  const std::string elsewhere = urgent(world, "NO-46");
  const std::string standing = urgent(world);
  (void)world.broker.must(testing::police(), testing::retract_command(calm_one));
  const core::Seq retraction = world.head();
  (void)world.broker.must(testing::police(), testing::retract_command(elsewhere));
  const auto without_cursor = [&world] {
    const auto client = world.open(FanoutFixture::receiving("clinic"));
    ResumeTexts texts;
    for (const auto& one : client->take_until("caughtup"))
      texts.push_back(one.text());
    client->cut();
    return texts;
  };
  const ResumeTexts told = without_cursor();
  REQUIRE(told.size() == 4);
  CHECK(told[1] == "overtaking " + std::to_string(retraction));
  CHECK(told[2].rfind("state", 0) == 0);

  world.broker.clock.advance(kRetractionsToldFor + std::chrono::hours(1));
  calm(world);
  for (const std::string& text : without_cursor())
    CHECK(text.rfind("overtaking", 0) != 0);
}

TEST_CASE("a client whose last head is in the log goes on, be it the head or an older one") {
  FanoutFixture world;
  world.broker.add(testing::sample_service("clinic"));
  calm(world);
  calm(world);
  for (const core::Seq seen : {world.head(), world.head() - 1, core::Seq{1}}) {
    SessionRequest request = world.receiving_after("clinic", world.head() - 1);
    request.seen = SeenHead{seen, hash_at(world, seen)};
    const auto client = world.open(request);
    const auto sent = client->take_until("caughtup");
    CHECK(texts_of(sent) == ResumeTexts{"hello", "event " + std::to_string(world.head()), "caughtup"});
    CHECK(sent[0].frame->hello().resumption() == v1::RESUMPTION_REPLAYING);
    CHECK(sent[0].frame->hello().replaying() == 1);
    client->cut();
  }
}

TEST_CASE("a client whose last head isn't in the log is told of a fork and given the full state") {
  FanoutFixture world;
  world.broker.add(testing::sample_service("clinic"));
  calm(world);
  calm(world);
  core::Digest other = hash_at(world, world.head());
  other[5] ^= 1;
  for (const core::Seq seen : {world.head(), world.head() - 1, world.head() + 7}) {
    SessionRequest request = world.receiving_after("clinic", world.head() - 1);
    request.seen = SeenHead{seen, other};
    const auto client = world.open(request);
    const auto sent = client->take_until("caughtup");
    CHECK(texts_of(sent) == ResumeTexts{"hello", "gap", "state", "state", "caughtup"});
    CHECK(sent[0].frame->hello().resumption() == v1::RESUMPTION_FORK);
    CHECK(sent[0].frame->hello().replaying() == 0);
    CHECK(sent[1].frame->gap().reason() == v1::GAP_REASON_FORK);
    CHECK(sent[1].frame->gap().from_seq() == world.head() - 1);
    CHECK(sent[1].frame->gap().to_seq() == world.head());
    client->cut();
  }
}

}  // namespace
}  // namespace gjallar::fanout
