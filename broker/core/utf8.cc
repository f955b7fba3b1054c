#include "broker/core/utf8.h"

namespace gjallar::core {

std::optional<char32_t> next_point(std::string_view text, std::size_t& at) noexcept {
  const auto first = static_cast<unsigned char>(text[at]);
  std::size_t more = 0;
  char32_t point = first;
  char32_t lowest = 0;
  if (first >= 0xf0) {
    more = 3, point = first & 0x07U, lowest = 0x10000;
  } else if (first >= 0xe0) {
    more = 2, point = first & 0x0fU, lowest = 0x800;
  } else if (first >= 0xc0) {
    more = 1, point = first & 0x1fU, lowest = 0x80;
  } else if (first >= 0x80) {
    return std::nullopt;
  }
  if (first >= 0xf8 || text.size() - at <= more) return std::nullopt;
  for (std::size_t i = 1; i <= more; ++i) {
    const auto byte = static_cast<unsigned char>(text[at + i]);
    if ((byte & 0xc0U) != 0x80) return std::nullopt;
    point = (point << 6) | (byte & 0x3fU);
  }
  if (point < lowest || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return std::nullopt;
  at += more + 1;
  return point;
}

std::optional<std::u32string> decode_utf8(std::string_view text) {
  std::u32string out;
  out.resize(text.size());  // never more points than bytes
  std::size_t size = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (const auto byte = static_cast<unsigned char>(text[at]); byte < 0x80) {  // nearly all of a text
      out[size++] = byte;
      ++at;
      continue;
    }
    const auto point = next_point(text, at);
    if (!point) return std::nullopt;
    out[size++] = *point;
  }
  out.resize(size);
  return out;
}

std::string encode_utf8(std::u32string_view points) {
  std::string out;
  out.reserve(points.size());
  const auto put = [&out](char32_t byte) {
    out.push_back(static_cast<char>(static_cast<std::uint8_t>(byte)));
  };
  for (const char32_t point : points) {
    if (point < 0x80) {
      put(point);
    } else if (point < 0x800) {
      put(0xc0 | (point >> 6));
      put(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
      put(0xe0 | (point >> 12));
      put(0x80 | ((point >> 6) & 0x3f));
      put(0x80 | (point & 0x3f));
    } else {
      put(0xf0 | (point >> 18));
      put(0x80 | ((point >> 12) & 0x3f));
      put(0x80 | ((point >> 6) & 0x3f));
      put(0x80 | (point & 0x3f));
    }
  }
  return out;
}

}  // namespace gjallar::core
