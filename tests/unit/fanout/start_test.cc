#include "broker/fanout/start.h"

#include <catch2/catch.hpp>

namespace gjallar::fanout {
namespace {

const core::LogId kStartLog("0123456789ABCDEF");

StartPlan plan_for(std::optional<core::Cursor> cursor, std::optional<core::Seq> after,
                   std::optional<core::Seq> seen = std::nullopt) {
  SessionRequest request;
  if (seen) request.seen = SeenHead{*seen, {}};
  request.cursor = std::move(cursor);
  request.after = after;
  return plan_start(request, kStartLog, 100);
}

TEST_CASE("a session without a position begins with the state") {
  const StartPlan plan = plan_for(std::nullopt, std::nullopt);
  CHECK(plan.resumption == v1::RESUMPTION_STATE);
  CHECK_FALSE(plan.position);
  CHECK(plan.gap_reason == v1::GAP_REASON_UNSPECIFIED);
}

TEST_CASE("a cursor of this log goes on after it") {
  const StartPlan plan = plan_for(core::Cursor{kStartLog, 90}, std::nullopt);
  CHECK(plan.resumption == v1::RESUMPTION_REPLAYING);
  CHECK(plan.replaying == 10);
  CHECK(plan.position == 90);
  CHECK(plan_for(core::Cursor{kStartLog, 100}, std::nullopt).resumption == v1::RESUMPTION_UP_TO_DATE);
  CHECK(plan_for(std::nullopt, 0).position == 0);
  CHECK(plan_for(std::nullopt, 0).replaying == 100);
}

TEST_CASE("a cursor of another log is a fork") {
  const StartPlan plan = plan_for(core::Cursor{core::LogId("FEDCBA9876543210"), 90}, std::nullopt);
  CHECK(plan.resumption == v1::RESUMPTION_FORK);
  CHECK(plan.gap_reason == v1::GAP_REASON_OTHER_LOG);
  CHECK(plan.gap_from == 90);
  CHECK_FALSE(plan.position);
}

TEST_CASE("a cursor ahead of the log is a gap") {
  const StartPlan plan = plan_for(core::Cursor{kStartLog, 101}, std::nullopt);
  CHECK(plan.resumption == v1::RESUMPTION_GAP);
  CHECK(plan.gap_reason == v1::GAP_REASON_AHEAD_OF_LOG);
  CHECK_FALSE(plan.position);
  CHECK(plan_for(std::nullopt, 101).resumption == v1::RESUMPTION_GAP);
  CHECK(plan_for(std::nullopt, 101, 101).gap_reason == v1::GAP_REASON_AHEAD_OF_LOG);
}

TEST_CASE("a head that was seen is looked for in the log before anything is said") {
  const StartPlan plan = plan_for(core::Cursor{kStartLog, 90}, std::nullopt, 95);
  REQUIRE(plan.to_check);
  CHECK(plan.to_check->seq == 95);
  CHECK(plan.resumption == v1::RESUMPTION_REPLAYING);
  const StartPlan held = after_check(plan, true);
  CHECK_FALSE(held.to_check);
  CHECK(held.position == 90);
  CHECK(held.resumption == v1::RESUMPTION_REPLAYING);
  const StartPlan fork = after_check(plan, false);
  CHECK_FALSE(fork.to_check);
  CHECK_FALSE(fork.position);
  CHECK(fork.resumption == v1::RESUMPTION_FORK);
  CHECK(fork.gap_reason == v1::GAP_REASON_FORK);
  CHECK(fork.gap_from == 90);
  CHECK(fork.replaying == 0);
}

TEST_CASE("a head that was seen beyond the log's is a fork, with a position or without") {
  const StartPlan resumed = plan_for(core::Cursor{kStartLog, 90}, std::nullopt, 101);
  CHECK(resumed.resumption == v1::RESUMPTION_FORK);
  CHECK(resumed.gap_reason == v1::GAP_REASON_FORK);
  CHECK(resumed.gap_from == 90);
  CHECK_FALSE(resumed.to_check);
  CHECK(plan_for(std::nullopt, std::nullopt, 101).gap_from == 101);
  CHECK(plan_for(std::nullopt, std::nullopt, 100).resumption == v1::RESUMPTION_STATE);
  CHECK_FALSE(plan_for(std::nullopt, 90, 0).to_check);
}

TEST_CASE("urgent news comes first to who resumes, not to who asks for all history") {
  CHECK(plan_for(core::Cursor{kStartLog, 90}, std::nullopt).urgent_first);
  CHECK(plan_for(core::Cursor{kStartLog, 0}, std::nullopt).urgent_first);
  CHECK(plan_for(std::nullopt, 90).urgent_first);
  CHECK_FALSE(plan_for(std::nullopt, 0).urgent_first);
  CHECK_FALSE(plan_for(core::Cursor{kStartLog, 100}, std::nullopt).urgent_first);
  CHECK_FALSE(plan_for(std::nullopt, std::nullopt).urgent_first);
  CHECK_FALSE(after_check(plan_for(core::Cursor{kStartLog, 90}, std::nullopt, 95), false).urgent_first);
}

}  // namespace
}  // namespace gjallar::fanout
