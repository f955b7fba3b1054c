#include "broker/core/utf8.h"

#include <cstdint>

namespace gjallar::core {
namespace {

/// How many bytes follow the first, and the lowest code point that may be written so.
struct Form {
  int more;
  char32_t lowest;
  char32_t bits;
};

std::optional<Form> form_of(std::uint8_t first) {
  if (first < 0x80) return Form{0, 0, first};
  if ((first & 0xe0) == 0xc0) return Form{1, 0x80, static_cast<char32_t>(first & 0x1f)};
  if ((first & 0xf0) == 0xe0) return Form{2, 0x800, static_cast<char32_t>(first & 0x0f)};
  if ((first & 0xf8) == 0xf0) return Form{3, 0x10000, static_cast<char32_t>(first & 0x07)};
  return std::nullopt;
}

}  // namespace

std::optional<std::u32string> decode_utf8(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto form = form_of(static_cast<std::uint8_t>(text[at]));
    if (!form || text.size() - at <= static_cast<std::size_t>(form->more)) return std::nullopt;
    char32_t point = form->bits;
    for (int i = 1; i <= form->more; ++i) {
      const auto byte = static_cast<std::uint8_t>(text[at + static_cast<std::size_t>(i)]);
      if ((byte & 0xc0) != 0x80) return std::nullopt;
      point = (point << 6) | (byte & 0x3f);
    }
    if (point < form->lowest || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return std::nullopt;
    out.push_back(point);
    at += static_cast<std::size_t>(form->more) + 1;
  }
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
