#pragma once

#include <optional>
#include <string>
#include <string_view>

/// The forms of CAP 1.2 values that have one (OASIS, July 2010, section 3.2), and what of a kept message only
/// its own broker writes. Pure; any thread.
namespace gjallar::admission {

/// Points "latitude,longitude" in WGS 84, parted by spaces: at least four, the last as the first.
[[nodiscard]] bool is_cap_polygon(std::string_view text) noexcept;
/// A point, a space, and a radius in kilometres of at most half the way round the earth.
[[nodiscard]] bool is_cap_circle(std::string_view text) noexcept;
/// Feet above mean sea level as a plain decimal: from -2,000 to 200,000, at most three decimals.
[[nodiscard]] bool is_cap_height(std::string_view text) noexcept;

[[nodiscard]] bool is_cap_category(std::string_view word) noexcept;
[[nodiscard]] bool is_cap_response_type(std::string_view word) noexcept;
/// A value of XML Schema's anyURI: without white space, control characters and brackets, "%" only before two
/// hexadecimal digits, at most one "#", and a scheme, if there is one, of RFC 3986's characters.
[[nodiscard]] bool is_uri(std::string_view text) noexcept;

/// One element as canonical XML, by how it begins and ends: no document type, no comment before it, and not
/// in CAP's own namespace, whose elements have fields.
[[nodiscard]] bool is_cap_extension(std::string_view text) noexcept;
/// What is left of canonical XML without its tags, with XML's own entities as characters.
[[nodiscard]] std::string text_of_xml(std::string_view xml);

/// The bytes of base64 (RFC 4648, section 4), white space left out; nothing if it is none.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

/// Whether a broker itself writes a parameter of this valueName ("gjallar:seq", "gjallar:substances").
[[nodiscard]] bool is_written_parameter(std::string_view value_name);

}  // namespace gjallar::admission
