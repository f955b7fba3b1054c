// The log against a model in memory, under random operations, restarts, failing writes and rebuilds.
#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "broker/core/limits.h"
#include "tests/support/log_fixture.h"
#include "tests/support/rounds.h"

using gjallar::log::AppendOutcome;
using gjallar::log::AppendStatus;
using gjallar::testing::append;
using gjallar::testing::decide_at_version;
using gjallar::testing::decide_events;
using gjallar::testing::decide_refusal;
using gjallar::testing::Gate;
using gjallar::testing::LogFixture;
using gjallar::testing::request;
using gjallar::testing::rounds;
namespace core = gjallar::core;
namespace log_ns = gjallar::log;
namespace v1 = gjallar::v1;

namespace {

constexpr int kRuns = 6;
constexpr int kSteps = 150;

struct ModelEvent {
  std::string subject;
  std::uint64_t version = 0;
  std::string text;
  core::WallTime time;
};

struct Used {
  std::string command;
  core::Seq first_seq = 0;
  core::Seq last_seq = 0;
  core::WallTime time;
};

struct Command {
  enum Kind { kEvents, kAtVersion, kRefused, kPoison, kNothing } kind = kEvents;
  std::string subject;
  int events = 1;
  std::uint64_t expected_version = 0;
  std::string text;
  std::string key;

  [[nodiscard]] std::string bytes() const { return subject + "|" + std::to_string(events) + "|" + text; }
  [[nodiscard]] log_ns::Decide decide() const {
    switch (kind) {
      case kAtVersion:
        return decide_at_version(subject, expected_version);
      case kRefused:
        return decide_refusal();
      case kPoison:
        return decide_events("poison", events, text);
      case kNothing:
        return decide_events(subject, 0);
      default:
        return decide_events(subject, events, text);
    }
  }
};

struct Expected {
  AppendStatus status = AppendStatus::kCommitted;
  core::Code code = v1::ERROR_CODE_UNSPECIFIED;
  core::Seq first_seq = 0;
  core::Seq last_seq = 0;
};

/// What a log is: events in order, and the keys it remembers.
struct Model {
  std::vector<ModelEvent> events;  ///< [0] is LOG_OPENED
  std::map<std::string, Used> keys;

  [[nodiscard]] std::uint64_t count(const std::string& subject) const {
    return static_cast<std::uint64_t>(std::count_if(
        events.begin(), events.end(), [&](const ModelEvent& e) { return e.subject == subject; }));
  }

  Expected run(const Command& command, core::WallTime wall) {
    const auto time = std::max(wall, events.back().time);
    if (const auto used = keys.find(command.key);
        !command.key.empty() && used != keys.end() &&
        time - used->second.time <= core::limits::kIdempotencyRetention) {
      if (used->second.command != command.bytes()) {
        return {AppendStatus::kRefused, v1::ERROR_CODE_IDEMPOTENCY_KEY_REUSED, 0, 0};
      }
      return {AppendStatus::kDuplicate, v1::ERROR_CODE_UNSPECIFIED, used->second.first_seq,
              used->second.last_seq};
    }
    int yielded = command.events;
    switch (command.kind) {
      case Command::kRefused:
        return {AppendStatus::kRefused, v1::ERROR_CODE_NOT_FOUND, 0, 0};
      case Command::kPoison:
        return {AppendStatus::kRefused, v1::ERROR_CODE_INVALID_ARGUMENT, 0, 0};
      case Command::kNothing:
        return {};
      case Command::kAtVersion:
        if (count(command.subject) != command.expected_version) {
          return {AppendStatus::kRefused, v1::ERROR_CODE_STALE_VERSION, 0, 0};
        }
        yielded = 1;
        break;
      default:
        break;
    }
    const auto first = events.size() + 1;
    for (int i = 0; i < yielded; ++i) {
      const auto version = count(command.subject) + 1;
      const auto text = command.kind == Command::kAtVersion ? "seen" : command.text;
      events.push_back(ModelEvent{command.subject, version, text, time});
    }
    if (!command.key.empty()) keys[command.key] = Used{command.bytes(), first, events.size(), time};
    return {AppendStatus::kCommitted, v1::ERROR_CODE_UNSPECIFIED, first, events.size()};
  }
};

class Run {
 public:
  explicit Run(unsigned seed) : random_(seed), fixture_(seed) {
    model_.events.push_back(ModelEvent{fixture_.log->id().value(), 1, "", fixture_.clock.wall()});
  }

  void step() {
    const int which = pick(20);
    if (which == 0) return reopen();
    if (which == 1) return fail_a_write();
    if (which == 2) return move_time();
    if (which == 3) return rebuild();
    if (which <= 5) return together();
    return one();
  }

  void check_all() {
    const auto report = log_ns::verify(*fixture_.log->snapshot());
    INFO(report.finding);
    REQUIRE(report.intact);
    REQUIRE(report.events == model_.events.size());
    std::size_t at = 0;
    REQUIRE(fixture_.log->snapshot()
                ->for_each(1, report.head.seq,
                           [&](const log_ns::CommittedEvent& event) {
                             const auto& expected = model_.events[at++];
                             REQUIRE(event.record.header.seq == at);
                             REQUIRE(event.record.header.subject == expected.subject);
                             REQUIRE(event.record.header.version == expected.version);
                             REQUIRE(event.record.header.time == expected.time);
                             REQUIRE(event.targets.count() == at % 5);
                             REQUIRE(log_ns::to_event(event.record).value().payload().reason() ==
                                     expected.text);
                             return true;
                           })
                .has_value());
    REQUIRE(at == model_.events.size());
    for (const auto& event : model_.events)
      REQUIRE(fixture_.count(event.subject) == model_.count(event.subject));
  }

