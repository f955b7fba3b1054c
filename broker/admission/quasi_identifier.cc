#include "broker/admission/quasi_identifier.h"

#include <algorithm>
#include <array>
#include <vector>

#include "broker/admission/dates.h"
#include "broker/admission/place_names.h"
#include "broker/admission/vocabulary.h"

namespace gjallar::admission {
namespace {

constexpr int kAgeMax = 110;

/// Stems that make an institution of every word they stand in: "universitetssjukhuset", "vankilassa".
constexpr std::array<std::u32string_view, 27> kInstitutionStems{
    U"sjukhus",        U"lasarett",    U"vårdcentral", U"psykiatri",  U"fängelse",     U"kriminalvård",
    U"behandlingshem", U"stödboende",  U"klinik",      U"sykehus",    U"fengsel",      U"behandlingshjem",
    U"barnevern",      U"sygehus",     U"fængsel",     U"fængslet",   U"forsorgshjem", U"hospital",
    U"sairaala",       U"terveyskesk", U"vankila",     U"psykiatria", U"poliklin",     U"clinic",
    U"prison",         U"familjehem",  U"legesenter"};

/// Which pairs of letters a stem may begin with, by a small hash: most words are done with then.
constexpr std::size_t kStemMin = 6;
constexpr std::size_t pair_of(std::u32string_view text) {
  return (text[0] * 37U + text[1]) % 512U;
}
constexpr std::array<bool, 512> stem_begins() {
  std::array<bool, 512> begins{};
  for (const std::u32string_view stem : kInstitutionStems)
    begins[pair_of(stem)] = true;
  return begins;
}
constexpr std::array<bool, 512> kStemBegins = stem_begins();

/// Before a number of years that is no age: "i 10 år", "de siste 5 år".
constexpr std::array<std::u32string_view, 18> kBeforeDuration{
    U"för",    U"for",  U"i",    U"under",     U"om", U"senaste", U"sista", U"siste", U"seneste",
    U"sidste", U"past", U"last", U"viimeiset", U"in", U"inom",    U"innen", U"over",  U"över"};
constexpr std::array<std::u32string_view, 8> kAfterDuration{U"sedan", U"siden",  U"senare", U"senere",
                                                            U"ago",   U"sitten", U"av",     U"later"};

/// What may follow "årig" and "åring" of one person: "34-åringens", "tjugotreårige", "treogtyveårig".
constexpr std::array<std::u32string_view, 11> kAgeEndings{
    U"ig", U"ige", U"iga", U"igs", U"iges", U"igas", U"ing", U"ings", U"ingen", U"ingens", U"inga"};
constexpr std::size_t kAgeEndingMin = 4;  // "årig"
constexpr std::size_t kAgeEndingMax = 8;  // "åringens"
/// Before them what makes no age of them: "flerårig", "mångåriga".
constexpr std::array<std::u32string_view, 19> kNoAges{
    U"fler", U"flera", U"flere", U"fleir", U"mång",   U"mange",  U"mang", U"hel",  U"halv", U"under",
    U"jämn", U"jevn",  U"lång",  U"lang",  U"minder", U"mindre", U"få",   U"alle", U"tidig"};
/// People before an age in parentheses: "eleven (14)".
constexpr std::array<std::u32string_view, 17> kPeople{
    U"patient", U"patienten", U"pasient", U"pasienten", U"person",  U"personen",
    U"elev",    U"eleven",    U"bruker",  U"brukeren",  U"brukare", U"brukaren",
    U"potilas", U"henkilö",   U"student", U"avlidne",   U"avdøde"};
constexpr int kPeoplesAgeMin = 10;  // less is a count, or a number in a list

/// Ends of words that `ends_in_age` has to look at: the last letters of its endings.
constexpr bool may_end_in_age(char32_t last) {
  return last == U'g' || last == U'e' || last == U'a' || last == U's' || last == U'n';
}

/// Whether a word in small letters is an age: ends in "-årig", "-åring" or "-vuotias".
bool ends_in_age(std::u32string_view word) {
  if (word.size() < kAgeEndingMin || !may_end_in_age(word.back())) return false;
  const std::size_t farthest = std::min(kAgeEndingMax, word.size());
  for (std::size_t back = kAgeEndingMin; back <= farthest; ++back) {
    const std::size_t at = word.size() - back;
    if (word[at] != U'å') continue;
    if (word[at + 1] != U'r') return false;
    const std::u32string_view ending = word.substr(at + 2);
    return std::find(kAgeEndings.begin(), kAgeEndings.end(), ending) != kAgeEndings.end() &&
           std::find(kNoAges.begin(), kNoAges.end(), word.substr(0, at)) == kNoAges.end();
  }
  constexpr std::u32string_view kFinnish = U"vuotias";
  return word.back() == U's' && word.size() > kFinnish.size() &&
         word.substr(word.size() - kFinnish.size()) == kFinnish;
}

template <std::size_t Size>
bool among(std::u32string_view word, const std::array<std::u32string_view, Size>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

class QuasiReader {
 public:
  explicit QuasiReader(const Reading& reading)
      : reading_(reading), text_(reading.text), words_(reading.words) {}

  [[nodiscard]] bool age_or_sex() const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if (is_age_or_sex(i)) return true;
    }
    return false;
  }

