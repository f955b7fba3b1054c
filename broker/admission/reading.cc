#include "broker/admission/reading.h"

#include <array>
#include <utility>

#include "broker/admission/characters.h"
#include "broker/admission/vocabulary.h"

namespace gjallar::admission {
namespace {

/// Longest gap within a number: four spaces, ") - ".
constexpr std::size_t kGapMax = 4;
constexpr int kSpacesMax = 4;
/// A carriage return counts as an end of its own.
constexpr int kLineEndsMax = 2;
/// Digits of a serial that stands apart from its date.
constexpr std::size_t kSerialMax = 4;
constexpr char32_t kMiddleDot = 0xb7;
/// A UUID's groups of hexadecimal digits, with their dashes.
constexpr std::array<std::size_t, 5> kUuidGroups{8, 4, 4, 4, 12};
constexpr std::size_t kUuidSize = 36;

/// A gap with a line's end.
Gap line_gap_of(std::u32string_view between) noexcept {
  int ends = 0;
  int dashes = 0;
  bool dash_first = false;
  for (const char32_t c : between) {
    if (c == U'\n') {
      ++ends;
    } else if (c == U'-') {
      ++dashes;
      dash_first = dash_first || ends == 0;
    } else if (c != U' ') {
      return Gap::kBreak;
    }
  }
  if (ends > kLineEndsMax || dashes > 2) return Gap::kBreak;
  // "811218-" at the end or "-9876" at the beginning of a line; "- 9876" is an item of a list.
  return dashes > 0 && (dash_first || between.back() == U'-') ? Gap::kSpacedDash : Gap::kLine;
}

Gap gap_of(std::u32string_view between) noexcept {
  if (between.empty() || between.size() > kLineGapMax) return Gap::kBreak;
  if (between.find(U'\n') != std::u32string_view::npos) return line_gap_of(between);
  if (between.size() > kGapMax) return Gap::kBreak;
  int spaces = 0;
  int dashes = 0;
  int parentheses = 0;
  char32_t other = 0;
  for (const char32_t c : between) {
    if (c == U' ' || c == U'_') {
      ++spaces;
    } else if (c == U'-') {
      ++dashes;
    } else if (c == U'(' || c == U')') {
      ++parentheses;
    } else if (other == 0 && (c == U'+' || c == U'.' || c == U'/' || c == kMiddleDot)) {
      other = c;
    } else {
      return Gap::kBreak;
    }
  }
  if (other != 0) {
    if (between.size() != 1) return Gap::kBreak;
    return other == U'+' ? Gap::kPlus : other == U'/' ? Gap::kSlash : Gap::kDot;
  }
  if (dashes > 2) return Gap::kBreak;
  if (parentheses > 0) return Gap::kParenthesis;
  if (dashes > 0) return spaces == 0 ? Gap::kDash : Gap::kSpacedDash;
  return spaces <= kSpacesMax ? Gap::kSpace : Gap::kBreak;
}

bool joins(char32_t c) noexcept {
  return c == U'-' || c == U'+';
}

bool is_hexadecimal(char32_t c) noexcept {
  return is_digit(c) || (c >= U'a' && c <= U'f') || (c >= U'A' && c <= U'F');
}

/// Whether the place lies in a UUID.
bool in_uuid(std::u32string_view text, std::size_t at) noexcept {
  const auto belongs = [](char32_t c) { return c == U'-' || is_hexadecimal(c); };
  std::size_t begin = at;
  while (begin > 0 && at - begin < kUuidSize && belongs(text[begin - 1]))
    --begin;
  std::size_t group = 0;
  std::size_t size = 0;
  for (std::size_t i = begin; i < text.size() && belongs(text[i]); ++i) {
    if (text[i] != U'-') {
      ++size;
      continue;
    }
    if (group >= kUuidGroups.size() || size != kUuidGroups[group]) return false;
    ++group;
    size = 0;
  }
  return group + 1 == kUuidGroups.size() && size == kUuidGroups.back();
}

/// Whether the run that ends here holds a digit: "IMG-" doesn't, "K12-" does.
bool holds_digit_before(std::u32string_view text, std::size_t end) noexcept {
  for (std::size_t at = end; at > 0 && is_part(text[at - 1]); --at) {
    if (is_digit(text[at - 1])) return true;
  }
  return false;
}

/// Whether the run that begins here makes one number with the serial before it: a count of one or two digits,
/// as in a file's name, doesn't, nor do letters.
bool counts_after(std::u32string_view text, std::size_t begin) noexcept {
  std::size_t end = begin;
  bool digit = false;
  bool letter = false;
  for (; end < text.size() && is_part(text[end]); ++end) {
    digit = digit || is_digit(text[end]);
    letter = letter || is_letter(text[end]);
  }
  const bool goes_on = end + 1 < text.size() && joins(text[end]) && is_part(text[end + 1]);
  return digit && (letter || goes_on || end - begin > 2);
}

class TextReader {
 public:
  explicit TextReader(std::u32string text) {
    out_.text = std::move(text);
    out_.small = out_.text;
    out_.words.reserve(out_.text.size() / 6 + 1);
  }

