#include "broker/admission/find_number.h"

#include <string>

#include "broker/admission/across_lines.h"
#include "broker/admission/characters.h"
#include "broker/admission/dates.h"
#include "broker/admission/identifiers.h"
#include "broker/admission/vocabulary.h"

namespace gjallar::admission {
namespace {

using Found = std::optional<PrivacyRule>;

/// A Finnish code has nine digits, the others more.
constexpr std::size_t kCheckedDigitsMin = 9;

bool is_some_dash(Gap gap) noexcept {
  return gap == Gap::kDash || gap == Gap::kSpacedDash || gap == Gap::kPlus;
}

bool is_inner(Gap gap) noexcept {
  return is_some_dash(gap) || gap == Gap::kSpace || gap == Gap::kDot || gap == Gap::kSlash;
}

/// The numbers that have a check digit, in the digits of a number written without separators.
Found checked(std::string_view digits) {
  if (is_swedish_number(digits)) return PrivacyRule::kSwedishNumber;
  if (is_norwegian_number(digits)) return PrivacyRule::kNorwegianNumber;
  return std::nullopt;
}

/// Ten digits of a Danish date and serial: a number if the gap before the serial is one that people write.
Found danish(const std::string& digits, Gap gap, bool plain_gap) {
  if (!is_danish_number(digits)) return std::nullopt;
  return is_some_dash(gap) || gap == Gap::kSlash || plain_gap ? PrivacyRule::kDanishNumber
                                                              : PrivacyRule::kUndelimitedDanish;
}

/// One place in a text where a number may begin.
class Place {
 public:
  Place(const Reading& reading, std::size_t at) : reading_(reading), at_(at) {}

  [[nodiscard]] Found whole() const {
    const Atom& atom = reading_.atoms[at_];
    if (atom.glued_after || atom.size() < 10 || atom.size() > 12) return std::nullopt;
    const std::string run = reading_.joined(at_, at_);
    if (!atom.digits) return finnish(run);
    if (const Found found = checked(run)) return found;
    return is_danish_number(run) ? Found(PrivacyRule::kUndelimitedDanish) : std::nullopt;
  }

  /// The date in one group, the rest in one or two: 811218-9876, 010190 12345, 010190 123 45, 131052-308T.
  [[nodiscard]] Found date_and_rest() const {
    if (!reading_.digits(at_, 6) && !reading_.digits(at_, 8)) return std::nullopt;
    const Gap gap = reading_.gap(at_ + 1);
    if (!is_inner(gap)) return std::nullopt;
    return rest(at_ + 1, gap, reading_.atoms[at_].size() == 6, gap == Gap::kSpace);
  }

  /// The date in pairs: 81-12-18-9876, 01.01.90-1234, 1981-12-18-9876, 01 01 90 12345.
  [[nodiscard]] Found pairs_and_rest() const {
    const bool century = reading_.digits(at_, 4);
    if (!century && !reading_.digits(at_, 2)) return std::nullopt;
    if (!reading_.digits(at_ + 1, 2) || !reading_.digits(at_ + 2, 2)) return std::nullopt;
    const Gap inner = reading_.gap(at_ + 1);
    const Gap last = reading_.gap(at_ + 3);
    if (!is_inner(inner) || inner != reading_.gap(at_ + 2) || !is_inner(last)) return std::nullopt;
    // A whole date and four digits after a space are a date and a time of day.
    if (century && !is_some_dash(last)) return std::nullopt;
    if (!century && is_some_dash(last) && is_range(inner)) return std::nullopt;
    return rest(at_ + 3, last, !century, false);
  }

  /// A Danish date with its century: 01.01.1990-5001.
  [[nodiscard]] Found long_danish() const {
    const bool pairs = reading_.digits(at_, 2) && reading_.digits(at_ + 1, 2) && reading_.digits(at_ + 2, 4);
    if (!pairs || !reading_.digits(at_ + 3, 4) || reading_.atoms[at_ + 3].glued_after) return std::nullopt;
    const Gap inner = reading_.gap(at_ + 1);
    if (!is_inner(inner) || inner != reading_.gap(at_ + 2) || reading_.gap(at_ + 3) != Gap::kDash)
      return std::nullopt;
    const std::string digits = reading_.joined(at_, at_ + 1) + reading_.joined(at_ + 2, at_ + 2).substr(2) +
                               reading_.joined(at_ + 3, at_ + 3);
    return danish(digits, Gap::kDash, false);
  }

