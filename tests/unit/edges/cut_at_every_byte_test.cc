// The connection cut at every byte: the client has what came whole, comes back with its cursor, and ends with
// exactly what concerns it.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <deque>
#include <map>
#include <tuple>

#include "broker/core/fault.h"
#include "tests/support/fanout_fixture.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/unit/edges/cut_client.h"

namespace gjallar::testing {
namespace {

// One letter an event. c: issued; u: urgent; r: a revision; g: graded up to urgent; x: an urgent one is
// retracted; - and !: issued elsewhere, ! urgent.
constexpr std::string_view kEarlier = "cucxc-c";           // before the client's cursor
constexpr std::string_view kBacklog = "c-uc!rcu-cgcx-cc";  // while no session is open
constexpr std::string_view kFilling = "cc";                // what a slow client's socket takes
constexpr std::string_view kBehind = "-cu!rc-gxu!c";       // while it takes no more
constexpr std::string_view kLive = "c-uc!xrc--";           // one after another
const std::string kStream = fmt::format("{}{}{}{}", kBacklog, kFilling, kBehind, kLive);
static_assert(kBacklog.size() + kFilling.size() + kBehind.size() + kLive.size() == 40);

constexpr std::size_t kWindow = 2;  // events that a slow client's socket takes
constexpr std::size_t kRing = 8;    // so that the rest of kBehind is read from the log
constexpr std::chrono::milliseconds kBeat{40};

fanout::HubOptions cut_options() {
  fanout::HubOptions options;
  options.shards = 1;
  options.ring_frames_max = kRing;
  options.heartbeat_interval = kBeat;
  return options;
}

/// The broker, the 40 events, and what two clients were sent of them who were connected meanwhile.
class CutWorld {
 public:
  CutWorld() : world_(cut_options()) {
    clinic_ = world_.broker.add(sample_service("clinic"));
    publish(kEarlier);
    before_ = world_.head();
    publish(kBacklog);
    const auto resuming = connect(world_.receiving_after("clinic", before_));
    const auto fresh = connect(FanoutFixture::receiving("clinic"));
    record(resuming, resumed_, "caughtup");
    record(fresh, stated_, "caughtup");
    publish(kFilling);
    for (const auto& client : {resuming, fresh})
      client->wait_for(kFilling.size());
    publish(kBehind);
    // What is urgent and concerns it overtakes: the others wait.
    const auto ahead = std::count_if(kBehind.begin(), kBehind.end(), [](char c) { return is_urgent(c); });
    for (const auto& client : {resuming, fresh})
      client->wait_for(kFilling.size() + static_cast<std::size_t>(ahead));
    for (std::size_t n = 0; n <= kLive.size(); ++n) {
      const std::string last = "event " + std::to_string(world_.head());
      if (n == 0 || is_here(kLive[n - 1])) record(resuming, resumed_, last);
      if (n == 0 || is_here(kLive[n - 1])) record(fresh, stated_, last);
      if (n < kLive.size()) publish(kLive.substr(n, 1));
    }
    world_.broker.clock.advance(kBeat);
    record(resuming, resumed_, "heartbeat");
    record(fresh, stated_, "heartbeat");
    resuming->cut();
    fresh->cut();
    truth_ = CutTruth(*world_.broker.log, clinic_);
  }

  /// What a client with a cursor (or without) was sent before it was cut.
  [[nodiscard]] const SentGroups& sent(bool with_cursor) const { return with_cursor ? resumed_ : stated_; }
  [[nodiscard]] const CutTruth& truth() const { return truth_; }
  [[nodiscard]] core::LogId log_id() const { return world_.broker.log->id(); }
  [[nodiscard]] core::Seq before() const { return before_; }
  [[nodiscard]] core::Seq head() const { return world_.head(); }
  /// Whether the event of the stream concerns the service, as it was meant.
  [[nodiscard]] static bool is_here(char letter) { return letter != '-' && letter != '!'; }
  [[nodiscard]] static bool is_urgent(char letter) { return letter == 'u' || letter == 'g' || letter == 'x'; }
  [[nodiscard]] std::size_t requests() const { return answers_.size(); }

