// What is read from a real log for those who come back: the urgent first, what was retracted, whether the log
// is the one they saw. Of random histories, against a model that keeps the rules and no rows.
#include <fmt/format.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <map>
#include <random>

#include "broker/fanout/catch_up.h"
#include "broker/fanout/catch_up_thread.h"
#include "tests/simulation/faults.h"
#include "tests/support/fanout_fixture.h"
#include "tests/support/rounds.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"

namespace gjallar::testing {
namespace {

using Seqs = std::vector<core::Seq>;

std::string words(const Seqs& seqs) {
  return fmt::format("[{}]", fmt::join(seqs, " "));
}

/// A history of alerts, half of which concern the service "clinic".
class History {
 public:
  explicit History(std::uint64_t seed) : world_({}, seed), random_(seed) {
    interest_.service = world_.broker.add(sample_service("clinic"));
    interest_.service_id = "clinic";
    registered_ = world_.head();
  }

  void go_on(int commands) {
    for (int n = 0; n < commands; ++n)
      command();
  }
  /// What is wrong with what is told at some cursor; empty: nothing.
  std::string check() {
    committed_ = world_.head();
    const core::Seq cursor =
        registered_ + static_cast<core::Seq>(pick(static_cast<int>(world_.head() - registered_) + 1));
    std::string finding = check_urgent(cursor);
    if (finding.empty()) finding = check_retracted();
    if (finding.empty()) finding = check_fork();
    for (const core::Seq piece : {1, 2, 5}) {
      if (finding.empty()) finding = check_pieces(cursor, piece);
    }
    return finding;
  }

 private:
  struct Kept {
    bool concerned = false;
    bool urgent = false;  ///< as it stands
    bool retracted = false;
    bool last_was_urgent = false;  ///< the event that made the present version
    core::Seq last = 0;
    core::WallTime last_time{};
  };

  int pick(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }
  v1::GradeLevel level() { return pick(2) == 0 ? v1::GRADE_LEVEL_URGENT : v1::GRADE_LEVEL_INFORMATION; }

  void command() {
    world_.broker.clock.advance(std::chrono::hours(pick(24 * 4)));
    if (alerts_.empty() || pick(3) == 0) {
      const bool concerned = pick(2) == 0;
      const v1::GradeLevel graded = level();
      const std::string id = world_.broker.issue(sample_content({concerned ? "SE-01" : "NO-46"}, {}, graded));
      Kept& kept = alerts_[id];
      kept.concerned = concerned;
      happened(kept, graded == v1::GRADE_LEVEL_URGENT, false);
      return;
    }
    auto chosen = alerts_.begin();
    std::advance(chosen, pick(static_cast<int>(alerts_.size())));
    Kept& kept = chosen->second;
    if (kept.retracted) return;
    if (pick(3) == 0) {
      (void)world_.broker.must(coordinator(), retract_command(chosen->first));
      return happened(kept, kept.urgent, true);
    }
    const v1::GradeLevel graded = kept.urgent ? v1::GRADE_LEVEL_INFORMATION : v1::GRADE_LEVEL_URGENT;
    (void)world_.broker.must(coordinator(), grade_command(chosen->first, graded));
    happened(kept, !kept.urgent, false);
  }
  void happened(Kept& kept, bool urgent, bool retracted) {
    kept.last_was_urgent = kept.urgent || urgent;
    kept.urgent = urgent;
    kept.retracted = retracted;
    kept.last = world_.head();
    kept.last_time = world_.broker.clock.wall();
  }

  fanout::Prepared prepared(const fanout::SessionRequest& request) {
    fanout::CatchUpThread thread(*world_.broker.log, *world_.broker.directory, *world_.receipts, committed_);
    std::promise<core::Result<fanout::Prepared>> promise;
    auto answer = promise.get_future();
    thread.prepare(
        fanout::plan_start(request, world_.broker.log->id(), world_.head()), interest_,
        [&promise](core::Result<fanout::Prepared> result) { promise.set_value(std::move(result)); });
    thread.start();
    fanout::Prepared answered = answer.get().value();
    thread.stop();
    return answered;
  }
  static Seqs seqs_of(const std::vector<fanout::SharedEvent>& events) {
    Seqs seqs;
    for (const fanout::SharedEvent& event : events)
      seqs.push_back(event->seq);
    return seqs;
  }
  template <typename Due>
  Seqs due(const Due& is_due) const {
    Seqs seqs;
    for (const auto& alert : alerts_) {
      if (alert.second.concerned && is_due(alert.second)) seqs.push_back(alert.second.last);
    }
    std::sort(seqs.begin(), seqs.end());
    if (seqs.size() > core::limits::kUrgentFirstMax)
      seqs.erase(seqs.begin(), seqs.end() - static_cast<std::ptrdiff_t>(core::limits::kUrgentFirstMax));
    return seqs;
  }
  Seqs urgent_after(core::Seq cursor) const {
    return due([cursor](const Kept& kept) {
      return kept.last > cursor && kept.last_was_urgent && (kept.urgent || kept.retracted);
    });
  }
  Seqs retracted_lately() {
    const core::WallTime newest =
        world_.broker.log->snapshot()->read_header(world_.head()).value().record.header.time;
    return due([newest](const Kept& kept) {
      return kept.retracted && kept.last_time >= newest - fanout::kRetractionsToldFor;
    });
  }

