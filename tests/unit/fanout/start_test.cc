#include "broker/fanout/start.h"

#include <catch2/catch.hpp>

namespace gjallar::fanout {
namespace {

const core::LogId kStartLog("0123456789ABCDEF");

StartPlan plan_for(std::optional<core::Cursor> cursor, std::optional<core::Seq> after) {
  SessionRequest request;
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
}

}  // namespace
}  // namespace gjallar::fanout
