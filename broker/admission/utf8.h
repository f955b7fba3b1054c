#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gjallar::admission {

/// The code points of a UTF-8 text (RFC 3629); nothing if it is ill-formed: overlong, surrogate, beyond
/// U+10FFFF, cut off.
[[nodiscard]] std::optional<std::u32string> decode_utf8(std::string_view text);

}  // namespace gjallar::admission