  Reading read() {
    const char32_t* const text = out_.text.data();
    const std::size_t size = out_.text.size();
    for (std::size_t at = 0; at < size;) {
      const std::uint32_t character = characters::look_up(text[at]);
      if ((character & characters::kPart) != 0) {
        at = take_run(at);
        continue;
      }
      if ((character & characters::kOpens) != 0) out_.signs.push_back(static_cast<std::uint32_t>(at));
      ++at;
    }
    return std::move(out_);
  }

 private:
  std::size_t take_run(std::size_t begin) {
    const char32_t* const text = out_.text.data();
    const auto first_word = static_cast<std::uint32_t>(out_.words.size());
    bool digit = false;
    bool other = false;
    std::size_t at = begin;
    while (is_part(text[at])) {
      if (is_digit(text[at])) {
        digit = true;
        at = take_number(at);
      } else {
        other = true;
        at = take_letters(at);
      }
    }
    if (digit) add_atom(begin, at, first_word, !other);
    last_had_digit_ = digit;
    last_end_ = at;
    return at;
  }

  std::size_t take_number(std::size_t at) {
    const char32_t* const text = out_.text.data();
    Word word;
    word.begin = static_cast<std::uint32_t>(at);
    word.number = true;
    while (is_digit(text[at]))
      ++at;
    word.end = static_cast<std::uint32_t>(at);
    out_.words.push_back(word);
    return at;
  }

  std::size_t take_letters(std::size_t begin) {
    const char32_t* const text = out_.text.data();  // ends with a zero, which is no letter
    char32_t* const small = out_.small.data();
    std::size_t at = begin;
    for (;;) {
      const char32_t c = text[at];
      if (c < kTabled) {
        const std::uint32_t character = characters::kTable[c];
        if ((character & characters::kLetter) == 0) break;
        small[at++] = character & 0xffffU;
      } else if (characters::is_letter_beyond(c)) {
        small[at++] = c;
      } else {
        break;
      }
    }
    Word word;
    word.capital = small[begin] != text[begin];
    word.begin = static_cast<std::uint32_t>(begin);
    word.end = static_cast<std::uint32_t>(at);
    word.kinds = kinds_of({small + begin, at - begin});
    const bool spelled = (word.kinds & kAtSign) != 0 && begin > 0 && text[begin - 1] == U' ';
    if (spelled) out_.signs.push_back(word.begin - 1);
    out_.words.push_back(word);
    return at;
  }

  void add_atom(std::size_t begin, std::size_t end, std::uint32_t first_word, bool digits) {
    const std::u32string_view text = out_.text;
    Atom atom;
    atom.begin = static_cast<std::uint32_t>(begin);
    atom.end = static_cast<std::uint32_t>(end);
    atom.first_word = first_word;
    atom.digits = digits;
    if (last_had_digit_) atom.gap = gap_of(text.substr(last_end_, begin - last_end_));
    atom.glued_before = begin >= 2 && joins(text[begin - 1]) && is_part(text[begin - 2]) &&
                        (holds_digit_before(text, begin - 1) || in_uuid(text, begin));
    atom.glued_after = end + 1 < text.size() && joins(text[end]) && is_part(text[end + 1]) &&
                       (end - begin > kSerialMax || counts_after(text, end + 1) || in_uuid(text, begin));
    out_.atoms.push_back(atom);
  }

  Reading out_;
  std::size_t last_end_ = 0;  // of the last run
  bool last_had_digit_ = false;
};

}  // namespace

void Reading::append_atom(std::size_t i, std::string& out) const {
  for (std::uint32_t at = atoms[i].begin; at < atoms[i].end; ++at)
    out.push_back(text[at] < 0x80 ? static_cast<char>(text[at]) : '?');
}

std::string Reading::joined(std::size_t from, std::size_t to) const {
  std::string out;
  for (std::size_t i = from; i <= to; ++i)
    append_atom(i, out);
  return out;
}

Reading read_text(std::u32string normal) {
  return TextReader(std::move(normal)).read();
}

}  // namespace gjallar::admission
