#include "broker/domain/substances.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "broker/core/utf8.h"

namespace gjallar::domain {
namespace {

#define GJALLAR_SUBSTANCE(name, cas_numbers, other_names) KnownSubstance{name, cas_numbers, other_names},
constexpr KnownSubstance kSubstances[] = {
#include "broker/domain/substance_table.inc"
};
#undef GJALLAR_SUBSTANCE

/// What a letter beyond ASCII is compared as; empty: it counts for nothing. Latin letters of the Nordic
/// languages and their neighbours, and the Greek ones of chemical names.
std::string_view folded_letter(char32_t letter) {
  struct Range {
    char32_t first;
    char32_t last;
    std::string_view as;
  };
  static constexpr Range kRanges[] = {
      {U'À', U'Å', "a"},         {U'Æ', U'Æ', "ae"},        {U'Ç', U'Ç', "c"},
      {U'È', U'Ë', "e"},         {U'Ì', U'Ï', "i"},         {U'Ð', U'Ð', "d"},
      {U'Ñ', U'Ñ', "n"},         {U'Ò', U'Ö', "o"},         {U'Ø', U'Ø', "o"},
      {U'Ù', U'Ü', "u"},         {U'Ý', U'Ý', "y"},         {U'Þ', U'Þ', "th"},
      {U'ß', U'ß', "ss"},        {U'à', U'å', "a"},         {U'æ', U'æ', "ae"},
      {U'ç', U'ç', "c"},         {U'è', U'ë', "e"},         {U'ì', U'ï', "i"},
      {U'ð', U'ð', "d"},         {U'ñ', U'ñ', "n"},         {U'ò', U'ö', "o"},
      {U'ø', U'ø', "o"},         {U'ù', U'ü', "u"},         {U'ý', U'ý', "y"},
      {U'þ', U'þ', "th"},        {U'ÿ', U'ÿ', "y"},         {0x0100, 0x0105, "a"},
      {0x0106, 0x010d, "c"},     {0x010e, 0x0111, "d"},     {0x0112, 0x011b, "e"},
      {0x0141, 0x0142, "l"},     {0x0143, 0x0148, "n"},     {0x014a, 0x014b, "n"},
      {0x0150, 0x0151, "o"},     {0x0158, 0x0159, "r"},     {0x015a, 0x0161, "s"},
      {0x0166, 0x0167, "t"},     {0x0170, 0x0171, "u"},     {0x0179, 0x017e, "z"},
      {0x0391, 0x0391, "alpha"}, {0x03b1, 0x03b1, "alpha"}, {0x0392, 0x0392, "beta"},
      {0x03b2, 0x03b2, "beta"},  {0x0393, 0x0393, "gamma"}, {0x03b3, 0x03b3, "gamma"},
      {0x0394, 0x0394, "delta"}, {0x03b4, 0x03b4, "delta"}};
  for (const Range& range : kRanges) {
    if (letter >= range.first && letter <= range.last) return range.as;
  }
  return {};
}

/// Letters of other scripts are kept as they are, so that two names in one aren't both nothing.
bool is_other_letter(char32_t letter) {
  return letter >= 0x0370 && !(letter >= 0x2000 && letter <= 0x2fff) &&
         !(letter >= 0x3000 && letter <= 0x303f) && !(letter >= 0xfe00 && letter <= 0xfeff);
}

bool is_cas_form(std::string_view text) {
  const auto digits = [](std::string_view part, std::size_t least, std::size_t most) {
    return part.size() >= least && part.size() <= most &&
           std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  const std::size_t first = text.find('-');
  if (first == std::string_view::npos) return false;
  const std::size_t second = text.find('-', first + 1);
  if (second == std::string_view::npos) return false;
  return digits(text.substr(0, first), 2, 7) && digits(text.substr(first + 1, second - first - 1), 2, 2) &&
         digits(text.substr(second + 1), 1, 1);
}

template <typename Visit>
void for_each_part(std::string_view joined, const Visit& visit) {
  while (!joined.empty()) {
    const std::string_view part = joined.substr(0, joined.find('|'));
    visit(part);
    joined.remove_prefix(std::min(joined.size(), part.size() + 1));
  }
}

/// The table by folded name and by CAS number; made once.
struct Index {
  std::unordered_map<std::string, const KnownSubstance*> by_name;
  std::unordered_map<std::string, const KnownSubstance*> by_cas;

  Index() {
    for (const KnownSubstance& substance : kSubstances) {
      by_name.emplace(folded_name(substance.name), &substance);
      for_each_part(substance.other_names,
                    [&](std::string_view name) { by_name.emplace(folded_name(name), &substance); });
      for_each_part(substance.cas_numbers,
                    [&](std::string_view cas) { by_cas.emplace(std::string(cas), &substance); });
    }
  }
};

const Index& index() {
  static const Index made;
  return made;
}

const KnownSubstance* by_cas(std::string_view cas) {
  const auto found = index().by_cas.find(std::string(cas));
  return found == index().by_cas.end() ? nullptr : found->second;
}

const KnownSubstance* by_folded_name(const std::string& folded) {
  const auto found = index().by_name.find(folded);
  return found == index().by_name.end() ? nullptr : found->second;
}

std::string row_key(const KnownSubstance& row) {
  return "=" + folded_name(row.name);
}

std::vector<std::string> keys_of(std::string_view name, std::string_view cas) {
  if (const KnownSubstance* const row = cas.empty() ? nullptr : by_cas(cas)) return {row_key(*row)};
  std::vector<std::string> keys;
  if (!cas.empty()) keys.push_back("#" + std::string(cas));
  const std::string folded = folded_name(name);
  if (folded.empty()) return keys;
  const KnownSubstance* const row = by_folded_name(folded);
  keys.push_back(row != nullptr ? row_key(*row) : "~" + folded);
  return keys;
}

}  // namespace

std::span<const KnownSubstance> known_substances() noexcept {
  return kSubstances;
}

std::string folded_name(std::string_view name) {
  std::string out;
  const auto points = core::decode_utf8(name);
  if (!points) return out;
  for (const char32_t point : *points) {
    if (point < 0x80) {
      const char c = static_cast<char>(point);
      if (c >= 'A' && c <= 'Z') out.push_back(static_cast<char>(c - 'A' + 'a'));
      if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out.push_back(c);
    } else if (const std::string_view letter = folded_letter(point); !letter.empty()) {
      out.append(letter);
    } else if (is_other_letter(point)) {
      out.append(core::encode_utf8({&point, 1}));
    }
  }
  return out;
}

const KnownSubstance* find_substance(std::string_view name_or_cas) {
  if (is_cas_form(name_or_cas)) return by_cas(name_or_cas);
  const std::string folded = folded_name(name_or_cas);
  return folded.empty() ? nullptr : by_folded_name(folded);
}

std::vector<std::string> substance_keys(const v1::Substance& substance) {
  return keys_of(substance.name(), substance.cas_number());
}

std::vector<std::string> substance_keys(std::string_view name_or_cas) {
  if (is_cas_form(name_or_cas)) return keys_of({}, name_or_cas);
  return keys_of(name_or_cas, {});
}

std::vector<std::string> substance_keys(const v1::AlertContent& content) {
  std::set<std::string> keys;
  for (const v1::Substance& substance : content.substances()) {
    for (std::string& key : substance_keys(substance))
      keys.insert(std::move(key));
  }
  if (content.substances().empty() && content.has_shortage()) {
    for (std::string& key : substance_keys(content.shortage().product()))
      keys.insert(std::move(key));
  }
  return {keys.begin(), keys.end()};
}

}  // namespace gjallar::domain
