#pragma once

#include <string_view>

#include "broker/core/result.h"

namespace gjallar::admission {

/// Refuses a text that holds a personal identifier: Swedish personal and coordination numbers, Norwegian
/// birth and D-numbers, Danish CPR (delimited), Finnish HETU, e-mail addresses. Names of persons can't be
/// detected. The error names the field and the rule, never the value. Pure; any thread.
[[nodiscard]] core::Result<void> check_text(std::string_view field, std::string_view text);

}  // namespace gjallar::admission