  /// All but the last two together: 010190123 45.
  [[nodiscard]] Found nine_and_two() const {
    if (!reading_.digits(at_, 9) || !reading_.digits(at_ + 1, 2) || !is_inner(reading_.gap(at_ + 1)) ||
        reading_.atoms[at_ + 1].glued_after) {
      return std::nullopt;
    }
    return is_norwegian_number(reading_.joined(at_, at_ + 1)) ? Found(PrivacyRule::kNorwegianNumber)
                                                              : std::nullopt;
  }

  /// 8 1 1 2 1 8 - 9 8 7 6
  [[nodiscard]] Found digit_by_digit() const {
    if (!reading_.digits(at_, 1)) return std::nullopt;
    std::size_t end = at_ + 1;
    while (reading_.digits(end, 1) && is_inner(reading_.gap(end)) && end - at_ < 13)
      ++end;
    const std::size_t count = end - at_;
    if (count < 10 || count > 12) return std::nullopt;
    const std::string digits = reading_.joined(at_, end - 1);
    if (const Found found = checked(digits)) return found;
    return is_danish_number(digits) ? Found(PrivacyRule::kUndelimitedDanish) : std::nullopt;
  }

  /// Of numbers in two groups that a line's end parts, the Danish one, which has no check digit: 010190,
  /// 1234.
  [[nodiscard]] bool danish_across_line() const {
    if (!reading_.digits(at_, 6) || reading_.gap(at_ + 1) != Gap::kLine || !reading_.digits(at_ + 1, 4) ||
        reading_.atoms[at_ + 1].glued_after) {
      return false;
    }
    return is_danish_number(reading_.joined(at_, at_ + 1)) &&
           !reading_.has(reading_.atoms[at_ + 1].first_word + 1U, kUnit);
  }

 private:
  /// Whether six digits are a date in an order that people write: 0 day, month, year; 1 year first; 2 month
  /// first.
  static bool is_date_in_order(const std::string& digits, int order) {
    const int first = two_digits(digits, 0);
    const int second = two_digits(digits, 2);
    const int third = two_digits(digits, 4);
    if (order == 0) return is_date_of_some_century(third, second, first);
    return order == 1 ? is_date_of_some_century(first, second, third)
                      : is_date_of_some_century(third, first, second);
  }

  /// From one whole date to another, all of it in pairs: 12.06.25-19.06.25, 12-06-25 - 19-06-25. A personal
  /// number has four digits after its date and ends there.
  [[nodiscard]] bool is_range(Gap inner) const {
    const std::size_t next = at_ + 3;
    if (inner == reading_.gap(next) || reading_.gap(next + 1) != inner || reading_.gap(next + 2) != inner)
      return false;
    if (!reading_.digits(next, 2) || !reading_.digits(next + 1, 2) || !reading_.digits(next + 2, 2))
      return false;
    for (int order = 0; order < 3; ++order) {
      if (is_date_in_order(reading_.joined(at_, at_ + 2), order) &&
          is_date_in_order(reading_.joined(next, next + 2), order)) {
        return true;
      }
    }
    return false;
  }

  /// Whether the halves that begin at atom `next` are a day and a month, written as the date before them is:
  /// 12.06.25-19.06. Nobody writes the serial of a Danish number so.
  [[nodiscard]] bool ends_range(std::size_t next) const {
    const Gap inner = reading_.gap(next + 1);
    if ((inner != Gap::kDot && inner != Gap::kSlash) || next != at_ + 3 || reading_.gap(at_ + 1) != inner)
      return false;
    constexpr int kLeapYear = 2000;
    const std::string halves = reading_.joined(next, next + 1);
    return is_date(kLeapYear, two_digits(halves, 2), two_digits(halves, 0));
  }

  /// The rest of a Finnish code whose last character, a letter, stands apart after `end`.
  [[nodiscard]] Found finnish_apart(const std::string& run, std::size_t end) const {
    const std::u32string& text = reading_.text;
    std::size_t at = end;
    while (at < text.size() && at - end < kLineGapMax && (text[at] == U' ' || text[at] == U'\n'))
      ++at;
    const bool apart = at == end + 1 || text.find(U'\n', end) < at;
    if (!apart || at >= text.size() || !is_letter(text[at]) || text[at] >= 0x80 ||
        (at + 1 < text.size() && is_part(text[at + 1]))) {
      return std::nullopt;
    }
    return finnish(run + static_cast<char>(text[at]));
  }

  static Found finnish(const std::string& run) {
    return is_finnish_number(run) ? Found(PrivacyRule::kFinnishCode) : std::nullopt;
  }

