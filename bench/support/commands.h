#pragma once

#include "gjallar/v1/command.pb.h"

namespace gjallar::bench {

/// An issue command whose event payload is about 1 KiB; urgent, for every service of both countries.
[[nodiscard]] gjallar::v1::Command issue_command(int number);
/// The same, not urgent.
[[nodiscard]] gjallar::v1::Command warning_command(int number);

}  // namespace gjallar::bench
