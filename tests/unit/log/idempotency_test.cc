#include "broker/log/idempotency.h"

#include <catch2/catch.hpp>

#include "broker/core/limits.h"
#include "tests/support/log_fixture.h"

using gjallar::log::AppendStatus;
using gjallar::log::Column;
using gjallar::testing::append;
using gjallar::testing::decide_events;
using gjallar::testing::decide_refusal;
using gjallar::testing::Gate;
using gjallar::testing::LogFixture;
using gjallar::testing::request;
namespace core = gjallar::core;
namespace log_ns = gjallar::log;

namespace {

/// Rows of column `idempotency` that are keys' (32 bytes).
std::size_t remembered(const log_ns::EventLog& log) {
  std::size_t rows = 0;
  REQUIRE(log.snapshot()
              ->rows()
              .scan(Column::kIdempotency, "", "",
                    [&rows](std::string_view key, std::string_view) {
                      if (key.size() == 32) ++rows;
                      return true;
                    })
              .has_value());
  return rows;
}

bool same(const log_ns::Committed& a, const log_ns::Committed& b) {
  return a.first_seq == b.first_seq && a.last_seq == b.last_seq && a.subject_kind == b.subject_kind &&
         a.subject == b.subject && a.version == b.version && a.time == b.time &&
         a.services_concerned == b.services_concerned;
}

}  // namespace

TEST_CASE("a repeat gets the first answer and writes nothing") {
  LogFixture fixture;
  const auto first = fixture.append(decide_events("alert", 3), "key", "command");
  REQUIRE(first.status == AppendStatus::kCommitted);
  CHECK(first.committed.first_seq == 2);
  CHECK(first.committed.last_seq == 4);
  CHECK(first.committed.version == 3);
  CHECK(first.committed.services_concerned == 4);
  (void)fixture.append(decide_events("alert"));
  fixture.clock.advance(std::chrono::hours(1));

  for (int start = 0; start < 2; ++start) {
    const auto repeat = fixture.append(decide_events("alert", 3), "key", "command");
    CHECK(repeat.status == AppendStatus::kDuplicate);
    CHECK(same(repeat.committed, first.committed));
    CHECK(fixture.log->head().seq == 5);
    fixture.reopen();  // and after a restart too
  }
}

TEST_CASE("the same key with another content is refused") {
  LogFixture fixture;
  (void)fixture.append(decide_events("alert"), "key", "command");
  for (int start = 0; start < 2; ++start) {
    const auto other = fixture.append(decide_events("alert"), "key", "another command");
    CHECK(other.status == AppendStatus::kRefused);
    CHECK(other.error.code == gjallar::v1::ERROR_CODE_IDEMPOTENCY_KEY_REUSED);
    CHECK(other.error.field == "idempotency_key");
    fixture.reopen();
  }
}

TEST_CASE("a key means something only together with its principal") {
  LogFixture fixture;
  (void)fixture.append(decide_events("alert"), "key", "command");
  auto by_customs = request(decide_events("alert"), "key", "command");
  by_customs.principal = "customs";
  CHECK(append(*fixture.log, std::move(by_customs)).get().status == AppendStatus::kCommitted);
  CHECK(log_ns::idempotency_hash("ab", "c") != log_ns::idempotency_hash("a", "bc"));
}

TEST_CASE("a repeat in the same batch gets the first answer too") {
  LogFixture fixture;
  Gate gate(*fixture.log);
  auto first = append(*fixture.log, request(decide_events("alert", 2), "key", "command"));
  auto repeat = append(*fixture.log, request(decide_events("alert", 2), "key", "command"));
  auto other = append(*fixture.log, request(decide_events("alert", 2), "key", "another"));
  gate.open();
  const auto answer = first.get();
  CHECK(answer.status == AppendStatus::kCommitted);
  const auto repeated = repeat.get();
  CHECK(repeated.status == AppendStatus::kDuplicate);
  CHECK(same(repeated.committed, answer.committed));
  CHECK(other.get().error.code == gjallar::v1::ERROR_CODE_IDEMPOTENCY_KEY_REUSED);
  CHECK(fixture.log->head().seq == 3);
}

TEST_CASE("a command without a key is never taken for a repeat") {
  LogFixture fixture;
  CHECK(fixture.append(decide_events("alert"), "", "command").status == AppendStatus::kCommitted);
  CHECK(fixture.append(decide_events("alert"), "", "command").status == AppendStatus::kCommitted);
}

TEST_CASE("a refused command doesn't use up its key") {
  LogFixture fixture;
  CHECK(fixture.append(decide_refusal(), "key", "command").status == AppendStatus::kRefused);
  CHECK(fixture.append(decide_events("alert"), "key", "other command").status == AppendStatus::kCommitted);
}

TEST_CASE("a key is remembered for 400 days and then forgotten") {
  LogFixture fixture;
  (void)fixture.append(decide_events("alert"), "key", "command");
  fixture.clock.advance(core::limits::kIdempotencyRetention);
  CHECK(fixture.append(decide_events("alert"), "key", "command").status == AppendStatus::kDuplicate);
  fixture.clock.advance(core::Micros(1));
  const auto anew = fixture.append(decide_events("alert"), "key", "other command");
  REQUIRE(anew.status == AppendStatus::kCommitted);
  CHECK(anew.committed.first_seq == 3);  // directly after the first use, and yet a command of its own
  CHECK(fixture.append(decide_events("alert"), "key", "other command").status == AppendStatus::kDuplicate);
}

TEST_CASE("rows of forgotten keys are erased as the log goes on, and rebuild agrees") {
  LogFixture fixture;
  for (int i = 0; i < 20; ++i) {
    (void)fixture.append(decide_events("alert", 1 + i % 2), "key " + std::to_string(i), "command");
  }
  CHECK(remembered(*fixture.log) == 20);
  fixture.clock.advance(core::limits::kIdempotencyRetention + core::Micros(1));
  (void)fixture.append(decide_events("alert"), "key 3", "used again");
  fixture.reopen();
  for (int i = 0; i < 12; ++i)
    (void)fixture.append(decide_events("alert"));
  CHECK(remembered(*fixture.log) == 1);
  CHECK(fixture.append(decide_events("alert"), "key 3", "used again").status == AppendStatus::kDuplicate);
  const auto report = fixture.log->rebuild().value();
  CHECK(report.differences == 0);
  CHECK(remembered(*fixture.log) == 1);
}
