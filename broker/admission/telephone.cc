#include "broker/admission/telephone.h"

#include <algorithm>
#include <array>
#include <string>

#include "broker/admission/across_lines.h"
#include "broker/admission/characters.h"
#include "broker/admission/dates.h"
#include "broker/admission/vocabulary.h"

namespace gjallar::admission {
namespace {

/// Digits of a number without the country's.
constexpr std::size_t kNumberDigitsMax = 15;
constexpr std::size_t kChainAtomsMax = 10;
/// Words between "ring" and the number.
constexpr int kWordsBetweenMax = 3;
/// Digits of the shortest number that is put together over a line's end.
constexpr std::size_t kBrokenDigitsMin = 7;

bool within(Gap gap) noexcept {
  return gap == Gap::kSpace || gap == Gap::kDash || gap == Gap::kSpacedDash || gap == Gap::kParenthesis ||
         gap == Gap::kSlash;
}

/// A chain of groups of digits that may be one number, or several.
struct Chain {
  std::string digits;                               ///< of all groups
  std::array<std::uint8_t, kChainAtomsMax> ends{};  ///< digits up to and with each group
  std::size_t groups = 0;
};

class Search {
 public:
  Search(const Reading& reading, const PrivacyRules& rules) : reading_(reading), rules_(rules) {}

  [[nodiscard]] bool any() {
    for (std::size_t at = 0; at < reading_.atoms.size();) {
      if (!reading_.atoms[at].digits || reading_.atoms[at].glued_before) {
        ++at;
        continue;
      }
      const std::size_t taken = look(at);
      if (taken == 0) return true;
      at += taken;
    }
    return false;
  }

  /// Whether a number begins before the character `cross` and goes on after it, in a text whose line's end
  /// there became a space. Eight digits in pairs alone are too much like a table's figures.
  [[nodiscard]] bool any_across(std::size_t cross, bool column) {
    const auto& atoms = reading_.atoms;
    std::size_t next = 0;
    while (next < atoms.size() && atoms[next].begin < cross)
      ++next;
    for (std::size_t at = 0; at < next; ++at) {
      if (atoms[at].digits && !atoms[at].glued_before && look_across(at, next - at, column)) return true;
    }
    return false;
  }

  /// Whether the run of digits that the character `cross` lies in, where a line's end was, is a number.
  [[nodiscard]] bool run_across(std::size_t cross) {
    for (std::size_t at = 0; at < reading_.atoms.size(); ++at) {
      const Atom& atom = reading_.atoms[at];
      if (atom.begin < cross && cross < atom.end)
        return atom.digits && !atom.glued_before && reading_.text[atom.begin] == U'0' && look(at) == 0;
    }
    return false;
  }

 private:
  /// Of the number at atom `at` that goes on beyond its first `groups` groups.
  [[nodiscard]] bool look_across(std::size_t at, std::size_t groups, bool column) {
    const bool plus = before(at, 1) == U'+' && !is_glued_plus(at);
    const bool zero = reading_.text[reading_.atoms[at].begin] == U'0';
    const bool called = !column && follows_telephone_word(at);
    if (!plus && !called && (column || !zero)) return false;
    chain_ = chain_from(at, plus || called);
    if (chain_.groups <= groups || public_groups(plus) != 0) return false;
    const Chain whole = chain_;
    chain_.groups = groups;
    chain_.digits.resize(chain_.ends[groups - 1]);
    const bool date_before = is_moment(at);
    chain_ = whole;
    if (date_before) return false;
    least_groups_ = groups + 1;
    const bool nordic = starts("45") || starts("46") || starts("47") || starts("358");
    const bool marked = groups > 1 || is_mobile_prefix(at);
    const bool number = (plus && nordic && is_international(at)) || (zero && is_double_zero(at)) ||
                        (zero && marked && is_national(at)) || (called && is_called(at));
    least_groups_ = 1;
    return number;
  }

  /// How many atoms from `at` on are settled: 1 or the groups of a public number; 0: a number that may not
  /// pass.
  [[nodiscard]] std::size_t look(std::size_t at) {
    const Atom& first = reading_.atoms[at];
    const bool plus = before(at, 1) == U'+' && !is_glued_plus(at);
    const bool zero = reading_.text[first.begin] == U'0';
    const bool called = follows_telephone_word(at);
    if (!plus && !zero && !called && !may_be_eight(at)) return 1;
    chain_ = chain_from(at, plus || called);
    if (const std::size_t taken = public_groups(plus); taken != 0) return taken;
    const bool number = (plus && is_international(at)) || (zero && is_double_zero(at)) ||
                        (zero && is_national(at)) || is_eight_digits(at) || (called && is_called(at));
    return number ? 0 : 1;
  }

