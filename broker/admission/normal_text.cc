#include "broker/admission/normal_text.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "broker/admission/utf8.h"

namespace gjallar::admission {
namespace {

/// The zeros of Unicode's decimal digits (general category Nd, Unicode 15), in order; nine more follow each.
constexpr std::array<char32_t, 67> kZeros{
    0x0660,  0x06f0,  0x07c0,  0x0966,  0x09e6,  0x0a66,  0x0ae6,  0x0b66,  0x0be6,  0x0c66,
    0x0ce6,  0x0d66,  0x0de6,  0x0e50,  0x0ed0,  0x0f20,  0x1040,  0x1090,  0x17e0,  0x1810,
    0x1946,  0x19d0,  0x1a80,  0x1a90,  0x1b50,  0x1bb0,  0x1c40,  0x1c50,  0xa620,  0xa8d0,
    0xa900,  0xa9d0,  0xa9f0,  0xaa50,  0xabf0,  0xff10,  0x104a0, 0x10d30, 0x11066, 0x110f0,
    0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950,
    0x11c50, 0x11d50, 0x11da0, 0x11f50, 0x16a60, 0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2,
    0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e4f0, 0x1e950, 0x1fbf0};

/// Digits that are drawn otherwise and are no decimal digits to Unicode: superscript, subscript, in circles,
/// in parentheses, with a full stop or comma.
struct Drawn {
  char32_t first;
  char32_t last;
  char32_t digit;  ///< of the first
};
constexpr std::array<Drawn, 17> kDrawn{{{0xb2, 0xb3, U'2'},
                                        {0xb9, 0xb9, U'1'},
                                        {0x2070, 0x2070, U'0'},
                                        {0x2074, 0x2079, U'4'},
                                        {0x2080, 0x2089, U'0'},
                                        {0x2460, 0x2468, U'1'},
                                        {0x2474, 0x247c, U'1'},
                                        {0x2488, 0x2490, U'1'},
                                        {0x24ea, 0x24ea, U'0'},
                                        {0x24f5, 0x24fd, U'1'},
                                        {0x24ff, 0x24ff, U'0'},
                                        {0x2776, 0x277e, U'1'},
                                        {0x2780, 0x2788, U'1'},
                                        {0x278a, 0x2792, U'1'},
                                        {0x1f100, 0x1f100, U'0'},
                                        {0x1f101, 0x1f10a, U'0'},
                                        {0x1f10b, 0x1f10c, U'0'}}};

/// The digit that is drawn so; 0 if it is none.
constexpr char32_t drawn_digit(char32_t c) noexcept {
  for (const Drawn& drawn : kDrawn) {
    if (c < drawn.first) return 0;
    if (c > drawn.last) continue;
    return c >= 0x1f10b ? U'0' : drawn.digit + (c - drawn.first);
  }
  return 0;
}

/// What ASCII's control characters that part words are read as; the rest stays.
constexpr char32_t plain_control(char32_t c) noexcept {
  return c == U'\t' ? U' ' : c == U'\r' || c == U'\v' || c == U'\f' ? U'\n' : c;
}

bool is_invisible(char32_t c) noexcept {
  return c == 0xad || (c >= 0x300 && c <= 0x36f) || c == 0x34f || c == 0x61c || c == 0x115f || c == 0x1160 ||
         c == 0x17b4 || c == 0x17b5 || (c >= 0x180b && c <= 0x180f) || (c >= 0x200b && c <= 0x200f) ||
         (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || (c >= 0x20d0 && c <= 0x20f0) ||
         c == 0x3164 || (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff || c == 0xffa0 ||
         (c >= 0xe0000 && c <= 0xe01ef);
}

bool is_dash_sign(char32_t c) noexcept {
  return (c >= 0x2010 && c <= 0x2015) || c == 0x2043 || c == 0x2212 || c == 0x2796 || c == 0x58a ||
         c == 0x5be || c == 0x2e3a || c == 0x2e3b || c == 0x30fc || c == 0xfe58 || c == 0xfe63;
}

bool is_space_sign(char32_t c) noexcept {
  return c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x202f || c == 0x205f ||
         c == 0x2800 || c == 0x3000;
}

/// å, ä, ö and their capitals from a letter and a combining mark; 0 for any other pair.
char32_t composed(char32_t letter, char32_t mark) noexcept {
  if (mark == 0x30a) return letter == U'a' ? U'å' : letter == U'A' ? U'Å' : 0;
  if (mark != 0x308) return 0;
  switch (letter) {
    case U'a':
      return U'ä';
    case U'A':
      return U'Ä';
    case U'o':
      return U'ö';
    case U'O':
      return U'Ö';
    default:
      return 0;
  }
}

/// Bytes looked at together, which is how most of a text can be taken.
constexpr std::size_t kBytesAtOnce = 8;

/// How many of the eight are ASCII beyond the control characters, from the first on. `bytes` may be read so
/// far.
std::size_t plain_bytes(const char* bytes) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof(word));
  constexpr std::uint64_t kHigh = 0x8080808080808080;
  constexpr std::uint64_t kSpaces = 0x2020202020202020;
  // A high bit marks a byte that isn't ASCII, or is below a space; what a borrow spoils comes after it.
  const std::uint64_t marks = (word | (word - kSpaces)) & kHigh;
  if (marks == 0) return kBytesAtOnce;
  static_assert(std::endian::native == std::endian::little);
  return static_cast<std::size_t>(std::countr_zero(marks)) / 8;
}

}  // namespace

char32_t normal_point(char32_t c) noexcept {
  if (c < 0x80) return plain_control(c);
  if (c == 0x2d7) return U'-';           // a modifier that looks like a minus
  if (c >= 0xc0 && c < 0x300) return c;  // letters of Latin script
  if (is_invisible(c)) return 0;
  if (is_space_sign(c)) return U' ';
  if (is_dash_sign(c)) return U'-';
  if (c == 0x85 || c == 0x2028 || c == 0x2029) return U'\n';
  if (c >= 0xff01 && c <= 0xff5e) return c - 0xff01 + U'!';  // full-width ASCII
  if (c == 0xfe6b) return U'@';
  if (c == 0xfe52 || c == 0x2024 || c == 0x3002) return U'.';
  if (c == 0xfe62 || c == 0x2795) return U'+';
  if (c == 0xfe59) return U'(';
  if (c == 0xfe5a) return U')';
  if (c == 0x2044 || c == 0x2215) return U'/';
  if (c == 0x2018 || c == 0x2019) return U'\'';
  if (const char32_t digit = drawn_digit(c); digit != 0) return digit;
  if (c < 0x660) return c;
  const auto* const zero = std::upper_bound(kZeros.begin(), kZeros.end(), c);
  if (zero != kZeros.begin() && c - *(zero - 1) < 10) return U'0' + (c - *(zero - 1));
  return c;
}

std::optional<std::u32string> normal_text(std::string_view utf8) {
  std::u32string out;
  out.resize(utf8.size());
  std::size_t size = 0;
  for (std::size_t at = 0; at < utf8.size();) {
    while (at + kBytesAtOnce <= utf8.size()) {
      const std::size_t plain = plain_bytes(utf8.data() + at);
      for (std::size_t i = 0; i < kBytesAtOnce; ++i)  // beyond `plain` it is written over
        out[size + i] = static_cast<unsigned char>(utf8[at + i]);
      size += plain;
      at += plain;
      if (plain < kBytesAtOnce) break;
    }
    if (at == utf8.size()) break;
    const auto byte = static_cast<unsigned char>(utf8[at]);
    if (byte < 0x80) {
      out[size++] = plain_control(byte);
      ++at;
      continue;
    }
    // Letters of Latin script, which lead with these: å, ä, ö, æ, ø and their kind.
    const bool latin = byte >= 0xc3 && byte <= 0xca && at + 1 < utf8.size();
    const auto second = latin ? static_cast<unsigned char>(utf8[at + 1]) : std::uint8_t{0};
    if ((second & 0xc0U) == 0x80) {
      out[size++] = (byte & 0x1fU) << 6 | (second & 0x3fU);
      at += 2;
      continue;
    }
    const auto point = next_point(utf8, at);
    if (!point) return std::nullopt;
    if (const char32_t normal = normal_point(*point); normal != 0) {
      out[size++] = normal;
    } else if (size > 0 && (*point == 0x308 || *point == 0x30a)) {
      if (const char32_t letter = composed(out[size - 1], *point); letter != 0) out[size - 1] = letter;
    }
  }
  out.resize(size);
  return out;
}

}  // namespace gjallar::admission
