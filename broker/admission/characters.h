#pragma once

#include <array>
#include <cstdint>

/// What kind of character a point of normal text is: a table for Latin script, where nearly all of a text
/// lies. Pure.
namespace gjallar::admission {

inline constexpr char32_t kTabled = 0x180;

namespace characters {

/// An entry of the table: the character in small letters in the low half, and these.
inline constexpr std::uint32_t kLetter = 1U << 16;
inline constexpr std::uint32_t kPart = 1U << 17;   ///< of a word or number: letter, digit
inline constexpr std::uint32_t kOpens = 1U << 18;  ///< an at-sign or a bracket: an address may begin with it

constexpr char32_t small_of(char32_t c) {
  if ((c >= U'A' && c <= U'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7)) return c + 32;
  const bool even = (c >= 0x100 && c <= 0x137) || (c >= 0x14a && c <= 0x177);
  const bool odd = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e);
  if (even) return c | 1U;
  return odd && c % 2 == 1 ? c + 1 : c;
}

constexpr std::array<std::uint32_t, kTabled> make() {
  std::array<std::uint32_t, kTabled> table{};
  for (char32_t c = 0; c < kTabled; ++c) {
    const bool ascii = (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z');
    const bool latin = c >= 0xc0 && c != 0xd7 && c != 0xf7;
    const bool letter = ascii || latin || c == 0xaa || c == 0xb5 || c == 0xba;
    const bool part = letter || (c >= U'0' && c <= U'9');
    const bool opens = c == U'@' || c == U'(' || c == U'[' || c == U'{' || c == U'<';
    table[c] = static_cast<std::uint32_t>(small_of(c)) | (letter ? kLetter : 0) | (part ? kPart : 0) |
               (opens ? kOpens : 0);
  }
  return table;
}

inline constexpr std::array<std::uint32_t, kTabled> kTable = make();

/// Letters beyond the table, roughly: all but spaces, punctuation and symbols.
constexpr bool is_letter_beyond(char32_t c) noexcept {
  return !(c >= 0x2000 && c <= 0x2bff) && !(c >= 0x3000 && c <= 0x303f) && !(c >= 0xfe00 && c <= 0xff0f) &&
         !(c >= 0x1f000 && c <= 0x1faff);
}

/// What the table says of a character, or would say.
constexpr std::uint32_t look_up(char32_t c) noexcept {
  if (c < kTabled) return kTable[c];
  return is_letter_beyond(c) ? kLetter | kPart : 0;
}

}  // namespace characters

[[nodiscard]] constexpr bool is_letter(char32_t c) noexcept {
  return (characters::look_up(c) & characters::kLetter) != 0;
}
[[nodiscard]] constexpr bool is_digit(char32_t c) noexcept {
  return c >= U'0' && c <= U'9';
}
/// Of a word or a number.
[[nodiscard]] constexpr bool is_part(char32_t c) noexcept {
  return (characters::look_up(c) & characters::kPart) != 0;
}
/// Letters of Latin script from capital to small; the rest stays.
[[nodiscard]] constexpr char32_t lower(char32_t c) noexcept {
  return c < kTabled ? characters::kTable[c] & 0xffffU : c;
}
[[nodiscard]] constexpr bool is_capital(char32_t c) noexcept {
  return lower(c) != c;
}

}  // namespace gjallar::admission
