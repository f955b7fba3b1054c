#pragma once

#include <string_view>

namespace gjallar::operations {

/// The program's version, as CMakeLists.txt has it.
inline constexpr std::string_view kVersion = GJALLAR_VERSION;

}  // namespace gjallar::operations
