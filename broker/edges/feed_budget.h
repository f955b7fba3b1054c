#pragma once

#include <atomic>
#include <cstddef>

#include "broker/core/limits.h"

namespace gjallar::edges {

/// Items of one request of a feed: as many as each of 64 feeds has under way that share
/// kFeedItemsMax.
inline constexpr std::size_t kFeedRequestItemsMax = 8;

/// How many items of all feeds are under way, so that machines leave room in the appender's queue for what a
/// person sends, and that waits behind few of them. Any thread.
class FeedBudget {
 public:
  void taken(std::size_t items = 1) noexcept { items_.fetch_add(items); }
  void answered() noexcept { items_.fetch_sub(1); }
  /// Whether a feed that has so many of its own under way may take one more request, which may hold
  /// kFeedRequestItemsMax. A few it may in any case: their answers let it look again.
  [[nodiscard]] bool has_room(std::size_t own) const noexcept {
    if (own >= core::limits::kFeedPipelineMax) return false;
    return own < core::limits::kFeedItemsMin || items_.load() < core::limits::kFeedItemsMax;
  }

 private:
  std::atomic<std::size_t> items_{0};
};

}  // namespace gjallar::edges