  /// The character `places` before atom `i`; 0 at the beginning.
  [[nodiscard]] char32_t before(std::size_t i, std::uint32_t places) const noexcept {
    const std::uint32_t begin = reading_.atoms[i].begin;
    return begin >= places ? reading_.text[begin - places] : U'\0';
  }

  [[nodiscard]] bool is_glued_plus(std::size_t at) const {
    const char32_t c = before(at, 2);
    return is_digit(c) || is_letter(c);
  }

  /// Cheap look at what is_eight_digits asks.
  [[nodiscard]] bool may_be_eight(std::size_t at) const {
    return reading_.digits(at + 1, 2) && (reading_.atoms[at].size() == 2 || reading_.atoms[at].size() == 3);
  }

  [[nodiscard]] Chain chain_from(std::size_t at, bool dots) const {
    Chain chain;
    for (std::size_t i = at; i < reading_.atoms.size() && chain.groups < kChainAtomsMax; ++i) {
      const Gap gap = reading_.gap(i);
      const bool joined = i == at || within(gap) || (gap == Gap::kDot && (dots || is_mobile_prefix(at)));
      if (!reading_.atoms[i].digits || !joined) break;
      if (chain.digits.size() + reading_.atoms[i].size() > kNumberDigitsMax + 5) break;
      reading_.append_atom(i, chain.digits);
      chain.ends[chain.groups++] = static_cast<std::uint8_t>(chain.digits.size());
    }
    return chain;
  }

  /// How many groups at the beginning make a public number, the longest; 0 if none do.
  [[nodiscard]] std::size_t public_groups(bool plus) const {
    for (std::size_t groups = chain_.groups; groups > 0; --groups) {
      const std::string digits = chain_.digits.substr(0, chain_.ends[groups - 1]);
      if (rules_.is_public_number(plus ? "+" + digits : digits)) return groups;
    }
    return 0;
  }

  /// Whether some number of groups, all together, has between `least` and `most` digits.
  [[nodiscard]] std::size_t groups_with(std::size_t least, std::size_t most) const {
    for (std::size_t groups = chain_.groups; groups >= least_groups_; --groups) {
      const std::size_t size = chain_.ends[groups - 1];
      if (size >= least && size <= most) return groups;
    }
    return 0;
  }

  [[nodiscard]] bool starts(std::string_view with) const { return chain_.digits.rfind(with, 0) == 0; }

  [[nodiscard]] bool is_international(std::size_t at) const {
    if (starts("46")) return groups_with(8, 13) != 0;
    if (starts("45") || starts("47")) return groups_with(10, 10) != 0 || groups_with(7, 7) != 0;
    if (starts("358")) return groups_with(8, 15) != 0;
    const std::size_t groups = groups_with(9, kNumberDigitsMax);
    return groups != 0 && !starts("0") && !counts(at + groups - 1);
  }

  [[nodiscard]] bool is_double_zero(std::size_t) const {
    if (starts("0046")) return groups_with(10, 15) != 0;
    if (starts("0045") || starts("0047")) return groups_with(12, 12) != 0;
    return starts("00358") && groups_with(10, 17) != 0;
  }

  [[nodiscard]] bool is_mobile_prefix(std::size_t at) const {
    if (reading_.atoms[at].size() < 3) return false;
    const std::u32string_view text = std::u32string_view(reading_.text).substr(reading_.atoms[at].begin, 3);
    if (text[0] != U'0') return false;
    if (text[1] == U'7') return std::u32string_view(U"02369").find(text[2]) != std::u32string_view::npos;
    return text[1] == U'4' || (text[1] == U'5' && text[2] == U'0');
  }

