#pragma once

#include "broker/admission/field_path.h"
#include "broker/core/result.h"
#include "gjallar/v1/cap.pb.h"

namespace gjallar::admission {

/// What a CAP message said beyond the alert's own fields: limits and forms. What its texts say is for the
/// privacy gate. Pure.
[[nodiscard]] core::Result<void> check_cap(const FieldPath& path, const gjallar::v1::CapDetails& cap);
/// A known state, and a subject of at most 300 characters. Pure.
[[nodiscard]] core::Result<void> check_cap_signature(const FieldPath& path,
                                                     const gjallar::v1::CapSignature& signature);

}  // namespace gjallar::admission
