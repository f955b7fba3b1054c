#include "broker/receipts/delivery_statistics.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>

namespace gjallar::receipts {

std::optional<core::Micros> percentile(const std::vector<core::Micros>& sorted, unsigned percent) {
  if (sorted.empty()) return std::nullopt;
  const std::size_t rank = (sorted.size() * percent + 99) / 100;  // from 1
  return sorted[std::clamp<std::size_t>(rank, 1, sorted.size()) - 1];
}

void count_delivery(v1::GetDeliveryResponse& response) {
  const core::WallTime sent = core::from_timestamp(response.time());
  std::vector<core::Micros> after;
  std::uint32_t written = 0;
  std::uint32_t acknowledged = 0;
  for (const v1::ServiceDelivery& service : response.services()) {
    if (service.has_written()) ++written;
    if (service.has_acknowledged()) ++acknowledged;
    if (service.has_received())
      after.push_back(std::max(core::from_timestamp(service.received()) - sent, core::Micros(0)));
  }
  std::sort(after.begin(), after.end());
  const auto targeted = static_cast<std::uint32_t>(response.services_size());
  const auto received = static_cast<std::uint32_t>(after.size());
  response.set_targeted(targeted);
  response.set_written(written);
  response.set_received(received);
  response.set_acknowledged(acknowledged);
  response.set_not_received(targeted - received);
  if (after.empty()) return;
  const auto duration = [](core::Micros time) {
    return google::protobuf::util::TimeUtil::MicrosecondsToDuration(static_cast<std::int64_t>(time.count()));
  };
  *response.mutable_first_received() = duration(after.front());
  *response.mutable_median_received() = duration(*percentile(after, 50));
  *response.mutable_p95_received() = duration(*percentile(after, 95));
  *response.mutable_last_received() = duration(after.back());
  *response.mutable_skew() = duration(after.back() - after.front());
}

}  // namespace gjallar::receipts
