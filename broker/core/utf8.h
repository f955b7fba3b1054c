#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gjallar::core {

/// The code point of a UTF-8 text (RFC 3629) at `at`, which moves behind it; nothing if it is ill-formed:
/// overlong, surrogate, beyond U+10FFFF, cut off. `at` must lie in the text.
[[nodiscard]] std::optional<char32_t> next_point(std::string_view text, std::size_t& at) noexcept;
/// The code points of a UTF-8 text; nothing if it is ill-formed.
[[nodiscard]] std::optional<std::u32string> decode_utf8(std::string_view text);
/// The UTF-8 of code points that `decode_utf8` may have given.
[[nodiscard]] std::string encode_utf8(std::u32string_view points);

}  // namespace gjallar::core
