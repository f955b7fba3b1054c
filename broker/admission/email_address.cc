#include "broker/admission/email_address.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "broker/admission/characters.h"

namespace gjallar::admission {
namespace {

bool is_domain_part(char32_t c) noexcept {
  return is_letter(c) || is_digit(c) || c == U'-';
}

bool is_local_part(char32_t c) noexcept {
  return is_letter(c) || is_digit(c) || c == U'.' || c == U'_' || c == U'-' || c == U'+' || c == U'%';
}

/// Where `word` ends if it stands at `at`, capital or small; nothing if it doesn't.
std::optional<std::size_t> after(std::u32string_view text, std::size_t at, std::u32string_view word) {
  if (text.size() - at < word.size()) return std::nullopt;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (lower(text[at + i]) != word[i]) return std::nullopt;
  }
  return at + word.size();
}

std::size_t skip_space(std::u32string_view text, std::size_t at) {
  return at < text.size() && text[at] == U' ' ? at + 1 : at;
}

/// The end of a line with the spaces around it, from `at` on; where it is none, `at`.
std::size_t skip_line_end(std::u32string_view text, std::size_t at) {
  std::size_t end = at;
  int ends = 0;
  for (; end < text.size() && end - at < kLineGapMax && (text[end] == U' ' || text[end] == U'\n'); ++end)
    ends += text[end] == U'\n' ? 1 : 0;
  return ends == 1 || ends == 2 ? end : at;
}

/// The place after the local part that a line's end parts from the sign at `at`; where it does not, `at`. In
/// a list of "@names" none is the local part of the next.
std::size_t before_line_end(std::u32string_view text, std::size_t at) {
  std::size_t end = at;
  while (end > 0 && at - end < kLineGapMax && (text[end - 1] == U' ' || text[end - 1] == U'\n'))
    --end;
  if (skip_line_end(text, end) != at) return at;
  std::size_t begin = end;
  while (begin > 0 && is_local_part(text[begin - 1]))
    --begin;
  return begin > 0 && text[begin - 1] == U'@' ? at : end;
}

/// Where a sign written as a word in brackets ends: "(at)", "[dot]", "{at}".
std::optional<std::size_t> after_bracketed(std::u32string_view text, std::size_t at,
                                           std::u32string_view word) {
  if (at >= text.size()) return std::nullopt;
  constexpr std::u32string_view kOpen = U"([{<";
  constexpr std::u32string_view kClose = U")]}>";
  const std::size_t kind = kOpen.find(text[at]);
  if (kind == std::u32string_view::npos) return std::nullopt;
  const auto end = after(text, skip_space(text, at + 1), word);
  if (!end) return std::nullopt;
  const std::size_t close = skip_space(text, *end);
  if (close >= text.size() || text[close] != kClose[kind]) return std::nullopt;
  return close + 1;
}

constexpr std::array<std::u32string_view, 7> kSpelledSigns{
    U"at ", U"snabel-a ", U"snabela ", U"krøllalfa ", U"alfakrøll ", U"ät-merkki ", U"miukumauku "};

/// Where a sign written as a bare word ends.
std::optional<std::size_t> spelled_sign(std::u32string_view text, std::size_t at) {
  for (const std::u32string_view word : kSpelledSigns) {
    if (const auto end = after(text, at, word)) return end;
  }
  return std::nullopt;
}

/// How the sign between name and domain was written.
struct At {
  std::size_t before = 0;  ///< one past the local part
  std::size_t after = 0;   ///< the first of the domain
  bool spelled = false;    ///< as a bare word: then the dot has to be one too
};

/// The sign at `at`, if one stands there.
std::optional<At> sign_at(std::u32string_view text, std::size_t at) {
  const char32_t c = text[at];
  const std::size_t before = at > 0 && text[at - 1] == U' ' ? at - 1 : at;
  if (c == U'@') {
    const std::size_t next = skip_line_end(text, at + 1);
    if (next != at + 1) return At{before, next, false};
    const std::size_t local_end = before_line_end(text, at);
    return At{local_end == at ? before : local_end, skip_space(text, at + 1), false};
  }
  if (c == U'(' || c == U'[' || c == U'{' || c == U'<') {
    for (const std::u32string_view word : {U"at", U"snabel-a", U"alfakrøll", U"krøllalfa", U"ät"}) {
      if (const auto end = after_bracketed(text, at, word)) return At{before, skip_space(text, *end), false};
    }
    // "kari(a)…": with a space before it, it is an item of a list.
    const auto end = before == at ? after_bracketed(text, at, U"a") : std::nullopt;
    return end ? std::optional(At{at, *end, false}) : std::nullopt;
  }
  if (c != U' ' || at == 0) return std::nullopt;
  if (const auto end = spelled_sign(text, at + 1)) return At{at, *end, true};
  return std::nullopt;
}

/// Where a dot between labels ends: ".", "(dot)", " dot ", " punkt ".
std::optional<std::size_t> after_dot(std::u32string_view text, std::size_t at, bool& spelled) {
  if (at >= text.size()) return std::nullopt;
  spelled = false;
  if (text[at] == U'.') return at + 1;
  if (text[at] == U'\n' || text[at] == U' ') {  // ".se" begins no sentence
    const std::size_t next = skip_line_end(text, at);
    if (next < text.size() && text[next] == U'.') return next + 1;
  }
  spelled = true;
  const std::size_t word_at = skip_space(text, at);
  for (const std::u32string_view word : {U"dot", U"punkt", U"punktum", U"prik", U"piste"}) {
    if (const auto end = after_bracketed(text, word_at, word)) return skip_space(text, *end);
    if (word_at == at) continue;
    const auto end = after(text, word_at, word);
    if (end && *end < text.size() && text[*end] == U' ') return *end + 1;
  }
  return std::nullopt;
}

/// The domain from `begin` on in small letters: labels with dots between them, the last of two letters at
/// least; empty if it is none.
std::u32string domain_at(std::u32string_view text, std::size_t begin, bool must_be_spelled) {
  std::u32string domain;
  std::u32string whole;  // the longest that ends well
  bool all_plain = true;
  for (std::size_t at = begin;;) {
    const std::size_t label = at;
    bool letters_only = true;
    bool has_letter = false;
    while (at < text.size() && is_domain_part(text[at])) {
      letters_only = letters_only && is_letter(text[at]);
      has_letter = has_letter || is_letter(text[at]);
      domain.push_back(lower(text[at++]));
    }
    if (at == label) return whole;
    if (label != begin && letters_only && at - label >= 2 && !(must_be_spelled && all_plain)) whole = domain;
    if (label == begin && !has_letter) return whole;
    bool spelled = false;
    const auto next = after_dot(text, at, spelled);
    if (!next) return whole;
    all_plain = all_plain && !spelled;
    domain.push_back(U'.');
    at = *next;
  }
}

/// The local part that ends at `end`, in small letters.
std::u32string local_before(std::u32string_view text, std::size_t end) {
  std::size_t begin = end;
  while (begin > 0 && is_local_part(text[begin - 1]))
    --begin;
  std::u32string local(text.substr(begin, end - begin));
  std::transform(local.begin(), local.end(), local.begin(), lower);
  return local;
}

}  // namespace

bool has_email(const Reading& reading, const PrivacyRules& rules) {
  const std::u32string_view text = reading.text;
  for (const std::uint32_t at : reading.signs) {
    const auto sign = sign_at(text, at);
    if (!sign) continue;
    const std::u32string local = local_before(text, sign->before);
    if (local.empty() || (sign->before != at && std::none_of(local.begin(), local.end(), is_letter)))
      continue;
    const std::u32string domain = domain_at(text, sign->after, sign->spelled);
    if (!domain.empty() && !rules.is_public_address(local + U'@' + domain)) return true;
  }
  return false;
}

}  // namespace gjallar::admission