  std::string check_urgent(core::Seq cursor) {
    const Seqs told = seqs_of(prepared(world_.receiving_after("clinic", cursor)).urgent);
    const Seqs expected = urgent_after(cursor);
    if (told == expected) return {};
    return fmt::format("after {} is told {} first, and {} is due", cursor, words(told), words(expected));
  }
  std::string check_retracted() {
    const Seqs told = seqs_of(prepared(FanoutFixture::receiving("clinic")).urgent);
    const Seqs expected = retracted_lately();
    if (told == expected) return {};
    return fmt::format("without a cursor is told {}, and {} was retracted", words(told), words(expected));
  }
  std::string check_fork() {
    const core::Seq seen = 1 + static_cast<core::Seq>(pick(static_cast<int>(world_.head())));
    core::Digest hash = world_.broker.log->snapshot()->read_header(seen).value().record.hash;
    for (const bool other : {false, true}) {
      if (other) hash[static_cast<std::size_t>(pick(32))] ^= 1;
      fanout::SessionRequest request = world_.receiving_after("clinic", world_.head());
      request.seen = fanout::SeenHead{seen, hash};
      const fanout::Prepared start = prepared(request);
      if (start.forked != other)
        return fmt::format("head {} {} in the log, and the broker says otherwise", seen,
                           other ? "isn't" : "is");
      if (start.gap.has_value() != other) return "a fork and its gap don't go together";
    }
    return {};
  }

  /// However small the pieces of a look back, together they tell the same.
  std::string check_pieces(core::Seq cursor, core::Seq piece) {
    const auto snapshot = world_.broker.log->snapshot();
    fanout::UrgentNews urgent;
    for (core::Seq from = world_.head(); from > cursor;)
      from = fanout::look_back_urgent(*snapshot, interest_, from, cursor, urgent, piece).value();
    std::sort(urgent.seqs.begin(), urgent.seqs.end());
    if (urgent.seqs != urgent_after(cursor))
      return fmt::format("in pieces of {} after {} is told {} first, and {} is due", piece, cursor,
                         words(urgent.seqs), words(urgent_after(cursor)));
    const core::WallTime newest = snapshot->read_header(world_.head()).value().record.header.time;
    fanout::UrgentNews retracted;
    for (core::Seq from = world_.head(); from > 0;) {
      from = fanout::look_back_retracted(*snapshot, interest_, from, newest - fanout::kRetractionsToldFor,
                                         retracted, piece)
                 .value();
    }
    std::sort(retracted.seqs.begin(), retracted.seqs.end());
    if (retracted.seqs != retracted_lately())
      return fmt::format("in pieces of {} is told {}, and {} was retracted", piece, words(retracted.seqs),
                         words(retracted_lately()));
    Seqs recent;
    for (core::Seq from = cursor; from > 0;)
      from = fanout::look_back(*snapshot, interest_, from, recent, piece).value();
    Seqs whole;
    (void)fanout::look_back(*snapshot, interest_, cursor, whole).value();
    return recent == whole ? std::string()
                           : fmt::format("in pieces of {} the last before {} are {}, and not {}", piece,
                                         cursor, words(recent), words(whole));
  }

  FanoutFixture world_;
  std::mt19937_64 random_;
  fanout::Interest interest_;
  std::map<std::string, Kept> alerts_;
  core::Seq registered_ = 0;
  std::atomic<core::Seq> committed_{0};
};

std::string run_history(std::uint64_t seed) {
  History history(seed);
  std::string finding;
  for (int n = 0; n < 4 && finding.empty(); ++n) {
    history.go_on(10);
    finding = history.check();
  }
  return finding;
}

TEST_CASE("who comes back is told first what the rules say, of whatever happened, in pieces of any size") {
  const int histories = rounds(100);
  for (int seed = 1; seed <= histories; ++seed) {
    const std::string finding = run_history(static_cast<std::uint64_t>(seed));
    INFO("seed " << seed << ": " << finding);
    REQUIRE(finding.empty());
  }
}

#ifdef GJALLAR_FAULTS
TEST_CASE("each deliberate fault of coming back is found by some history") {
  for (const NamedFault& named : kFaultsOfComingBack) {
    std::string finding;
    const int seed = seed_that_finds(named.fault, 60, run_history, finding);
    INFO(named.name);
    CHECK(seed != 0);
    if (seed != 0) WARN(named.name << " found by seed " << seed << ": " << finding);
  }
}
#endif

}  // namespace
}  // namespace gjallar::testing
