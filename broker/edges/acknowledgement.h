#pragma once

#include <functional>

#include "broker/core/result.h"
#include "broker/edges/parts.h"
#include "gjallar/v1/delivery.pb.h"

namespace gjallar::edges {

/// Records that a human of the principal's service confirmed one version of an alert (its id or its
/// reference), outside any session. `done` is called exactly once: with the receipt's time once it is on disk
/// (the receipts' thread), or at once with PERMISSION_DENIED (no service, or no right to subscribe),
/// MISSING_FIELD (version), what Admission::check_acknowledged says of pseudonym and note, NOT_FOUND or
/// OVERLOADED. Reads the disk: on a BulkReader.
void acknowledge(const Parts& parts, const domain::Principal& principal,
                 const gjallar::v1::Acknowledged& acknowledged, receipts::TransportKind transport,
                 std::function<void(core::Result<core::WallTime>)> done);

}  // namespace gjallar::edges
