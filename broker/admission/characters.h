#pragma once

#include <array>
#include <cstdint>

/// What kind of character a point of normal text is: a table for Latin script, where nearly all of a text
/// lies. Pure.
namespace gjallar::admission {

inline constexpr char32_t kTabled = 0x180;

struct Character {
  std::uint16_t small = 0;  ///< in small letters
  bool letter = false;
  bool part = false;  ///< of a word or number: letter, digit, underscore
};

namespace characters {

constexpr char32_t small_of(char32_t c) {
  if ((c >= U'A' && c <= U'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7)) return c + 32;
  const bool even = (c >= 0x100 && c <= 0x137) || (c >= 0x14a && c <= 0x177);
  const bool odd = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e);
  if (even) return c | 1U;
  return odd && c % 2 == 1 ? c + 1 : c;
}

constexpr std::array<Character, kTabled> make() {
  std::array<Character, kTabled> table{};
  for (char32_t c = 0; c < kTabled; ++c) {
    Character& character = table[c];
    const bool ascii = (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z');
    const bool latin = c >= 0xc0 && c != 0xd7 && c != 0xf7;
    character.letter = ascii || latin || c == 0xaa || c == 0xb5 || c == 0xba;
    character.part = character.letter || (c >= U'0' && c <= U'9') || c == U'_';
    character.small = static_cast<std::uint16_t>(small_of(c));
  }
  return table;
}

inline constexpr std::array<Character, kTabled> kTable = make();

/// Letters beyond the table, roughly: all but spaces, punctuation and symbols.
constexpr bool is_letter_beyond(char32_t c) noexcept {
  return !(c >= 0x2000 && c <= 0x2bff) && !(c >= 0x3000 && c <= 0x303f) && !(c >= 0xfe00 && c <= 0xff0f) &&
         !(c >= 0x1f000 && c <= 0x1faff);
}

}  // namespace characters

[[nodiscard]] constexpr bool is_letter(char32_t c) noexcept {
  return c < kTabled ? characters::kTable[c].letter : characters::is_letter_beyond(c);
}
[[nodiscard]] constexpr bool is_digit(char32_t c) noexcept {
  return c >= U'0' && c <= U'9';
}
/// Of a word or a number.
[[nodiscard]] constexpr bool is_part(char32_t c) noexcept {
  return c < kTabled ? characters::kTable[c].part : characters::is_letter_beyond(c);
}
/// Letters of Latin script from capital to small; the rest stays.
[[nodiscard]] constexpr char32_t lower(char32_t c) noexcept {
  return c < kTabled ? characters::kTable[c].small : c;
}
[[nodiscard]] constexpr bool is_capital(char32_t c) noexcept {
  return lower(c) != c;
}

}  // namespace gjallar::admission
