#include <catch2/catch.hpp>

#include <atomic>
#include <thread>
#include <vector>

#include "broker/core/limits.h"
#include "tests/support/log_fixture.h"

using gjallar::log::AppendOutcome;
using gjallar::log::AppendStatus;
using gjallar::testing::append;
using gjallar::testing::decide_at_version;
using gjallar::testing::decide_events;
using gjallar::testing::decide_refusal;
using gjallar::testing::Gate;
using gjallar::testing::LogFixture;
using gjallar::testing::request;
namespace core = gjallar::core;
namespace log_ns = gjallar::log;
namespace v1 = gjallar::v1;

namespace {

core::Result<void> disk_full() {
  return core::make_error(v1::ERROR_CODE_UNAVAILABLE, "", "No space left.", "Free some.");
}

}  // namespace

TEST_CASE("a new log begins with LOG_OPENED and keeps its id") {
  LogFixture fixture;
  const auto id = fixture.log->id();
  CHECK(id.value().size() == 16);
  CHECK(fixture.log->head().seq == 1);
  const auto opened = fixture.log->snapshot()->read(1).value();
  CHECK(opened.record.header.type == v1::EVENT_TYPE_LOG_OPENED);
  CHECK(opened.record.header.subject_kind == gjallar::domain::SubjectKind::kLog);
  CHECK(opened.record.header.subject == id.value());
  fixture.reopen();
  CHECK(fixture.log->id() == id);
  CHECK(fixture.log->head().seq == 1);
}

TEST_CASE("a committed command says what was written, and it can be read back") {
  LogFixture fixture;
  const auto outcome = fixture.append(decide_events("alert", 2, "pills"));
  REQUIRE(outcome.status == AppendStatus::kCommitted);
  CHECK(outcome.committed.first_seq == 2);
  CHECK(outcome.committed.last_seq == 3);
  CHECK(outcome.committed.subject == "alert");
  CHECK(outcome.committed.version == 2);
  CHECK(outcome.committed.time == fixture.clock.wall());
  CHECK(outcome.committed.services_concerned == 3);

  const auto snapshot = fixture.log->snapshot();
  const auto event = snapshot->read(3).value();
  CHECK(event.record.hash == fixture.log->head().hash);
  CHECK(event.targets.count() == 3);
  CHECK(log_ns::to_event(event.record).value().payload().reason() == "pills");
  CHECK_FALSE(snapshot->read_header(3).value().record.payload.has_value());
  CHECK(snapshot->read(4).error().code == v1::ERROR_CODE_NOT_FOUND);
  CHECK(snapshot->read(0).error().code == v1::ERROR_CODE_NOT_FOUND);
}

TEST_CASE("a command that yields no event commits without one") {
  LogFixture fixture;
  const auto outcome = fixture.append(decide_events("alert", 0));
  CHECK(outcome.status == AppendStatus::kCommitted);
  CHECK(outcome.committed.last_seq == 0);
  CHECK(fixture.log->head().seq == 1);
}

TEST_CASE("event times never go back, whatever the wall clock does") {
  LogFixture fixture;
  const auto first = fixture.append(decide_events("alert")).committed.time;
  fixture.clock.step_wall(-std::chrono::hours(2));
  CHECK(fixture.append(decide_events("alert")).committed.time == first);
  fixture.reopen();
  CHECK(fixture.append(decide_events("alert")).committed.time == first);
  fixture.clock.step_wall(std::chrono::hours(3));
  CHECK(fixture.append(decide_events("alert")).committed.time == first + std::chrono::hours(1));
}

TEST_CASE("each command is decided against the batch so far: of two on one version the second is stale") {
  LogFixture fixture;
  Gate gate(*fixture.log);
  auto first = append(*fixture.log, request(decide_at_version("alert", 0)));
  auto second = append(*fixture.log, request(decide_at_version("alert", 0)));
  gate.open();
  CHECK(first.get().status == AppendStatus::kCommitted);
  const auto stale = second.get();
  CHECK(stale.status == AppendStatus::kRefused);
  CHECK(stale.error.code == v1::ERROR_CODE_STALE_VERSION);
  CHECK(stale.error.current_version == 1);
}

TEST_CASE("a refused, failing or throwing command doesn't touch its neighbours") {
  LogFixture fixture;
  Gate gate(*fixture.log);
  auto before = append(*fixture.log, request(decide_events("before")));
  auto refused = append(*fixture.log, request(decide_refusal()));
  auto unfoldable = append(*fixture.log, request(decide_events("poison", 2)));
  auto throwing = append(*fixture.log,
                         request([](const log_ns::RowReader&,
                                    core::WallTime) -> core::Result<std::vector<gjallar::domain::NewEvent>> {
                           throw std::runtime_error("a fault");
                         }));
  auto after = append(*fixture.log, request(decide_events("after", 2)));
  gate.open();
  CHECK(before.get().committed.last_seq == 2);
  CHECK(refused.get().error.code == v1::ERROR_CODE_NOT_FOUND);
  const auto not_folded = unfoldable.get();
  CHECK(not_folded.status == AppendStatus::kRefused);
  CHECK(not_folded.error.code == v1::ERROR_CODE_INVALID_ARGUMENT);
  CHECK(throwing.get().error.code == v1::ERROR_CODE_INTERNAL);
  CHECK(after.get().committed.last_seq == 4);
  CHECK(fixture.count("before") == 1);
  CHECK(fixture.count("poison") == 0);
  CHECK(fixture.count("after") == 2);
  CHECK(fixture.log->head().seq == 4);
  CHECK(log_ns::verify(*fixture.log->snapshot()).intact);
}