  /// What a session is sent that begins with this client's cursor and isn't cut. Asked of the hub once for
  /// each request: what it answers depends on nothing else.
  const std::vector<CutMessage>& answer(const CutClient& client, Wire wire) {
    const auto [found, is_new] =
        answers_.try_emplace(std::tuple(wire, client.cursor(), client.seen().seq), std::vector<CutMessage>());
    if (!is_new) return found->second;
    fanout::SessionRequest request = FanoutFixture::receiving("clinic");
    if (client.cursor()) request.cursor = core::Cursor{log_id(), *client.cursor()};
    if (client.seen().seq != 0) request.seen = client.seen();
    const auto session = world_.open(request);
    SentGroups groups;
    record(session, groups, "caughtup");
    session->cut();
    WireDecoder decoder(wire);
    for (const char byte : bytes_of(wire, groups, log_id())) {
      for (const WireDecoder::Text& text : decoder.take(byte)) {
        for (const CutMessage& message : read_text(text, wire, truth_))
          found->second.push_back(message);
      }
    }
    return found->second;
  }

 private:
  FanoutFixture::Client connect(const fanout::SessionRequest& request) {
    auto client = core::make_owned<MemoryTransport>(kWindow);
    client->attach(world_.try_open(request, client).value());
    return client;
  }

  /// Takes up to this frame, in groups of one to four.
  static void record(const FanoutFixture::Client& client, SentGroups& groups, const std::string& last) {
    std::size_t room = 0;
    for (MemoryTransport::Sent& sent : client->take_until(last)) {
      if (room == 0) room = 1 + groups.size() % 4;
      if (room == 1 + groups.size() % 4) groups.emplace_back();
      groups.back().push_back(std::move(sent));
      --room;
    }
  }

  void publish(std::string_view letters) {
    for (const char letter : letters) {
      const core::Seq head = world_.head();
      publish(letter);
      if (world_.head() != head + 1) throw std::runtime_error("not one event a command");
    }
  }

  static v1::AlertContent small_content(const std::string& area, v1::GradeLevel level) {
    v1::AlertContent content = sample_content({area}, {}, level);
    content.mutable_texts(0)->set_headline("Prov");
    content.mutable_texts(0)->set_description("Prov.");
    content.mutable_texts(0)->clear_instruction();
    return content;
  }

  void publish(char letter) {
    const auto issue = [this](const std::string& area, bool urgent) {
      return world_.broker.issue(
          small_content(area, urgent ? v1::GRADE_LEVEL_URGENT : v1::GRADE_LEVEL_INFORMATION));
    };
    if (!is_here(letter)) {
      issue("NO-46", letter == '!');
    } else if (letter == 'c') {
      calm_.push_back(issue("SE-01", false));
    } else if (letter == 'u') {
      urgent_.push_back(issue("SE-01", true));
    } else if (letter == 'r') {
      v1::AlertContent content = small_content("SE-01", v1::GRADE_LEVEL_INFORMATION);
      content.mutable_texts(0)->set_headline(fmt::format("Prov {}", world_.head()));
      (void)world_.broker.must(police(), revise_command(calm_.back(), content, {"texts"}));
    } else if (letter == 'g') {
      (void)world_.broker.must(coordinator(), grade_command(calm_.front(), v1::GRADE_LEVEL_URGENT));
      urgent_.push_front(calm_.front());
      calm_.pop_front();
    } else {
      (void)world_.broker.must(police(), retract_command(urgent_.back()));
      urgent_.pop_back();
    }
  }

