#pragma once

#include <string_view>

#include "gjallar/v1/command.pb.h"

namespace gjallar::domain {

/// The sender's answers to questions that a command carries; nullptr if it carries none.
[[nodiscard]] const gjallar::v1::Confirmation* confirmation_of(const gjallar::v1::Command& command) noexcept;
/// Where a command keeps them; nullptr if it takes none.
[[nodiscard]] gjallar::v1::Confirmation* mutable_confirmation_of(gjallar::v1::Command& command) noexcept;
/// The command's name in the request ("revise"); empty if none is set.
[[nodiscard]] std::string_view name_of_command(const gjallar::v1::Command& command) noexcept;

}  // namespace gjallar::domain