TEST_CASE("a command whose deadline has passed is not begun") {
  LogFixture fixture;
  auto late = request(decide_events("alert"));
  late.deadline = fixture.clock.steady() + std::chrono::seconds(1);
  Gate gate(*fixture.log);
  auto answer = append(*fixture.log, std::move(late));
  fixture.clock.advance(std::chrono::seconds(2));
  gate.open();
  const auto outcome = answer.get();
  CHECK(outcome.status == AppendStatus::kUnavailable);
  CHECK(outcome.error.retry_after.has_value());
  CHECK(fixture.log->head().seq == 1);
}

TEST_CASE("a full queue says overloaded at once and when to come again") {
  LogFixture fixture;
  Gate gate(*fixture.log);
  std::vector<std::future<AppendOutcome>> waiting;
  for (std::size_t i = 0; i < core::limits::kAppendQueueMax; ++i) {
    waiting.push_back(append(*fixture.log, request(decide_events("alert"))));
  }
  CHECK(fixture.log->waiting() == core::limits::kAppendQueueMax);
  const auto outcome = append(*fixture.log, request(decide_events("alert"))).get();
  CHECK(outcome.status == AppendStatus::kUnavailable);
  CHECK(outcome.error.code == v1::ERROR_CODE_OVERLOADED);
  CHECK(outcome.error.retry_after >= core::limits::kOverloadedRetryAfter);
  gate.open();
  for (auto& answer : waiting)
    CHECK(answer.get().status == AppendStatus::kCommitted);
  CHECK(fixture.count("alert") == core::limits::kAppendQueueMax);
}

TEST_CASE("the listener hears every group in order, synced, and before its publishers do") {
  LogFixture fixture;
  std::atomic<core::Seq> heard{1};
  std::atomic<bool> in_order{true};
  fixture.log->on_committed([&](const log_ns::CommittedGroup& group, const log_ns::Head& head) {
    for (const auto& event : group) {
      if (event->record.header.seq != heard + 1) in_order = false;
      heard = event->record.header.seq;
    }
    // What is announced is on disk and visible.
    if (fixture.log->snapshot()->head().seq < heard || head.seq != heard) in_order = false;
  });
  std::atomic<bool> heard_first{true};
  std::vector<std::thread> publishers;
  std::atomic<int> committed{0};
  for (int publisher = 0; publisher < 4; ++publisher) {
    publishers.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        const auto outcome = append(*fixture.log, request(decide_events("alert"))).get();
        if (outcome.committed.last_seq > heard) heard_first = false;
        if (outcome.status == AppendStatus::kCommitted) ++committed;
      }
    });
  }
  for (auto& publisher : publishers)
    publisher.join();
  CHECK(committed == 400);
  CHECK(heard == 401);
  CHECK(in_order);
  CHECK(heard_first);
  CHECK(log_ns::verify(*fixture.log->snapshot()).events == 401);
}

TEST_CASE("what is about to be written is told before it is there, and the same is committed") {
  LogFixture fixture;
  log_ns::CommittedGroup prepared;
  std::atomic<bool> early{true}, same{true};
  fixture.log->on_prepared([&](const log_ns::CommittedGroup& group) {
    prepared = group;
    if (fixture.log->snapshot()->head().seq >= group.front()->record.header.seq) early = false;
  });
  fixture.log->on_committed([&](const log_ns::CommittedGroup& group, const log_ns::Head&) {
    if (group != prepared) same = false;
  });
  for (int i = 0; i < 5; ++i)
    CHECK(fixture.append(decide_events("alert")).status == AppendStatus::kCommitted);
  CHECK(fixture.append(decide_refusal()).status == AppendStatus::kRefused);
  CHECK(early);
  CHECK(same);
  CHECK(prepared.back()->record.header.seq == fixture.log->head().seq);
}

