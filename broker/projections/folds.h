#pragma once

#include <memory>

#include "broker/log/fold.h"
#include "broker/projections/live_directory.h"

namespace gjallar::projections {

/// The folds of this broker in their order: directory, alerts (with the set of services ever targeted),
/// targets, views. Live folds write through to `live`; shadow folds keep a directory of their own.
[[nodiscard]] log::FoldFactory fold_factory(std::shared_ptr<LiveDirectory> live);

}  // namespace gjallar::projections
