#include <optional>
#include <string>

#include "broker/admission/identifiers.h"

namespace gjallar::admission {
namespace {

/// A character that belongs to a run and to no number: a letter beyond ASCII, an underscore.
constexpr char kOther = '\x01';

enum class Kind { kPart, kInvisible, kSpace, kBreak };

struct Seen {
  Kind kind = Kind::kBreak;
  char as = 0;  ///< what a part counts as
};

bool is_ascii_letter(char32_t c) {
  return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z');
}
bool is_ascii_digit(char32_t c) {
  return c >= U'0' && c <= U'9';
}

/// Letters beyond ASCII, roughly: all but punctuation, symbols and spaces.
bool is_other_letter(char32_t c) {
  if (c < 0xc0 || c == 0xd7 || c == 0xf7) return false;
  return !(c >= 0x2000 && c <= 0x2bff) && !(c >= 0x3000 && c <= 0x303f) && !(c >= 0xfe00 && c <= 0xff0f);
}

bool is_dash(char32_t c) {
  return c == U'-' || (c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0xfe63 || c == 0xff0d;
}

Seen look_at(char32_t c) {
  if (is_ascii_letter(c) || is_ascii_digit(c)) return {Kind::kPart, static_cast<char>(c)};
  if (c >= 0xff10 && c <= 0xff19)
    return {Kind::kPart, static_cast<char>('0' + (c - 0xff10))};  // full-width digits
  if (is_dash(c)) return {Kind::kPart, '-'};
  if (c == U'+') return {Kind::kPart, '+'};
  if (c == 0xad || (c >= 0x200b && c <= 0x200d) || c == 0x2060 || c == 0xfeff) return {Kind::kInvisible, 0};
  if (c == U' ' || c == 0xa0 || c == 0x2009 || c == 0x202f) return {Kind::kSpace, 0};
  if (c == U'_' || is_other_letter(c)) return {Kind::kPart, kOther};
  return {};
}

std::string_view without_outer_dashes(std::string_view run) {
  while (!run.empty() && run.front() == '-')
    run.remove_prefix(1);
  while (!run.empty() && run.back() == '-')
    run.remove_suffix(1);
  return run;
}

std::string_view rule_broken_by(std::string_view run) {
  if (is_swedish_number(run)) return "a Swedish personal or coordination number";
  if (is_norwegian_number(run)) return "a Norwegian birth, D- or H-number";
  if (is_finnish_number(run)) return "a Finnish personal identity code";
  if (is_danish_number(run)) return "a Danish personal number";
  return {};
}

/// Numbers with a check digit are also written with a space before their last four or five digits.
std::string_view rule_broken_with_space(std::string_view first, std::string_view second) {
  const std::string joined = std::string(first) + std::string(second);
  const bool swedish = (first.size() == 6 || first.size() == 8) && second.size() == 4;
  if (swedish && is_swedish_number(joined)) return "a Swedish personal or coordination number";
  if (first.size() == 6 && second.size() == 5 && is_norwegian_number(joined))
    return "a Norwegian birth, D- or H-number";
  return {};
}

std::string_view find_number(std::u32string_view text) {
  std::string run;
  std::string before;  // the run before this one, if one space parts them
  bool after_one_space = false;
  const auto end_run = [&]() -> std::string_view {
    const std::string_view whole = without_outer_dashes(run);
    std::string_view rule = rule_broken_by(whole);
    if (rule.empty() && after_one_space) rule = rule_broken_with_space(before, whole);
    return rule;
  };
  for (const char32_t c : text) {
    const Seen seen = look_at(c);
    if (seen.kind == Kind::kInvisible) continue;
    if (seen.kind == Kind::kPart) {
      run.push_back(seen.as);
      continue;
    }
    if (!run.empty()) {
      if (const std::string_view rule = end_run(); !rule.empty()) return rule;
      before = without_outer_dashes(run);
      run.clear();
      after_one_space = seen.kind == Kind::kSpace;
    } else {
      after_one_space = false;
    }
  }
  return run.empty() ? std::string_view() : end_run();
}

bool is_local_part(char32_t c) {
  return is_ascii_letter(c) || is_ascii_digit(c) || is_other_letter(c) || c == U'.' || c == U'_' ||
         c == U'-' || c == U'+' || c == U'%';
}

/// Something, "@", and a name with a dot before at least two letters.
bool has_email(std::u32string_view text) {
  for (std::size_t at = text.find(U'@'); at != std::u32string_view::npos; at = text.find(U'@', at + 1)) {
    if (at == 0 || !is_local_part(text[at - 1])) continue;
    std::size_t label = 0;
    std::size_t letters = 0;  // at the end of the last label
    bool dotted = false;
    for (std::size_t i = at + 1; i < text.size(); ++i) {
      const char32_t c = text[i];
      const bool letter = is_ascii_letter(c) || is_other_letter(c);
      if (letter || is_ascii_digit(c) || c == U'-') {
        ++label;
        letters = letter ? letters + 1 : 0;
        if (dotted && letters >= 2) return true;
      } else if (c == U'.' && label > 0) {
        dotted = true;
        label = letters = 0;
      } else {
        break;
      }
    }
  }
  return false;
}

}  // namespace

std::string_view find_identifier(std::u32string_view text) {
  if (has_email(text)) return "an e-mail address";
  return find_number(text);
}

}  // namespace gjallar::admission