  void rebuild() {
    const auto report = fixture_.log->rebuild().value();
    REQUIRE(report.events == model_.events.size());
    REQUIRE(report.differences == 0);
  }

 private:
  int pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

  Command some_command() {
    Command command;
    command.subject = "alert " + std::to_string(pick(6));
    command.events = 1 + pick(3);
    command.text = "text " + std::to_string(pick(3));
    if (pick(3) > 0) command.key = "key " + std::to_string(pick(25));
    const int kind = pick(10);
    if (kind == 0) command.kind = Command::kRefused;
    if (kind == 1) command.kind = Command::kPoison;
    if (kind == 2) command.kind = Command::kNothing;
    if (kind == 3 || kind == 4) {
      command.kind = Command::kAtVersion;
      const auto now = model_.count(command.subject);
      command.expected_version = pick(3) == 0 ? now + 1 : now;
    }
    if (pick(4) == 0 && !sent_.empty())
      command = sent_[static_cast<std::size_t>(pick(static_cast<int>(sent_.size())))];
    sent_.push_back(command);
    return command;
  }

  void check(const AppendOutcome& outcome, const Expected& expected) {
    REQUIRE(outcome.status == expected.status);
    REQUIRE(outcome.committed.first_seq == expected.first_seq);
    REQUIRE(outcome.committed.last_seq == expected.last_seq);
    if (expected.status == AppendStatus::kRefused) REQUIRE(outcome.error.code == expected.code);
  }

  void one() {
    const auto command = some_command();
    const auto expected = model_.run(command, fixture_.clock.wall());
    check(fixture_.append(command.decide(), command.key, command.bytes()), expected);
    REQUIRE(fixture_.log->head().seq == model_.events.size());
  }

  /// Several commands decided as one group.
  void together() {
    std::vector<std::future<AppendOutcome>> answers;
    std::vector<Expected> expected;
    {
      Gate gate(*fixture_.log);
      for (int n = 2 + pick(12); n > 0; --n) {
        const auto command = some_command();
        expected.push_back(model_.run(command, fixture_.clock.wall()));
        answers.push_back(append(*fixture_.log, request(command.decide(), command.key, command.bytes())));
      }
    }
    for (std::size_t i = 0; i < answers.size(); ++i)
      check(answers[i].get(), expected[i]);
  }

  void reopen() {
    fixture_.reopen();
    REQUIRE(fixture_.log->head().seq == model_.events.size());
  }

  void move_time() {
    if (pick(6) == 0) {
      fixture_.clock.advance(core::limits::kIdempotencyRetention + std::chrono::hours(1));
    } else if (pick(3) == 0) {
      fixture_.clock.step_wall(-std::chrono::minutes(pick(500)));
    } else {
      fixture_.clock.advance(std::chrono::minutes(pick(5'000)));
    }
  }

  /// A group whose write fails, before or after it reached the disk: all of it is there after a restart, or
  /// none.
  void fail_a_write() {
    const Model before = model_;
    const bool reached_disk = pick(2) == 0;
    std::vector<std::future<AppendOutcome>> answers;
    std::vector<Expected> expected;
    {
      Gate gate(*fixture_.log);
      (reached_disk ? fixture_.fault_after : fixture_.fault) = []() -> core::Result<void> {
        return core::make_error(v1::ERROR_CODE_UNAVAILABLE, "", "Input/output error.", "");
      };
      for (int n = 1 + pick(5); n > 0; --n) {
        const auto command = some_command();
        expected.push_back(model_.run(command, fixture_.clock.wall()));
        answers.push_back(append(*fixture_.log, request(command.decide(), command.key, command.bytes())));
      }
    }
    const bool written = model_.events.size() > before.events.size();
    for (std::size_t i = 0; i < answers.size(); ++i) {
      const auto outcome = answers[i].get();
      if (!written) {
        check(outcome, expected[i]);
      } else if (expected[i].last_seq > before.events.size()) {
        REQUIRE(outcome.status == AppendStatus::kUnknown);
      } else if (expected[i].status == AppendStatus::kDuplicate) {
        check(outcome, expected[i]);
      } else {
        REQUIRE(outcome.status == AppendStatus::kUnavailable);
      }
    }
    REQUIRE(fixture_.log->finding().empty() == !written);
    REQUIRE(fixture_.log->head().seq == before.events.size());
    fixture_.fault = fixture_.fault_after = nullptr;
    if (!reached_disk) model_ = before;
    reopen();
  }

  std::mt19937 random_;
  LogFixture fixture_;
  Model model_;
  std::vector<Command> sent_;
};

}  // namespace

TEST_CASE("the log is what a list in memory would be, under random operations, restarts and failures") {
  const auto first_seed = std::random_device{}();
  for (unsigned i = 0; i < static_cast<unsigned>(rounds(kRuns)); ++i) {
    const unsigned seed = first_seed + i;
    CAPTURE(seed);
    Run run(seed);
    for (int step = 0; step < kSteps; ++step) {
      CAPTURE(step);
      run.step();
    }
    run.check_all();
    run.rebuild();
  }
}