  /// The 0 of Sweden and Finland.
  [[nodiscard]] bool is_national(std::size_t at) const {
    const Gap before = reading_.gap(at);
    if (before == Gap::kDot || before == Gap::kSlash || starts("00") || chain_.digits.size() < 7)
      return false;
    const std::uint32_t first = reading_.atoms[at].size();
    if (first >= 9) {  // in one run: mobile telephones
      const bool swedish = first == 10 && chain_.digits[1] == '7';
      const bool finnish = chain_.digits[1] != '7' && first <= 11;
      return !reading_.atoms[at].glued_after && is_mobile_prefix(at) && (swedish || finnish);
    }
    if (first < 2 || first > 4 || chain_.groups < 2 || is_moment(at) || is_span()) return false;
    const Gap gap = reading_.gap(at + 1);
    const bool area_marked = gap != Gap::kSpace;
    if (first == 2 && !area_marked && !is_short_area_code()) return false;
    for (std::size_t groups = chain_.groups; groups > 1 && groups >= least_groups_; --groups) {
      const std::size_t size = chain_.ends[groups - 1];
      if (size > 11 || size < (area_marked ? 7U : 8U)) continue;
      if (!counts(at + groups - 1) && no_single_digits(at, groups)) return true;
    }
    return false;
  }

  /// Stockholm and the two-digit codes of Finland.
  [[nodiscard]] bool is_short_area_code() const {
    return std::string_view("235689").find(chain_.digits[1]) != std::string_view::npos;
  }

  [[nodiscard]] bool no_single_digits(std::size_t at, std::size_t groups) const {
    for (std::size_t i = at; i < at + groups; ++i) {
      if (reading_.atoms[i].size() < 2) return false;
    }
    return true;
  }

  /// A date in groups that are parted alike, alone or with a time of day: 08 12 2025, 03 06 24 14 30.
  [[nodiscard]] bool is_moment(std::size_t at) const {
    const bool year_first = reading_.atoms[at].size() == 4;
    if (chain_.groups < 3 || reading_.gap(at + 1) != reading_.gap(at + 2)) return false;
    const std::size_t date_digits = chain_.ends[2];
    if (date_digits != 6 && date_digits != 8) return false;
    if (chain_.ends[1] - chain_.ends[0] != 2) return false;
    const auto two = [this](std::size_t from) { return two_digits(chain_.digits, from); };
    bool date = false;
    if (year_first) {
      date = date_digits == 8 && is_date_of_some_century(two(2), two(4), two(6));
    } else if (chain_.ends[0] == 2) {
      const int year = two(date_digits - 2);
      date = is_date_of_some_century(year, two(2), two(0)) ||
             (date_digits == 6 && is_date_of_some_century(two(0), two(2), two(4)));
    }
    const std::size_t left = chain_.digits.size() - date_digits;
    if (!date) return false;
    if (left == date_digits) return is_second_date(date_digits);
    if (left != 0 && left != 4) return false;
    if (left == 0 || (two(date_digits) < 24 && two(date_digits + 2) < 60)) return true;
    // 01/06/25-28/06
    const bool slashes = reading_.gap(at + 1) == Gap::kSlash && reading_.gap(at + 4) == Gap::kSlash;
    return slashes && is_date_of_some_century(0, two(date_digits + 2), two(date_digits));
  }

  /// Whether a date of as many digits follows the first, which it is written like: 01/06/25-08/06/25.
  [[nodiscard]] bool is_second_date(std::size_t from) const {
    if (chain_.groups != 6) return false;
    for (std::size_t i = 0; i < 3; ++i) {
      if (chain_.ends[i + 3] - from != chain_.ends[i]) return false;
    }
    const auto two = [&](std::size_t at) { return two_digits(chain_.digits, from + at); };
    if (chain_.ends[0] == 4) return is_date_of_some_century(two(2), two(4), two(6));
    return is_date_of_some_century(two(from - 2), two(2), two(0)) ||
           (from == 6 && is_date_of_some_century(two(0), two(2), two(4)));
  }

  /// From one time of day to another: 0830-1630.
  [[nodiscard]] bool is_span() const {
    if (chain_.groups != 2 || chain_.ends[0] != 4 || chain_.ends[1] != 8) return false;
    const auto two = [this](std::size_t from) { return two_digits(chain_.digits, from); };
    return two(0) < 24 && two(2) < 60 && two(4) <= 24 && two(6) < 60;
  }

