#pragma once

#include <optional>

#include "broker/core/result.h"
#include "broker/edges/parts.h"
#include "broker/receipts/ledger.h"
#include "gjallar/v1/view_service.pb.h"

namespace gjallar::edges {

/// Now, and who is connected.
[[nodiscard]] receipts::Surroundings surroundings_of(const Parts& parts);

/// One ledger, looked at again and again. Where neither log, receipts, connections nor the minute have moved,
/// nothing is read. One thread at a time; reads the disk.
class DeliveryWatch {
 public:
  /// `parts` must outlive it.
  DeliveryWatch(const Parts& parts, gjallar::v1::GetDeliveryRequest request)
      : parts_(parts), request_(std::move(request)) {}

  /// The ledger if it isn't as it was told last; empty if it is. Errors as get_delivery's.
  [[nodiscard]] core::Result<std::optional<gjallar::v1::GetDeliveryResponse>> look(
      const domain::Principal& principal);

 private:
  /// What a ledger depends on.
  struct State {
    core::Seq head = 0;
    std::uint64_t receipts = 0;
    std::int64_t minute = 0;  ///< services open and close at full minutes
    std::set<std::string> connected;
    friend bool operator==(const State&, const State&) = default;
  };

  const Parts& parts_;
  const gjallar::v1::GetDeliveryRequest request_;
  std::optional<State> seen_;
  std::optional<gjallar::v1::GetDeliveryResponse> told_;
};

/// The time between two answers of a watch. INVALID_ARGUMENT naming `interval` outside
/// limits::kWatchIntervalMin to kWatchIntervalMax.
[[nodiscard]] core::Result<std::chrono::milliseconds> watch_interval(
    const gjallar::v1::WatchDeliveryRequest& request);

/// Whether two ledgers say the same. Pure.
[[nodiscard]] bool same_delivery(const gjallar::v1::GetDeliveryResponse& a,
                                 const gjallar::v1::GetDeliveryResponse& b);

}  // namespace gjallar::edges
