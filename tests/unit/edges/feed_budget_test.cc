#include "broker/edges/feed_budget.h"

#include <catch2/catch.hpp>
#include <numeric>
#include <vector>

using namespace gjallar;
using edges::FeedBudget;

namespace {

/// Every feed takes what it may, in turn, until none may: requests of so many items.
void take_all(FeedBudget& budget, std::vector<std::size_t>& own, std::size_t together = 1) {
  for (bool more = true; more;) {
    more = false;
    for (std::size_t& items : own) {
      if (!budget.has_room(items)) continue;
      items += together;
      budget.taken(together);
      more = true;
    }
  }
}

std::size_t sum(const std::vector<std::size_t>& own) {
  return std::accumulate(own.begin(), own.end(), std::size_t{0});
}

}  // namespace

TEST_CASE("a feed alone may use its whole pipeline") {
  FeedBudget budget;
  std::vector<std::size_t> own(1);
  take_all(budget, own);
  CHECK(own[0] == core::limits::kFeedPipelineMax);
}

TEST_CASE("all feeds together leave most of the appender's queue to persons") {
  FeedBudget budget;
  std::vector<std::size_t> own(64);
  take_all(budget, own);
  CHECK(sum(own) >= core::limits::kFeedItemsMax);
  CHECK(sum(own) <= core::limits::kFeedItemsMax + own.size() * core::limits::kFeedItemsMin);
  CHECK(sum(own) < core::limits::kAppendQueueMax / 4);
}

TEST_CASE("feeds whose requests hold all they may leave most of the appender's queue to persons too") {
  FeedBudget budget;
  std::vector<std::size_t> own(64);
  take_all(budget, own, edges::kFeedRequestItemsMax);
  CHECK(sum(own) >= core::limits::kFeedItemsMax);
  CHECK(sum(own) <= core::limits::kFeedItemsMax +
                        own.size() * (core::limits::kFeedItemsMin - 1 + edges::kFeedRequestItemsMax));
  CHECK(sum(own) < core::limits::kAppendQueueMax / 2);
  std::vector<std::size_t> alone(1);
  FeedBudget other;
  take_all(other, alone, edges::kFeedRequestItemsMax);
  CHECK(alone[0] < core::limits::kFeedPipelineMax + edges::kFeedRequestItemsMax);
}

TEST_CASE("a feed that comes when others have taken all gets its few, and more once they are answered") {
  FeedBudget budget;
  std::vector<std::size_t> greedy(4);
  take_all(budget, greedy);
  std::size_t own = 0;
  for (; budget.has_room(own); ++own)
    budget.taken();
  CHECK(own == core::limits::kFeedItemsMin);
  for (std::size_t left = greedy[0]; left > 0; --left)
    budget.answered();
  CHECK(budget.has_room(own));
}