  [[nodiscard]] QuasiIdentifier read() const {
    QuasiIdentifier found;
    found.age_or_sex = age_or_sex();
    for (std::size_t i = 0; i < words_.size(); ++i) {
      found.place = found.place || is_place_name(reading_, i);
      found.date = found.date || is_day(i);
      found.institution = found.institution || is_institution(i);
      found.relation = found.relation || is_relation(i);
    }
    return found;
  }

 private:
  [[nodiscard]] bool has(std::size_t i, std::uint16_t kinds) const { return reading_.has(i, kinds); }
  [[nodiscard]] std::u32string_view small(std::size_t i) const { return reading_.word(i); }
  /// Number `i`; -1 if there is none of at most four digits.
  [[nodiscard]] int number(std::size_t i) const {
    if (i >= words_.size() || !words_[i].number || words_[i].end - words_[i].begin > 4) return -1;
    int value = 0;
    for (std::uint32_t at = words_[i].begin; at < words_[i].end; ++at)
      value = value * 10 + static_cast<int>(text_[at] - U'0');
    return value;
  }
  [[nodiscard]] bool is_age(std::size_t i) const { return number(i) >= 1 && number(i) <= kAgeMax; }
  /// What stands between word `i` and the next, at most three characters.
  [[nodiscard]] std::u32string_view between(std::size_t i) const {
    if (i + 1 >= words_.size()) return {};
    return text_.substr(words_[i].end, words_[i + 1].begin - words_[i].end);
  }
  [[nodiscard]] bool close(std::size_t i) const { return i + 1 < words_.size() && between(i).size() <= 2; }

  [[nodiscard]] bool is_age_or_sex(std::size_t i) const {
    const std::uint16_t kinds = words_[i].kinds;
    if (words_[i].number) return is_age(i) && (is_years(i + 1) || is_persons(i));
    if (kinds == kNoKind) return ends_in_age(small(i));
    if ((kinds & kAgeOrSex) != 0) return true;
    if ((kinds & kMaybeMan) != 0) {
      return (i > 0 && has(i - 1, kBeforeMan)) || (close(i) && is_age(i + 1));
    }
    if ((kinds & kPlural) != 0 && i > 0) {
      return has(i - 1, kFew) || (number(i - 1) >= 2 && number(i - 1) <= 9);
    }
    return false;
  }

  /// Whether number `i` stands in parentheses after a person: "sonen (14)".
  [[nodiscard]] bool is_persons(std::size_t i) const {
    const Word& number_word = words_[i];
    if (i == 0 || number_word.end >= text_.size() || text_[number_word.end] != U')' ||
        between(i - 1) != U" (")
      return false;
    return has(i - 1, kRelation) || (number(i) >= kPeoplesAgeMin && among(small(i - 1), kPeople));
  }

  /// Whether word `i` makes an age of the number before it.
  [[nodiscard]] bool is_years(std::size_t i) const {
    if (i >= words_.size() || between(i - 1).size() > 1) return false;
    if (has(i, kYears)) return true;
    const std::u32string_view word = small(i);
    const std::u32string_view before = i >= 2 ? small(i - 2) : std::u32string_view();
    if (word == U"s") {  // "in her early 40s"
      return before == U"her" || before == U"their" || before == U"early" || before == U"late" ||
             before == U"mid";
    }
    if (!has(i, kMaybeYears)) return false;
    const std::u32string_view after = small(i + 1);
    if (word == U"y") return after == U"o";
    if (word == U"year" || word == U"years") return after == U"old";
    return !among(before, kBeforeDuration) && !among(after, kAfterDuration);
  }