  /// Norway and Denmark: 22 59 13 00, 22-59-13-00, 406 12 345.
  [[nodiscard]] bool is_eight_digits(std::size_t at) const {
    const char first = chain_.digits[0];
    if (first < '2') return false;
    const Gap gap = reading_.gap(at + 1);
    if (gap != Gap::kSpace && gap != Gap::kDash) return false;
    const auto size = [&](std::size_t i) {
      return reading_.digits(at + i, 2) ? 2 : reading_.digits(at + i, 3) ? 3 : 0;
    };
    if (reading_.gap(at + 2) != gap) return false;
    if (size(0) == 3) {
      const bool kind = first == '4' || first == '5' || first == '8' || first == '9';
      return kind && size(1) == 2 && size(2) == 3 && !goes_on(at, 3, gap) && !counts(at + 2);
    }
    if (size(0) != 2 || size(1) != 2 || size(2) != 2 || size(3) != 2 || reading_.gap(at + 3) != gap)
      return false;
    return !goes_on(at, 4, gap) && !counts(at + 3) && !is_scale(at);
  }

  /// Whether the chain of like groups began before or goes on after `groups`: then it is a list of figures.
  [[nodiscard]] bool goes_on(std::size_t at, std::size_t groups, Gap gap) const {
    const bool before = at > 0 && reading_.gap(at) == gap && reading_.atoms[at - 1].digits;
    return before || (reading_.gap(at + groups) == gap && reading_.digits(at + groups, 2));
  }

  /// Doses in steps: 20 40 60 80.
  [[nodiscard]] bool is_scale(std::size_t at) const {
    int last = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const int figure = two_digits(reading_.joined(at + i, at + i), 0);
      if (figure % 5 != 0 || figure <= last) return false;
      last = figure;
    }
    return true;
  }

  /// After "tlf" or "ring": whatever isn't a date or an amount.
  [[nodiscard]] bool is_called(std::size_t at) const {
    const std::size_t size = chain_.digits.size();
    if (size < 5 || size > kNumberDigitsMax || is_moment(at) || counts(at + chain_.groups - 1)) return false;
    return !(chain_.groups == 1 && size == 8 &&
             is_date(std::stoi(chain_.digits.substr(0, 4)), two_digits(chain_.digits, 4),
                     two_digits(chain_.digits, 6)) &&
             (starts("19") || starts("20")));
  }

  /// Whether a unit or a sign of per cent follows atom `i`.
  [[nodiscard]] bool counts(std::size_t i) const {
    const std::u32string_view text = reading_.text;
    std::size_t at = reading_.atoms[i].end;
    while (at < text.size() && text[at] == U' ')
      ++at;
    if (at >= text.size()) return false;
    if (text[at] == U'%' || text[at] == U'€') return true;
    const std::size_t next = reading_.atoms[i].first_word + 1U;  // the atom's digits are one word
    return next < reading_.words.size() && reading_.words[next].begin == at && reading_.has(next, kUnit);
  }

  /// "Tel. ", "ring Kari på ": one of the words stands at most three words before, in the same sentence.
  [[nodiscard]] bool follows_telephone_word(std::size_t i) const {
    std::size_t next = reading_.atoms[i].first_word;
    for (int words = 0; words <= kWordsBetweenMax && next > 0; ++words, --next) {
      const Word& word = reading_.words[next - 1];
      if (word.number) return false;
      const bool telephone = (word.kinds & kTelephone) != 0;
      for (std::uint32_t at = word.end; at < reading_.words[next].begin; ++at) {
        const char32_t c = reading_.text[at];
        if (c == U'\n' || c == U';' || c == U'!' || c == U'?') return false;
        if (c == U'.' && !(telephone && words == 0)) return false;  // "tlf. 22 …"
      }
      if (telephone) return true;
    }
    return false;
  }

  const Reading& reading_;
  const PrivacyRules& rules_;
  Chain chain_;
  std::size_t least_groups_ = 1;  ///< that a number must have
};

}  // namespace

bool has_telephone(const Reading& reading, const PrivacyRules& rules) {
  if (reading.atoms.empty()) return false;
  if (Search(reading, rules).any()) return true;
  for (std::size_t i = 1; i < reading.atoms.size(); ++i) {
    if (reading.atoms[i].gap != Gap::kLine || digits_around_break(reading, i) < kBrokenDigitsMin) continue;
    const Joint joint = joint_before(reading, i);
    const Reading spaced = read_text(joint.with(U' '));
    if (Search(spaced, rules).any_across(joint.before.size(), joint.column)) return true;
    if (joint.column) continue;
    const Reading closed = read_text(joint.closed());
    if (Search(closed, rules).run_across(joint.before.size())) return true;
  }
  return false;
}

}  // namespace gjallar::admission
