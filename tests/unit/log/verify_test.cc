#include <catch2/catch.hpp>

#include "broker/log/meta.h"
#include "broker/log/store_rows.h"
#include "tests/support/log_fixture.h"

using gjallar::testing::decide_events;
using gjallar::testing::LogFixture;
namespace core = gjallar::core;
namespace log_ns = gjallar::log;
using log_ns::Column;

namespace {

constexpr int kEvents = 1'200;  // more than two slices of a walk

/// A log of kEvents + 1 events, closed.
void fill(LogFixture& fixture) {
  for (int i = 0; i < kEvents / 100; ++i)
    (void)fixture.append(decide_events("alert", 100));
  fixture.close();
}

/// Changes rows behind the log's back, as damage that no checksum of the engine covers would.
void tamper_rows(LogFixture& fixture, const std::function<void(log_ns::BatchRows&)>& change) {
  const auto store =
      log_ns::RocksStore::open(fixture.directory(), log_ns::RocksStore::Mode::kReadWrite).value();
  log_ns::BatchRows rows(*store);
  change(rows);
  REQUIRE(rows.write().has_value());
}

log_ns::VerifyReport verify(LogFixture& fixture, core::Seq from = 0) {
  auto options = fixture.options();
  options.read_only = true;
  const auto log = log_ns::open_local_log(std::move(options)).value();
  return log_ns::verify(*log->snapshot(), from);
}

void flip(log_ns::BatchRows& rows, Column column, core::Seq seq, std::size_t at) {
  auto bytes = *rows.get(column, log_ns::seq_key(seq)).value();
  bytes[at % bytes.size()] = static_cast<char>(bytes[at % bytes.size()] ^ 0x10);
  rows.put(column, log_ns::seq_key(seq), bytes);
}

}  // namespace