  /// A day: "12 juni", "3:e mars", "June 12th", "lördag", "i går", "12/6", "12.6.2024", "2024-06-12".
  [[nodiscard]] bool is_day(std::size_t i) const {
    if (has(i, kDay)) return true;
    if (has(i, kMonth)) return is_day_of_month(i);
    if (words_[i].number) return is_written_date(i);
    if (i == 0) return false;
    const std::u32string_view word = small(i);
    const std::u32string_view before = small(i - 1);
    if (before == U"i") return word == U"går" || word == U"natt" || word == U"nat" || word == U"forgårs";
    return (before == U"last" && word == U"night") || (before == U"viime" && word == U"yönä");
  }

  [[nodiscard]] bool is_day_of_month(std::size_t month) const {
    const auto day = [this](std::size_t i) { return number(i) >= 1 && number(i) <= 31; };
    if (close(month) && day(month + 1)) return true;
    if (month == 0) return false;
    if (close(month - 1) && day(month - 1)) return true;
    // "3:e juni", "12th June", "3rd of June"
    std::size_t at = month - 1;
    if (small(at) == U"of" && at > 0) --at;
    const std::u32string_view ending = small(at);
    const bool ordinal = ending == U"e" || ending == U"a" || ending == U"th" || ending == U"st" ||
                         ending == U"nd" || ending == U"rd";
    return at > 0 && (ordinal ? day(at - 1) : at != month - 1 && day(at));
  }

  [[nodiscard]] bool is_written_date(std::size_t i) const {
    const std::uint32_t length = words_[i].end - words_[i].begin;
    if (length == 8) {
      std::string digits;
      for (std::uint32_t at = words_[i].begin; at < words_[i].end; ++at)
        digits.push_back(static_cast<char>(text_[at]));
      const int year = two_digits(digits, 0) * 100 + two_digits(digits, 2);
      return year >= 1900 && year < 2100 && is_date(year, two_digits(digits, 4), two_digits(digits, 6));
    }
    const std::u32string_view gap = between(i);
    const int first = number(i);
    const int second = number(i + 1);
    if (gap.size() != 1 || first < 0 || second < 0) return false;
    const bool third = between(i + 1) == gap && number(i + 2) >= 0;
    if (length == 4) return gap == U"-" && third && is_date(first, second, number(i + 2));
    if (first > 31 || first < 1 || second < 1 || second > 12) return false;
    if (gap == U"/") {
      const bool fraction =
          !third && (first == 1 || first == 3) && (second == 2 || second == 3 || second == 4);
      return !fraction;
    }
    const std::uint32_t end = words_[i + 1].end;
    if (gap == U".")
      return third ||
             (end < text_.size() && text_[end] == U'.' && words_[i + 1].end - words_[i + 1].begin <= 2);
    return gap == U"-" && third;
  }

  [[nodiscard]] bool is_institution(std::size_t i) const {
    if (has(i, kInstitution)) return true;
    if (words_[i].number || words_[i].end - words_[i].begin < 6) return false;
    const std::u32string_view word = small(i);
    for (std::size_t at = 0; at + kStemMin <= word.size(); ++at) {
      if (!kStemBegins[pair_of(word.substr(at))]) continue;
      const auto begins = [rest = word.substr(at)](std::u32string_view stem) {
        return rest.rfind(stem, 0) == 0;
      };
      if (std::any_of(kInstitutionStems.begin(), kInstitutionStems.end(), begins)) return true;
    }
    return false;
  }

  [[nodiscard]] bool is_relation(std::size_t i) const {
    if (has(i, kRelation)) return true;
    if (!has(i, kMaybeFar)) return false;
    const std::u32string_view before = i > 0 ? small(i - 1) : std::u32string_view();
    return before != U"so" && before != U"as" && before != U"how" && before != U"by" && before != U"too";
  }

  const Reading& reading_;
  std::u32string_view text_;
  const std::vector<Word>& words_;
};

}  // namespace

std::string QuasiIdentifier::words() const {
  std::vector<std::string> parts;
  if (place) parts.emplace_back("a place");
  if (date) parts.emplace_back("a date");
  if (institution) parts.emplace_back("an institution");
  if (relation) parts.emplace_back("a relation");
  std::string out = "age or sex with ";
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += i + 1 == parts.size() ? " and " : ", ";
    out += parts[i];
  }
  return out;
}

QuasiIdentifier quasi_identifier_in(const Reading& reading) {
  return QuasiReader(reading).read();
}

bool age_or_sex_in(const Reading& reading) {
  return QuasiReader(reading).age_or_sex();
}

}  // namespace gjallar::admission
