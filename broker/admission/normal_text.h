#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "broker/admission/characters.h"

/// Text as the privacy gate reads it: the tricks and habits of real typing taken back. Pure.
namespace gjallar::admission {

/// One code point as the gate reads it, or 0 if it is invisible: decimal digits of any script, full-width
/// letters and signs become ASCII; dashes '-', spaces ' ', line breaks '\n'; soft hyphens, zero-width and
/// variation characters and combining marks are invisible. Everything else stays.
[[nodiscard]] char32_t normal_point(char32_t point) noexcept;

/// The text with every point made normal and the invisible ones left out; å, ä and ö written as two points
/// become one. Nothing if it isn't UTF-8 (RFC 3629).
[[nodiscard]] std::optional<std::u32string> normal_text(std::string_view utf8);

}  // namespace gjallar::admission
