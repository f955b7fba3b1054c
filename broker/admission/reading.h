#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// A text taken apart once, for all rules of the privacy gate. Pure.
namespace gjallar::admission {

/// Longest gap with a line's end in it: texts laid out in XML are indented.
inline constexpr std::size_t kLineGapMax = 80;

/// What parts an atom from the one before.
enum class Gap : std::uint8_t {
  kBreak,       ///< words, other signs, a line break, or nothing before
  kSpace,       ///< one to four spaces or underscores
  kDash,        ///< "-", "--"
  kSpacedDash,  ///< " - ", "- ", " -", a dash and a line's end, a line's end and a dash
  kLine,        ///< a line's end and spaces, or the dash of a list's item
  kPlus,        ///< "+"
  kDot,         ///< "." or a middle dot
  kSlash,       ///< "/"
  kParenthesis  ///< parentheses, with spaces and a dash or not
};

/// A run of letters and digits that holds a digit.
struct Atom {
  std::uint32_t begin = 0;  ///< in code points
  std::uint32_t end = 0;
  std::uint32_t first_word = 0;  ///< of its words
  bool digits = false;           ///< nothing but digits
  /// "-" or "+" joins it to a run that holds a digit before, or to more than a short count after, or it is
  /// part of a UUID.
  bool glued_before = false;
  bool glued_after = false;
  Gap gap = Gap::kBreak;
  [[nodiscard]] std::uint32_t size() const noexcept { return end - begin; }
};

/// A run of letters, or of digits: "23-årig" and "23åring" are two each.
struct Word {
  std::uint32_t begin = 0;  ///< in code points
  std::uint32_t end = 0;
  std::uint16_t kinds = 0;  ///< of vocabulary.h
  bool number = false;
  bool capital = false;  ///< its first letter is one
};

/// A normal text and what is in it.
struct Reading {
  std::u32string text;
  std::u32string small;  ///< the text in small letters
  std::vector<Word> words;
  std::vector<Atom> atoms;
  std::vector<std::uint32_t> signs;  ///< where an at-sign stands, or begins that is written otherwise

  /// Word `i` in small letters; empty if there is none.
  [[nodiscard]] std::u32string_view word(std::size_t i) const noexcept {
    if (i >= words.size()) return {};
    return std::u32string_view(small).substr(words[i].begin, words[i].end - words[i].begin);
  }
  [[nodiscard]] bool has(std::size_t i, std::uint16_t kinds) const noexcept {
    return i < words.size() && (words[i].kinds & kinds) != 0;
  }
  /// Whether atom `i` is there, of `size` digits and nothing else.
  [[nodiscard]] bool digits(std::size_t i, std::uint32_t size) const noexcept {
    return i < atoms.size() && atoms[i].digits && atoms[i].size() == size;
  }
  /// Gap before atom `i`; kBreak if there is none.
  [[nodiscard]] Gap gap(std::size_t i) const noexcept {
    return i < atoms.size() ? atoms[i].gap : Gap::kBreak;
  }
  /// Adds the atom's characters as ASCII; '?' for others.
  void append_atom(std::size_t i, std::string& out) const;
  /// Atoms `from` to `to` joined.
  [[nodiscard]] std::string joined(std::size_t from, std::size_t to) const;
};

/// Takes a normal text apart.
[[nodiscard]] Reading read_text(std::u32string normal);

}  // namespace gjallar::admission
