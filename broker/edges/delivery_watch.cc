#include "broker/edges/delivery_watch.h"

#include <google/protobuf/util/message_differencer.h>
#include <google/protobuf/util/time_util.h>

#include <chrono>
#include <utility>

#include "broker/core/limits.h"

namespace gjallar::edges {

receipts::Surroundings surroundings_of(const Parts& parts) {
  return {parts.clock.wall(), parts.hub.statistics().connected_services};
}

core::Result<std::optional<v1::GetDeliveryResponse>> DeliveryWatch::look(const domain::Principal& principal) {
  // Read before the ledger: what comes in between is seen the next time.
  receipts::Surroundings surroundings = surroundings_of(parts_);
  State state;
  state.receipts = parts_.receipts.written_up_to();
  const auto snapshot = parts_.log.snapshot();
  state.head = snapshot->head().seq;
  state.minute = std::chrono::floor<std::chrono::minutes>(surroundings.now).time_since_epoch().count();
  state.connected = surroundings.connected;
  if (seen_ && *seen_ == state) return std::optional<v1::GetDeliveryResponse>();
  auto found = receipts::get_delivery(*snapshot, parts_.receipts, principal, request_, surroundings);
  if (!found) return found.error();
  seen_ = std::move(state);
  if (told_ && same_delivery(*told_, *found)) return std::optional<v1::GetDeliveryResponse>();
  told_ = *found;
  return std::optional(std::move(*found));
}

core::Result<std::chrono::milliseconds> watch_interval(const v1::WatchDeliveryRequest& request) {
  if (!request.has_interval()) return core::limits::kWatchIntervalDefault;
  // Compared in whole seconds first: a duration may hold more than 64 bits of anything smaller.
  const auto seconds = request.interval().seconds();
  const std::int64_t whole = seconds < 0 || seconds > 3'600 ? -1 : seconds * 1'000;
  const std::chrono::milliseconds interval(whole + request.interval().nanos() / 1'000'000);
  if (whole < 0 || interval < core::limits::kWatchIntervalMin || interval > core::limits::kWatchIntervalMax) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "interval",
                            "The interval isn't between 100 ms and 60 s.",
                            "Send one within these bounds, or none for 500 ms.");
  }
  return interval;
}

bool same_delivery(const v1::GetDeliveryResponse& a, const v1::GetDeliveryResponse& b) {
  return google::protobuf::util::MessageDifferencer::Equals(a, b);
}

}  // namespace gjallar::edges
