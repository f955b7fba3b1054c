#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "broker/core/result.h"
#include "gjallar/v1/operator_service.pb.h"
#include "subscribers/client/connection.h"

namespace gjallar::client {

/// What a replay came to.
struct Replayed {
  std::uint64_t events = 0;        ///< handed on
  gjallar::v1::CaughtUp caughtup;  ///< the end of the range; empty if `on_event` wanted no more
};
/// Gets each event, in order; it is good during the call. False: no more are wanted, the replay is cancelled.
using OnReplayed = std::function<bool(const gjallar::v1::Event& event)>;

/// The log's events once more; needs the right to operate or to audit. Where `request.speed` is 0 they come
/// in batches; that changes nothing but the pace. Blocks; calls `on_event` on the calling thread. Errors: the
/// broker's own; UNAVAILABLE if it ended before its end.
[[nodiscard]] core::Result<Replayed> replay(const Connection& connection, gjallar::v1::ReplayRequest request,
                                            const OnReplayed& on_event);

}  // namespace gjallar::client
