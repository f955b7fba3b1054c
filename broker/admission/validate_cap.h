#pragma once

#include "broker/admission/field_path.h"
#include "broker/core/result.h"
#include "gjallar/v1/cap.pb.h"

namespace gjallar::admission {

/// What a CAP message said beyond the alert's own fields: limits, and the privacy gate over every text of it,
/// names, descriptions and unknown elements included. An organisation's `contact` may hold telephone numbers
/// and mail addresses, never a number of a person. Pure.
[[nodiscard]] core::Result<void> check_cap(const FieldPath& path, const gjallar::v1::CapDetails& cap);

}  // namespace gjallar::admission