  /// What follows the date, from atom `next` on.
  [[nodiscard]] Found rest(std::size_t next, Gap gap, bool short_year, bool plain_gap) const {
    const Atom& atom = reading_.atoms[next];
    const std::string date = reading_.joined(at_, next - 1);
    if (!atom.glued_after && atom.size() == 4) {
      const std::string serial = reading_.joined(next, next);
      if (short_year && is_some_dash(gap)) {
        const std::string run = date + (gap == Gap::kPlus ? '+' : '-') + serial;
        if (const Found found = finnish(run)) return found;
      }
      if (!atom.digits) return std::nullopt;
      if (is_swedish_number(date + serial)) return PrivacyRule::kSwedishNumber;
      return short_year ? danish(date + serial, gap, plain_gap) : std::nullopt;
    }
    if (!atom.digits) return std::nullopt;
    // The serial in two: 811218-98 76.
    const bool halves = atom.size() == 2 && is_some_dash(gap) && reading_.digits(next + 1, 2) &&
                        is_inner(reading_.gap(next + 1)) && !reading_.atoms[next + 1].glued_after;
    if (halves) {
      const std::string digits = date + reading_.joined(next, next + 1);
      if (is_swedish_number(digits)) return PrivacyRule::kSwedishNumber;
      if (short_year && !ends_range(next)) return danish(digits, gap, false);
    }
    if (!short_year) return std::nullopt;
    if (atom.size() == 3 && is_some_dash(gap)) {  // 131052-308 T
      const std::string run = date + (gap == Gap::kPlus ? '+' : '-') + reading_.joined(next, next);
      if (const Found found = finnish_apart(run, atom.end)) return found;
    }
    if (!atom.glued_after && atom.size() == 5) return norwegian(date, next, next);
    const bool split = atom.size() == 3 && reading_.digits(next + 1, 2) && is_inner(reading_.gap(next + 1)) &&
                       !reading_.atoms[next + 1].glued_after;
    return split ? norwegian(date, next, next + 1) : std::nullopt;
  }

  [[nodiscard]] Found norwegian(const std::string& date, std::size_t from, std::size_t to) const {
    return is_norwegian_number(date + reading_.joined(from, to)) ? Found(PrivacyRule::kNorwegianNumber)
                                                                 : std::nullopt;
  }

  const Reading& reading_;
  std::size_t at_;
};

}  // namespace

namespace {

Found on_one_line(const Reading& reading, NumberRules rules) {
  Found asking;
  for (std::size_t i = 0; i < reading.atoms.size(); ++i) {
    if (reading.atoms[i].glued_before) continue;
    const Place place(reading, i);
    for (const Found found : {place.whole(), place.date_and_rest(), place.pairs_and_rest(),
                              place.long_danish(), place.nine_and_two(), place.digit_by_digit()}) {
      if (!found) continue;
      const bool danish_only =
          *found == PrivacyRule::kDanishNumber || *found == PrivacyRule::kUndelimitedDanish;
      if (rules == NumberRules::kChecked && danish_only) continue;
      if (!asks(*found)) return found;
      asking = found;
    }
  }
  return asking;
}

/// A number that a line's end parts: what stands on both sides is read as one, without a gap and with a dash.
/// A list of numbers isn't put together but where its parts are a date and what follows a date.
Found across_lines(const Reading& reading, NumberRules rules) {
  Found asking;
  for (std::size_t i = 1; i < reading.atoms.size(); ++i) {
    if (reading.atoms[i].gap != Gap::kLine || digits_around_break(reading, i) < kCheckedDigitsMin) continue;
    const Joint joint = joint_before(reading, i);
    if (const Found found = on_one_line(read_text(joint.with(U'-')), NumberRules::kChecked)) return found;
    if (joint.column) continue;
    if (const Found found = on_one_line(read_text(joint.closed()), NumberRules::kChecked)) return found;
    const bool asks_danish = rules == NumberRules::kAll && !reading.atoms[i - 1].glued_before;
    if (asks_danish && Place(reading, i - 1).danish_across_line()) asking = PrivacyRule::kUndelimitedDanish;
  }
  return asking;
}

}  // namespace

std::optional<PrivacyRule> find_number(const Reading& reading, NumberRules rules) {
  const Found found = on_one_line(reading, rules);
  if (found && !asks(*found)) return found;
  const Found broken = across_lines(reading, rules);
  return broken ? broken : found;
}

}  // namespace gjallar::admission
