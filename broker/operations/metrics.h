#pragma once

#include <string>

#include "broker/core/clock.h"
#include "broker/fanout/hub.h"
#include "broker/operations/counted.h"
#include "broker/operations/health.h"
#include "broker/operations/refusals.h"

namespace gjallar::operations {

/// What the metrics are read from; all may be nullptr while the broker starts.
struct MetricSources {
  const Health* health = nullptr;
  const CountedLog* log = nullptr;
  const CountedReceipts* receipts = nullptr;
  const fanout::Hub* hub = nullptr;
  const projections::LiveDirectory* directory = nullptr;
  core::WallTime started{};
  const Refusals* refusals = nullptr;
};

/// The metrics in Prometheus' text format. Numbers and fixed labels only: no id, no name, no text of an
/// alert. Any thread.
[[nodiscard]] std::string metrics_text(const MetricSources& sources);

}  // namespace gjallar::operations
