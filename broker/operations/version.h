#pragma once

#include <string_view>

namespace gjallar::operations {

/// The program's version; the same as in CMakeLists.txt.
inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace gjallar::operations
