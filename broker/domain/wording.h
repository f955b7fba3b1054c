#pragma once

#include <string>
#include <string_view>

#include "gjallar/v1/alert.pb.h"

/// Words that the broker itself says in an alert: marks of exercises, and what is derived for reports and
/// short texts. Five languages; any other gets English.
namespace gjallar::domain {

enum class Language { kSwedish, kNorwegian, kDanish, kFinnish, kEnglish };

/// By the first subtag of a BCP 47 tag ("sv-FI": Swedish; no, nb, nn: Norwegian); English for any other.
[[nodiscard]] Language language_of(std::string_view tag) noexcept;
/// "sv", "nb", "da", "fi", "en".
[[nodiscard]] std::string_view tag_of(Language language) noexcept;

/// What the world must know before anything else of what isn't about the world: "ÖVNING", "TEST", "UTKAST",
/// "SYSTEM". Empty for actual alerts.
[[nodiscard]] std::string_view status_mark(gjallar::v1::Status status, Language language) noexcept;
/// The mark as it stands before texts in CAP: "[ÖVNING] ".
[[nodiscard]] std::string_view bracketed_mark(gjallar::v1::Status status, Language language) noexcept;
/// The kind in a few words: "High strength".
[[nodiscard]] std::string_view words_of(gjallar::v1::AlertKind kind, Language language) noexcept;
/// Why it is dangerous, as the beginning of a sentence: "Acute harm or unusual effects".
[[nodiscard]] std::string_view words_of(gjallar::v1::DangerCriterion criterion, Language language) noexcept;
/// How sure it is, a whole sentence: "Observed."
[[nodiscard]] std::string_view words_of(gjallar::v1::Certainty certainty, Language language) noexcept;

/// "Adulteration: tramadol, Skåne län": the kind, the subject and the area's name, as far as they are known.
[[nodiscard]] std::string derived_headline(gjallar::v1::AlertKind kind, std::string_view subject,
                                           std::string_view area, Language language);
/// The same of an alert: its first substance or its shortage, and where it was found, else its first area.
[[nodiscard]] std::string derived_headline(const gjallar::v1::AlertContent& content, Language language);

/// At most `max` code points of a text, cut at a word and ended by "..." if it is longer.
[[nodiscard]] std::string cut_at_word(std::string_view text, std::size_t max);

}  // namespace gjallar::domain