  FanoutFixture world_;
  core::ServiceNumber clinic_ = 0;
  core::Seq before_ = 0;
  std::deque<std::string> calm_, urgent_;  ///< live alerts, oldest first
  SentGroups resumed_, stated_;
  CutTruth truth_;
  std::map<std::tuple<Wire, std::optional<core::Seq>, core::Seq>, std::vector<CutMessage>> answers_;
};

/// What the client that comes back says in the end.
std::string after_cut(CutWorld& world, Wire wire, CutClient client, std::string finding) {
  const std::vector<CutMessage>& answer = world.answer(client, wire);
  client.connect();
  for (const CutMessage& message : answer)
    client.apply(message, finding);
  client.check(finding);
  return finding;
}

/// Cuts after each number of bytes from none to all; what is wrong first, or nothing.
std::string cut_everywhere(CutWorld& world, Wire wire, bool with_cursor,
                           CutMistake mistake = CutMistake::kNone) {
  const std::string bytes = bytes_of(wire, world.sent(with_cursor), world.log_id());
  WireDecoder decoder(wire);
  CutClient client(world.truth(), with_cursor ? std::optional(world.before()) : std::nullopt, mistake);
  client.connect();
  std::string finding;
  for (std::size_t seen = 0;; ++seen) {
    const std::string wrong = after_cut(world, wire, client, finding);
    if (!wrong.empty()) return fmt::format("cut after byte {} of {}: {}", seen, bytes.size(), wrong);
    if (seen == bytes.size()) return {};
    for (const WireDecoder::Text& text : decoder.take(bytes[seen])) {
      for (const CutMessage& message : read_text(text, wire, world.truth()))
        client.apply(message, finding);
    }
  }
}

std::vector<std::string> sent_texts(const SentGroups& groups) {
  std::vector<std::string> texts;
  for (const auto& group : groups) {
    for (const std::string& text : texts_of(group))
      texts.push_back(text);
  }
  return texts;
}

TEST_CASE("the stream that is cut holds what a cut may take apart") {
  CutWorld world;
  REQUIRE(world.head() == world.before() + 40);
  std::size_t here = 0;
  for (std::size_t n = 0; n < kStream.size(); ++n) {
    INFO("event " << n << " of the stream");
    CHECK(world.truth().concerns(world.before() + 1 + n) == CutWorld::is_here(kStream[n]));
    here += CutWorld::is_here(kStream[n]) ? 1 : 0;
  }
  for (const bool with_cursor : {true, false}) {
    const std::vector<std::string> texts = sent_texts(world.sent(with_cursor));
    const auto caught_up = std::find(texts.begin(), texts.end(), "caughtup");
    REQUIRE(caught_up != texts.end());
    // Ahead of the backlog, or retracted before the state; and ahead of the others when the client had fallen
    // behind.
    const auto overtaking = [](const std::string& text) { return text.rfind("overtaking", 0) == 0; };
    CHECK(std::any_of(texts.begin(), caught_up, overtaking));
    const auto later = std::find_if(caught_up, texts.end(), overtaking);
    REQUIRE(later != texts.end());
    CHECK(std::find(later, texts.end(), "event " + later->substr(11)) > later + 1);
    const auto in_order = std::count_if(texts.begin(), texts.end(),
                                        [](const std::string& text) { return text.rfind("event", 0) == 0; });
    if (with_cursor) CHECK(static_cast<std::size_t>(in_order) == here);
    CHECK((std::count(texts.begin(), texts.end(), "state") > 8) == !with_cursor);
  }
}

TEST_CASE("cut at every byte, a client that comes back ends with exactly what concerns it") {
  CutWorld world;
  for (const Wire wire : {Wire::kObjects, Wire::kArrays, Wire::kServerSent}) {
    for (const bool with_cursor : {true, false}) {
      INFO("wire " << static_cast<int>(wire) << (with_cursor ? ", with a cursor" : ", from the state"));
      CHECK(cut_everywhere(world, wire, with_cursor) == "");
    }
  }
  // One message at a time, they came back from each event that concerned them, and from the heartbeat.
  const auto here = std::count_if(kStream.begin(), kStream.end(), CutWorld::is_here);
  CHECK(world.requests() > 2 * static_cast<std::size_t>(here + 1));
}

TEST_CASE("a client that resumes from a wrong place is found") {
  CutWorld world;
  for (const Wire wire : {Wire::kObjects, Wire::kArrays, Wire::kServerSent}) {
    for (const CutMistake mistake :
         {CutMistake::kCursorAhead, CutMistake::kCursorBehind, CutMistake::kCursorByOvertaking}) {
      INFO("wire " << static_cast<int>(wire) << ", mistake " << static_cast<int>(mistake));
      CHECK(cut_everywhere(world, wire, true, mistake) != "");
    }
    CHECK(cut_everywhere(world, wire, false, CutMistake::kCursorByState) != "");
  }
}

#ifdef GJALLAR_FAULTS
TEST_CASE("deliberate faults of the broker are found by some cut") {
  for (const core::Fault fault :
       {core::Fault::kRingOffByOne, core::Fault::kCursorMovedByOvertaking, core::Fault::kOvertakingUnmarked,
        core::Fault::kPreviousUnconcerned, core::Fault::kCaughtUpEarly}) {
    core::active_fault = fault;
    std::string finding;
    {
      CutWorld world;
      finding = cut_everywhere(world, Wire::kObjects, true);
    }
    core::active_fault = core::Fault::kNone;
    INFO("fault " << static_cast<int>(fault));
    CHECK(finding != "");
  }
}
#endif

}  // namespace
}  // namespace gjallar::testing
