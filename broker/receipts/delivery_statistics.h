#pragma once

#include <optional>
#include <vector>

#include "broker/core/clock.h"
#include "gjallar/v1/view_service.pb.h"

namespace gjallar::receipts {

/// The value at or below which at least `percent` of all lie (nearest rank: the ceil(percent/100 · n)-th of
/// n); empty if there are none. `sorted` ascending, `percent` 1 to 100. Pure.
[[nodiscard]] std::optional<core::Micros> percentile(const std::vector<core::Micros>& sorted,
                                                     unsigned percent);

/// Fills in the counts and how fast the services of `response` received it, from its services and its time.
/// A reception before the event (another clock's) counts as at once. Pure.
void count_delivery(gjallar::v1::GetDeliveryResponse& response);

}  // namespace gjallar::receipts