TEST_CASE("after a failed write the outcome is unknown, nothing is announced and the log stops") {
  LogFixture fixture;
  (void)fixture.append(decide_events("alert"), "old key", "command");
  std::atomic<int> announced{0};
  fixture.log->on_committed([&](const log_ns::CommittedGroup&, const log_ns::Head&) { ++announced; });
  const bool reached_disk = GENERATE(false, true);
  {
    Gate gate(*fixture.log);
    (reached_disk ? fixture.fault_after : fixture.fault) = disk_full;
    auto written = append(*fixture.log, request(decide_events("alert"), "key", "command"));
    auto repeat_here = append(*fixture.log, request(decide_events("alert"), "key", "command"));
    auto repeat_old = append(*fixture.log, request(decide_events("alert"), "old key", "command"));
    auto refused = append(*fixture.log, request(decide_refusal()));
    gate.open();
    const auto unknown = written.get();
    CHECK(unknown.status == AppendStatus::kUnknown);
    CHECK(unknown.error.code == v1::ERROR_CODE_OUTCOME_UNKNOWN);
    CHECK(unknown.committed.last_seq == 0);
    CHECK(repeat_here.get().status == AppendStatus::kUnknown);
    CHECK(repeat_old.get().status == AppendStatus::kDuplicate);  // that one is on disk for sure
    CHECK(refused.get().status == AppendStatus::kUnavailable);   // decided on a state that may be lost
  }
  CHECK(announced == 0);
  CHECK(fixture.log->finding().find("No space left.") != std::string::npos);
  CHECK(fixture.log->head().seq == 2);
  const auto later = fixture.append(decide_events("alert"));
  CHECK(later.status == AppendStatus::kUnavailable);
  CHECK(fixture.log->rebuild().has_error());

  fixture.fault = fixture.fault_after = nullptr;
  fixture.reopen();
  CHECK(fixture.log->finding().empty());
  const auto again = fixture.append(decide_events("alert"), "key", "command");
  CHECK(again.status == (reached_disk ? AppendStatus::kDuplicate : AppendStatus::kCommitted));
  CHECK(again.committed.last_seq == 3);
  CHECK(fixture.count("alert") == 2);
  CHECK(log_ns::verify(*fixture.log->snapshot()).intact);
}

TEST_CASE("closing finishes what waits and takes nothing more") {
  LogFixture fixture;
  auto gate = std::make_unique<Gate>(*fixture.log);
  std::vector<std::future<AppendOutcome>> waiting;
  for (int i = 0; i < 300; ++i)
    waiting.push_back(append(*fixture.log, request(decide_events("alert"))));
  std::thread closer([&] { fixture.log->close(); });
  while (fixture.log->finding().empty())
    std::this_thread::yield();
  gate.reset();
  closer.join();
  for (auto& answer : waiting)
    CHECK(answer.get().status == AppendStatus::kCommitted);
  const auto late = append(*fixture.log, request(decide_events("alert"))).get();
  CHECK(late.status == AppendStatus::kUnavailable);
  CHECK(late.error.code == v1::ERROR_CODE_UNAVAILABLE);
}

TEST_CASE("a snapshot stays at its moment") {
  LogFixture fixture;
  (void)fixture.append(decide_events("alert"));
  const auto before = fixture.log->snapshot();
  (void)fixture.append(decide_events("alert", 2));
  const auto after = fixture.log->snapshot();
  CHECK(before->head().seq == 2);
  CHECK(gjallar::testing::count_of(before->rows(), "alert") == 1);
  CHECK(before->read(3).error().code == v1::ERROR_CODE_NOT_FOUND);
  CHECK(after->head().seq == 4);
  CHECK(after->head().hash == fixture.log->head().hash);
  std::vector<core::Seq> seqs;
  const auto note = [&seqs](const log_ns::CommittedEvent& event) {
    seqs.push_back(event.record.header.seq);
    return seqs.size() < 2;
  };
  REQUIRE(after->for_each(2, 100, note).has_value());
  CHECK(seqs == std::vector<core::Seq>{2, 3});
  seqs.clear();
  REQUIRE(before->for_each(2, 100, note).has_value());
  CHECK(seqs == std::vector<core::Seq>{2});
  REQUIRE(before->for_each(3, 100, note).has_value());
  CHECK(seqs.size() == 1);
}

TEST_CASE("a second broker on the same folder is refused with advice") {
  LogFixture fixture;
  const auto second = log_ns::open_local_log(fixture.options());
  REQUIRE(second.has_error());
  CHECK(second.error().code == v1::ERROR_CODE_UNAVAILABLE);
  CHECK(second.error().message.find("Another broker") != std::string::npos);
  CHECK(second.error().advice.find("Stop it first") != std::string::npos);
}

TEST_CASE("read only: everything can be read and verified, nothing written") {
  LogFixture fixture;
  (void)fixture.append(decide_events("alert", 3));
  fixture.close();
  auto options = fixture.options();
  options.read_only = true;
  const auto log = log_ns::open_local_log(options).value();
  CHECK(log->head().seq == 4);
  CHECK(log_ns::verify(*log->snapshot()).intact);
  const auto outcome = append(*log, request(decide_events("alert"))).get();
  CHECK(outcome.status == AppendStatus::kUnavailable);
  CHECK(outcome.error.code == v1::ERROR_CODE_UNSUPPORTED);
  CHECK(log->rebuild().has_error());
  log->close();

  options.directory = fixture.folder.path() / "nothing here";
  const auto missing = log_ns::open_local_log(options);
  REQUIRE(missing.has_error());
  CHECK(missing.error().code == v1::ERROR_CODE_NOT_FOUND);
  CHECK_FALSE(std::filesystem::exists(options.directory));
}
