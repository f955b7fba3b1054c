#pragma once

#include <string>

#include "broker/core/result.h"
#include "gjallar/v1/view_service.pb.h"

namespace gjallar::tool {

/// Reads "1234" as a seq and "2026-06-01T12:00:00Z" (any numeric offset) as a time; an empty text leaves the
/// moment unset: now. INVALID_ARGUMENT names `field`.
[[nodiscard]] core::Result<void> set_moment(const std::string& text, const std::string& field,
                                            gjallar::v1::Moment& moment);

}  // namespace gjallar::tool
