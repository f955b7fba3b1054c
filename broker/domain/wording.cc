#include "broker/domain/wording.h"

#include <array>

#include "broker/core/limits.h"
#include "broker/core/utf8.h"
#include "broker/domain/area.h"

namespace gjallar::domain {
namespace {

/// One wording in the order of Language.
using Words = std::array<std::string_view, 5>;

std::string_view in(const Words& words, Language language) noexcept {
  return words[static_cast<std::size_t>(language)];
}

constexpr std::array<Words, 9> kKinds{{
    {"Händelse", "Hendelse", "Hændelse", "Tapahtuma", "Event"},
    {"Beslag", "Beslag", "Beslaglæggelse", "Takavarikko", "Seizure"},
    {"Ny substans", "Nytt stoff", "Nyt stof", "Uusi aine", "New substance"},
    {"Uppblandat eller felsålt", "Iblandet eller feilsolgt", "Iblandet eller fejlsolgt",
     "Seostettu tai väärin myyty", "Adulteration"},
    {"Hög styrka", "Høy styrke", "Høj styrke", "Poikkeuksellisen vahva", "High strength"},
    {"Nytt sätt att använda", "Ny bruksmåte", "Ny brugsmåde", "Uusi käyttötapa", "New way of use"},
    {"Flera överdoser", "Flere overdoser", "Flere overdoser", "Useita yliannostuksia", "Several overdoses"},
    {"Bristsituation", "Forsyningssvikt", "Forsyningssvigt", "Saatavuushäiriö", "Supply shortage"},
    {"Händelse", "Hendelse", "Hændelse", "Tapahtuma", "Event"},
}};

constexpr std::array<Words, 5> kCriteria{{
    {"", "", "", "", ""},
    {"Akut skada eller ovanliga effekter", "Akutt skade eller uvanlige virkninger",
     "Akut skade eller usædvanlige virkninger", "Äkillinen haitta tai epätavalliset vaikutukset",
     "Acute harm or unusual effects"},
    {"Ovanligt hög renhet eller styrka", "Uvanlig høy renhet eller styrke",
     "Usædvanlig høj renhed eller styrke", "Poikkeuksellisen suuri puhtaus tai vahvuus",
     "Unusual purity or strength"},
    {"Vilseledande märkning eller förorening", "Villedende merking eller forurensning",
     "Vildledende mærkning eller forurening", "Harhaanjohtava merkintä tai epäpuhtaus",
     "Misleading branding or contamination"},
    {"Farlig ny blandning eller farligt nytt sätt att använda", "Farlig ny blanding eller bruksmåte",
     "Farlig ny blanding eller brugsmåde", "Vaarallinen uusi seos tai käyttötapa",
     "A dangerous new mix or way of use"},
}};

constexpr std::array<Words, 6> kCertainties{{
    {"", "", "", "", ""},
    {"Iakttaget.", "Observert.", "Observeret.", "Havaittu.", "Observed."},
    {"Troligt.", "Sannsynlig.", "Sandsynligt.", "Todennäköinen.", "Likely."},
    {"Möjligt.", "Mulig.", "Muligt.", "Mahdollinen.", "Possible."},
    {"Inte troligt.", "Lite sannsynlig.", "Ikke sandsynligt.", "Epätodennäköinen.", "Unlikely."},
    {"Okänt hur säkert.", "Ukjent hvor sikkert.", "Ukendt hvor sikkert.", "Varmuus ei ole tiedossa.",
     "Not known how sure."},
}};

constexpr Words kExercise{"[ÖVNING] ", "[ØVELSE] ", "[ØVELSE] ", "[HARJOITUS] ", "[EXERCISE] "};
constexpr Words kSystem{"[SYSTEM] ", "[SYSTEM] ", "[SYSTEM] ", "[JÄRJESTELMÄ] ", "[SYSTEM] "};
constexpr Words kTest{"[TEST] ", "[TEST] ", "[TEST] ", "[TESTI] ", "[TEST] "};
constexpr Words kDraft{"[UTKAST] ", "[UTKAST] ", "[UDKAST] ", "[LUONNOS] ", "[DRAFT] "};

template <std::size_t Size>
std::string_view pick(const std::array<Words, Size>& table, int number, Language language) noexcept {
  const bool known = number > 0 && static_cast<std::size_t>(number) < Size;
  return in(table[known ? static_cast<std::size_t>(number) : 0], language);
}

}  // namespace

Language language_of(std::string_view tag) noexcept {
  const std::string_view first = tag.substr(0, tag.find('-'));
  if (first == "sv") return Language::kSwedish;
  if (first == "nb" || first == "nn" || first == "no") return Language::kNorwegian;
  if (first == "da") return Language::kDanish;
  if (first == "fi") return Language::kFinnish;
  return Language::kEnglish;
}

std::string_view tag_of(Language language) noexcept {
  return in({"sv", "nb", "da", "fi", "en"}, language);
}

std::string_view bracketed_mark(v1::Status status, Language language) noexcept {
  switch (status) {
    case v1::STATUS_EXERCISE:
      return in(kExercise, language);
    case v1::STATUS_SYSTEM:
      return in(kSystem, language);
    case v1::STATUS_TEST:
      return in(kTest, language);
    case v1::STATUS_DRAFT:
      return in(kDraft, language);
    default:
      return {};
  }
}

std::string_view status_mark(v1::Status status, Language language) noexcept {
  constexpr std::size_t kAround = 3;  // the brackets and the space
  const std::string_view bracketed = bracketed_mark(status, language);
  return bracketed.empty() ? bracketed : bracketed.substr(1, bracketed.size() - kAround);
}

std::string_view words_of(v1::AlertKind kind, Language language) noexcept {
  return pick(kKinds, kind, language);
}

std::string_view words_of(v1::DangerCriterion criterion, Language language) noexcept {
  return pick(kCriteria, criterion, language);
}

std::string_view words_of(v1::Certainty certainty, Language language) noexcept {
  return pick(kCertainties, certainty, language);
}

std::string derived_headline(v1::AlertKind kind, std::string_view subject, std::string_view area,
                             Language language) {
  std::string out(words_of(kind, language));
  if (!subject.empty()) out.append(": ").append(subject);
  if (const Area* const found = find_area(area)) out.append(", ").append(found->name);
  return cut_at_word(out, core::limits::kHeadlineLengthMax);
}

std::string derived_headline(const v1::AlertContent& content, Language language) {
  std::string_view subject = content.shortage().product();
  if (!content.substances().empty()) subject = content.substances(0).name();
  std::string_view area;
  for (const v1::AudienceGroup& group : content.audience().groups()) {
    if (area.empty() && !group.areas().empty()) area = group.areas(0);
  }
  for (auto finding = content.findings().rbegin(); finding != content.findings().rend(); ++finding) {
    if (!finding->area().empty()) area = finding->area();
  }
  return derived_headline(content.kind(), subject, area, language);
}

std::string cut_at_word(std::string_view text, std::size_t max) {
  constexpr std::u32string_view kDots = U"...";
  const auto points = core::decode_utf8(text);
  if (!points || points->size() <= max) return std::string(text);
  if (max <= kDots.size()) return core::encode_utf8(points->substr(0, max));
  std::u32string kept = points->substr(0, max - kDots.size());
  const bool inside_a_word = (*points)[kept.size()] != U' ';
  const std::size_t space = kept.rfind(U' ');
  // One endless word is cut where it is.
  if (inside_a_word && space != std::u32string::npos && space > kept.size() / 2) kept.resize(space);
  while (!kept.empty() && (kept.back() == U' ' || kept.back() == U',' || kept.back() == U':'))
    kept.pop_back();
  return core::encode_utf8(kept + std::u32string(kDots));
}

}  // namespace gjallar::domain
