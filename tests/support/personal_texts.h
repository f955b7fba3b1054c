// Texts with and without numbers of persons, in Swedish, Norwegian, Danish, Finnish and English. Made from
// the public descriptions of the numbers, and on purpose with no code of the privacy gate. Numbers of nobody:
// Norwegian ones with the month + 80 of synthetic data, Swedish serials 980 to 999 and Finnish ones from 900
// on, which are kept for tests, Danish ones of births before 1900, telephone numbers kept for fiction.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gjallar::testing {

struct PersonalText {
  std::string text;
  std::string value;  ///< as it stands in the text
  std::string rule;   ///< what the refusal calls it
};

/// Over 1,000 of them: every kind of number and address, every way of typing it, every language.
[[nodiscard]] std::vector<PersonalText> texts_to_refuse(std::uint64_t seed);
/// Texts that hold nothing of the kind though they look like it; `runs_of_digits` counts those with a run of
/// 6 to 12 digits.
struct HarmlessTexts {
  std::vector<std::string> texts;
  int runs_of_digits = 0;
};
[[nodiscard]] HarmlessTexts texts_to_pass(std::uint64_t seed);

}  // namespace gjallar::testing
