#pragma once

#include "broker/core/result.h"
#include "broker/domain/role.h"
#include "gjallar/v1/command.pb.h"

namespace gjallar::admission {

/// Checks form: required fields, limits (core/limits.h), enum values, area codes of a current edition, roles
/// of the catalogue, CAS check digits, UTF-8 without control characters, the privacy gate over all free text.
/// State is not looked at. Pure.
[[nodiscard]] core::Result<void> validate(const gjallar::v1::Command& command,
                                          const domain::RoleCatalogue& roles);
[[nodiscard]] core::Result<void> validate_idempotency_key(std::string_view key);

}  // namespace gjallar::admission
