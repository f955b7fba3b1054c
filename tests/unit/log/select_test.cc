#include <catch2/catch.hpp>
#include <random>

#include "broker/log/store_rows.h"
#include "tests/support/log_fixture.h"

using namespace gjallar;
using log::Column;
using testing::LogFixture;

namespace {

constexpr core::Seq kLastSeq = 1'201;  // 1: the log was opened

/// A closed log up to kLastSeq; then rows are changed behind its back, as damage that no checksum of the
/// engine covers would.
void fill_and_damage(LogFixture& fixture, const std::function<void(log::BatchRows&)>& damage) {
  for (int i = 0; i < 12; ++i)
    (void)fixture.append(testing::decide_events("alert", 100));
  fixture.close();
  const auto store = log::RocksStore::open(fixture.directory(), log::RocksStore::Mode::kReadWrite).value();
  log::BatchRows rows(*store);
  damage(rows);
  REQUIRE(rows.write().has_value());
}

void turn_last_bit(log::BatchRows& rows, Column column, core::Seq seq) {
  auto bytes = *rows.get(column, log::seq_key(seq)).value();
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  rows.put(column, log::seq_key(seq), bytes);
}

struct Selected {
  core::Result<void> result;
  std::vector<core::Seq> seqs;
  std::vector<core::Error> refused;  ///< by append_event
};

Selected selected(LogFixture& fixture, core::Seq from, core::Seq to,
                  const std::function<bool(const log::HeaderView&)>& wanted,
                  std::optional<core::ServiceNumber> service = std::nullopt) {
  auto options = fixture.options();
  options.read_only = true;
  const auto opened = log::open_local_log(std::move(options)).value();
  Selected out;
  log::Selection selection;
  selection.wanted = wanted;
  selection.service = service;
  selection.visit = [&](const log::StoredEvent& event) {
    std::string bytes;
    if (const auto good = log::append_event(event, true, bytes); !good) out.refused.push_back(good.error());
    out.seqs.push_back(event.header.seq);
    return true;
  };
  out.result = opened->snapshot()->select(from, to, selection);
  return out;
}

bool every_hundredth(const log::HeaderView& header) {
  return header.seq % 100 == 0;
}

}  // namespace

TEST_CASE("a selection visits what is wanted of a range, in order, each as it was written") {
  LogFixture fixture;
  fill_and_damage(fixture, [](log::BatchRows&) {});
  const Selected some = selected(fixture, 100, 399, every_hundredth);
  REQUIRE(some.result.has_value());
  CHECK(some.seqs == std::vector<core::Seq>{100, 200, 300});
  CHECK(some.refused.empty());
  const Selected all = selected(fixture, 0, kLastSeq + 50, {});
  REQUIRE(all.result.has_value());
  REQUIRE(all.seqs.size() == kLastSeq);
  CHECK(all.seqs.front() == 1);
  CHECK(all.seqs.back() == kLastSeq);
  CHECK(all.refused.empty());
  CHECK(selected(fixture, 7, 6, {}).seqs.empty());
}

TEST_CASE("a selection finds each payload, however far the next one is, and tells where one was destroyed") {
  const auto is_destroyed = [](core::Seq seq) { return seq % 7 == 3 || (seq > 400 && seq < 500); };
  LogFixture fixture;
  fill_and_damage(fixture, [&](log::BatchRows& rows) {
    for (core::Seq seq = 1; seq <= kLastSeq; ++seq) {
      if (is_destroyed(seq)) rows.erase(Column::kPayload, log::seq_key(seq));
    }
  });
  auto options = fixture.options();
  options.read_only = true;
  const auto opened = log::open_local_log(std::move(options)).value();
  const auto snapshot = opened->snapshot();
  std::minstd_rand dice(3);
  for (const core::Seq stride : {1, 2, 6, 7, 8, 25, 300}) {
    INFO(stride);
    std::vector<core::Seq> wanted, seen;
    log::Selection selection;
    selection.wanted = [&](const log::HeaderView& header) {
      if (std::uniform_int_distribution<core::Seq>(1, stride)(dice) != 1) return false;
      wanted.push_back(header.seq);
      return true;
    };
    selection.visit = [&](const log::StoredEvent& event) {
      seen.push_back(event.header.seq);
      CHECK(event.payload.has_value() == !is_destroyed(event.header.seq));
      std::string bytes;
      CHECK(log::append_event(event, true, bytes).has_value());  // and so it's the payload of this event
      return true;
    };
    REQUIRE(snapshot->select(1, kLastSeq, selection).has_value());
    CHECK(seen == wanted);
  }
}

TEST_CASE("a selection by service visits what concerned it") {
  LogFixture fixture;
  fill_and_damage(fixture, [](log::BatchRows&) {});
  std::vector<core::Seq> expected;
  for (core::Seq seq = 10; seq <= 40; ++seq) {
    if (seq % 5 == 4) expected.push_back(seq);  // event n concerns 0 to n mod 5 - 1
  }
  CHECK(selected(fixture, 10, 40, {}, core::ServiceNumber{3}).seqs == expected);
  CHECK(selected(fixture, 10, 40, {}, core::ServiceNumber{4}).seqs.empty());
}

TEST_CASE("a changed payload is found where it is handed on, and only there") {
  LogFixture fixture;
  fill_and_damage(fixture, [](log::BatchRows& rows) { turn_last_bit(rows, Column::kPayload, 600); });
  const Selected there = selected(fixture, 1, kLastSeq, every_hundredth);
  REQUIRE(there.refused.size() == 1);
  CHECK(there.refused[0].code == v1::ERROR_CODE_DATA_CORRUPT);
  CHECK(there.refused[0].message.find("600") != std::string::npos);
  const Selected elsewhere =
      selected(fixture, 1, kLastSeq, [](const log::HeaderView& header) { return header.seq == 601; });
  REQUIRE(elsewhere.result.has_value());
  CHECK(elsewhere.refused.empty());
}

TEST_CASE("a header that is missing or can't be read is found, wanted or not") {
  LogFixture fixture;
  std::string finding = "600";
  fill_and_damage(fixture, [&](log::BatchRows& rows) {
    const auto key = log::seq_key(600);
    SECTION("missing") {
      rows.erase(Column::kEvent, key);
    }
    SECTION("another in its place") {
      rows.put(Column::kEvent, key, *rows.get(Column::kEvent, log::seq_key(601)).value());
    }
    SECTION("cut short") {
      auto bytes = *rows.get(Column::kEvent, key).value();
      bytes.pop_back();
      rows.put(Column::kEvent, key, bytes);
      finding = "not a header";
    }
  });
  const Selected none =
      selected(fixture, 1, kLastSeq, [](const log::HeaderView& header) { return header.seq < 3; });
  REQUIRE(none.result.has_error());
  CHECK(none.result.error().code == v1::ERROR_CODE_DATA_CORRUPT);
  CHECK(none.result.error().message.find(finding) != std::string::npos);
  CHECK(none.seqs == std::vector<core::Seq>{1, 2});
}
