#pragma once

#include <memory>

#include "broker/log/fold.h"
#include "broker/projections/live_directory.h"
#include "broker/projections/live_tokens.h"

namespace gjallar::projections {

/// The folds of this broker in their order: directory, alerts (with the set of services ever targeted),
/// targets, views, tokens. Live folds write through to `live` and `tokens`; shadow folds keep a directory and
/// tokens of their own. `tokens` nullptr: nobody looks them up.
[[nodiscard]] log::FoldFactory fold_factory(std::shared_ptr<LiveDirectory> live,
                                            std::shared_ptr<LiveTokens> tokens = nullptr);

}  // namespace gjallar::projections