TEST_CASE("a whole log verifies, from any seq on, and yields between slices") {
  LogFixture fixture;
  fill(fixture);
  fixture.open();
  int yields = 0;
  const auto report = log_ns::verify(*fixture.log->snapshot(), 0, [&yields] { ++yields; });
  CHECK(report.intact);
  CHECK(report.finding.empty());
  CHECK(report.events == kEvents + 1);
  CHECK(report.first_bad_seq == 0);
  CHECK(report.head.hash == fixture.log->head().hash);
  CHECK(yields == 3);
  const auto rest = log_ns::verify(*fixture.log->snapshot(), 1'000);
  CHECK(rest.intact);
  CHECK(rest.events == kEvents + 2 - 1'000);
}

TEST_CASE("any changed byte of an event or payload record is found, with the first bad seq") {
  LogFixture fixture;
  fill(fixture);
  const core::Seq seq = GENERATE(1, 511, 512, 900, kEvents - 10);  // the last: in the tail that opening reads
  const auto column = GENERATE(Column::kEvent, Column::kPayload);
  const std::size_t at = GENERATE(0, 8, 20, 40, 140, 158);
  CAPTURE(seq, log_ns::column_name(column), at);
  tamper_rows(fixture, [&](log_ns::BatchRows& rows) { flip(rows, column, seq, at); });
  const auto report = verify(fixture);
  CHECK_FALSE(report.intact);
  CHECK(report.first_bad_seq == seq);
  CHECK(report.finding.find(std::to_string(seq)) != std::string::npos);
  CHECK(report.events == seq - 1);
}

TEST_CASE("a missing event, payload or an orphan is found") {
  LogFixture fixture;
  fill(fixture);
  const auto key = log_ns::seq_key(700);
  SECTION("event") {
    tamper_rows(fixture, [&](log_ns::BatchRows& rows) { rows.erase(Column::kEvent, key); });
  }
  SECTION("payload") {
    tamper_rows(fixture, [&](log_ns::BatchRows& rows) { rows.erase(Column::kPayload, key); });
  }
  SECTION("event and payload") {
    tamper_rows(fixture, [&](log_ns::BatchRows& rows) {
      rows.erase(Column::kEvent, key);
      rows.erase(Column::kPayload, key);
    });
  }
  SECTION("event replaced by another") {
    tamper_rows(fixture, [&](log_ns::BatchRows& rows) {
      rows.put(Column::kEvent, key, *rows.get(Column::kEvent, log_ns::seq_key(701)).value());
    });
  }
  const auto report = verify(fixture);
  CHECK_FALSE(report.intact);
  CHECK(report.first_bad_seq == 700);
  CHECK(verify(fixture, 800).intact);
}

TEST_CASE("a payload behind the head is found") {
  LogFixture fixture;
  fill(fixture);
  tamper_rows(fixture, [&](log_ns::BatchRows& rows) {
    rows.put(Column::kPayload, log_ns::seq_key(kEvents + 2), std::string(40, 'x'));
  });
  const auto report = verify(fixture);
  CHECK_FALSE(report.intact);
  CHECK(report.first_bad_seq == kEvents + 2);
}

TEST_CASE("a log whose end is missing, or whose last events are changed, isn't opened") {
  LogFixture fixture;
  fill(fixture);
  const auto opens = [&] { return log_ns::open_local_log(fixture.options()); };
  SECTION("the last event is gone") {
    tamper_rows(fixture,
                [](log_ns::BatchRows& rows) { rows.erase(Column::kEvent, log_ns::seq_key(kEvents + 1)); });
  }
  SECTION("one of the last is changed") {
    tamper_rows(fixture, [](log_ns::BatchRows& rows) { flip(rows, Column::kEvent, kEvents - 10, 20); });
    CHECK(opens().error().message.find("Event " + std::to_string(kEvents - 10) + ":") != std::string::npos);
  }
  SECTION("the head row is changed") {
    tamper_rows(fixture, [](log_ns::BatchRows& rows) {
      auto head = log_ns::read_head(rows).value();
      head.seq = 5;
      log_ns::put_head(head, rows);
    });
  }
  SECTION("the format row is gone") {
    tamper_rows(fixture, [](log_ns::BatchRows& rows) { rows.erase(Column::kMeta, "format"); });
  }
  const auto opened = opens();
  REQUIRE(opened.has_error());
  CHECK(opened.error().code == gjallar::v1::ERROR_CODE_DATA_CORRUPT);
}

TEST_CASE("a log that isn't opened for writing is still verified, and what is wrong with its end is told") {
  LogFixture fixture;
  fill(fixture);
  SECTION("the last event is gone") {
    tamper_rows(fixture, [](log_ns::BatchRows& rows) {
      rows.erase(Column::kEvent, log_ns::seq_key(kEvents + 1));
      rows.erase(Column::kPayload, log_ns::seq_key(kEvents + 1));
    });
    CHECK(verify(fixture).first_bad_seq == kEvents + 1);
  }
  SECTION("the last header is changed") {
    tamper_rows(fixture, [](log_ns::BatchRows& rows) { flip(rows, Column::kEvent, kEvents + 1, 20); });
    CHECK(verify(fixture).first_bad_seq == kEvents + 1);
  }
  SECTION("the head is set back") {
    tamper_rows(fixture, [](log_ns::BatchRows& rows) {
      auto head = log_ns::read_head(rows).value();
      head.seq = 5;
      log_ns::put_head(head, rows);
    });
    const auto report = verify(fixture);
    CHECK(report.first_bad_seq == 6);
    CHECK(report.finding.find("behind the log's head") != std::string::npos);
  }
  CHECK_FALSE(verify(fixture).intact);
}

TEST_CASE("verifying from beyond the head is refused") {
  LogFixture fixture;
  fill(fixture);
  fixture.open();
  const auto snapshot = fixture.log->snapshot();
  CHECK(log_ns::check_from_seq(*snapshot, 0).has_value());
  CHECK(log_ns::check_from_seq(*snapshot, kEvents + 1).has_value());
  const auto beyond = log_ns::check_from_seq(*snapshot, kEvents + 2);
  REQUIRE(beyond.has_error());
  CHECK(beyond.error().code == gjallar::v1::ERROR_CODE_INVALID_ARGUMENT);
  CHECK(beyond.error().field == "from_seq");
}

TEST_CASE("a folder of a newer version isn't opened") {
  LogFixture fixture;
  fill(fixture);
  tamper_rows(fixture,
              [](log_ns::BatchRows& rows) { rows.put(Column::kMeta, "format", std::string("\0\0\0\3", 4)); });
  const auto opened = log_ns::open_local_log(fixture.options());
  REQUIRE(opened.has_error());
  CHECK(opened.error().code == gjallar::v1::ERROR_CODE_UNSUPPORTED);
}
