#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

#include "broker/log/rebuild.h"
#include "tests/support/log_fixture.h"
#include "tests/support/rounds.h"

using gjallar::log::AppendStatus;
using gjallar::testing::append;
using gjallar::testing::decide_events;
using gjallar::testing::LogFixture;
using gjallar::testing::request;
using gjallar::testing::rounds;
namespace log_ns = gjallar::log;
using log_ns::Column;

namespace {

std::string name(int i) {
  return "alert " + std::to_string(i % 37);
}

void tamper(LogFixture& fixture, const std::function<void(log_ns::BatchRows&)>& change) {
  fixture.close();
  {
    const auto store =
        log_ns::RocksStore::open(fixture.directory(), log_ns::RocksStore::Mode::kReadWrite).value();
    log_ns::BatchRows rows(*store);
    change(rows);
    REQUIRE(rows.write().has_value());
  }
  fixture.open();
}

}  // namespace

TEST_CASE("folding from zero gives the rows that are there") {
  LogFixture fixture;
  for (int i = 0; i < 700; ++i)
    (void)fixture.append(decide_events(name(i)), "key " + std::to_string(i), "c");
  const auto report = fixture.log->rebuild().value();
  CHECK(report.events == 701);
  CHECK(report.differences == 0);
  // 37 subjects and the log's own, 700 keys, and targets for every seq that 5 doesn't divide.
  CHECK(report.rows == 38 + 700 + (701 - 140));
  CHECK_FALSE(std::filesystem::exists(log_ns::shadow_directory(fixture.directory())));
}

TEST_CASE("rebuild puts wrong, missing and surplus rows right and the folds read them again") {
  LogFixture fixture;
  for (int i = 0; i < 100; ++i)
    (void)fixture.append(decide_events(name(i)), "key " + std::to_string(i), "c");
  const auto target = *fixture.log->snapshot()->rows().get(Column::kTarget, log_ns::seq_key(4)).value();
  tamper(fixture, [](log_ns::BatchRows& rows) {
    rows.put(Column::kView, name(1), log_ns::seq_key(99));   // wrong
    rows.erase(Column::kView, name(2));                      // missing
    rows.put(Column::kView, "surplus", log_ns::seq_key(1));  // surplus
    rows.erase(Column::kTarget, log_ns::seq_key(4));
  });
  CHECK(fixture.log->rebuild().value().differences == 4);
  CHECK(fixture.count(name(1)) == 3);
  CHECK(fixture.count(name(2)) == 3);
  CHECK(fixture.count("surplus") == 0);
  CHECK(fixture.log->snapshot()->rows().get(Column::kTarget, log_ns::seq_key(4)).value() == target);
  // The fold counts on from the new rows: it would refuse otherwise.
  CHECK(fixture.append(decide_events(name(1))).status == AppendStatus::kCommitted);
  CHECK(fixture.log->rebuild().value().differences == 0);
}

TEST_CASE("publishers go on while a rebuild is under way, and nothing of theirs is lost") {
  LogFixture fixture;
  const int prefilled = rounds(2'000);
  for (int i = 0; i < prefilled; ++i)
    (void)append(*fixture.log, request(decide_events(name(i))));
  std::atomic<bool> stop{false};
  std::atomic<int> committed{0};
  std::thread publisher([&] {
    for (int i = 0; !stop; ++i) {
      const auto outcome =
          append(*fixture.log, request(decide_events(name(i)), std::to_string(i), "c")).get();
      if (outcome.status == AppendStatus::kCommitted) ++committed;
    }
  });
  for (int round = 0; round < 5; ++round)
    CHECK(fixture.log->rebuild().value().differences == 0);
  stop = true;
  publisher.join();
  CHECK(fixture.log->head().seq == static_cast<std::uint64_t>(prefilled + 1 + committed));
  CHECK(fixture.log->rebuild().value().differences == 0);
  CHECK(log_ns::verify(*fixture.log->snapshot()).intact);
}

TEST_CASE("rows damaged before are put right while publishers go on") {
  LogFixture fixture;
  const int prefilled = rounds(2'000);
  for (int i = 0; i < prefilled; ++i)
    (void)append(*fixture.log, request(decide_events(name(i))));
  tamper(fixture, [](log_ns::BatchRows& rows) {
    rows.put(Column::kView, "surplus", log_ns::seq_key(1));
    rows.erase(Column::kTarget, log_ns::seq_key(4));
  });
  std::atomic<bool> stop{false};
  std::thread publisher([&] {
    while (!stop)
      (void)append(*fixture.log, request(decide_events("live"))).get();
  });
  CHECK(fixture.log->rebuild().value().differences == 2);
  stop = true;
  publisher.join();
  CHECK(fixture.log->rebuild().value().differences == 0);
}

TEST_CASE("a rebuild never makes views from a broken log") {
  LogFixture fixture;
  for (int i = 0; i < 600; ++i)
    (void)fixture.append(decide_events(name(i)));
  tamper(fixture, [](log_ns::BatchRows& rows) {
    auto payload = *rows.get(Column::kPayload, log_ns::seq_key(300)).value();
    payload.back() = static_cast<char>(payload.back() ^ 1);
    rows.put(Column::kPayload, log_ns::seq_key(300), payload);
  });
  const auto report = fixture.log->rebuild();
  REQUIRE(report.has_error());
  CHECK(report.error().code == gjallar::v1::ERROR_CODE_DATA_CORRUPT);
  CHECK(report.error().message.find("Event 300") != std::string::npos);
  CHECK(fixture.append(decide_events(name(1))).status == AppendStatus::kCommitted);
}

TEST_CASE("what a rebuild that was killed has left is removed at the next start") {
  LogFixture fixture;
  const auto shadow = log_ns::shadow_directory(fixture.directory());
  fixture.close();
  std::filesystem::create_directories(shadow / "deeper");
  fixture.open();
  CHECK_FALSE(std::filesystem::exists(shadow));
}
