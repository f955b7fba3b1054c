#include "broker/admission/place_names.h"

#include <algorithm>
#include <set>
#include <string>
#include <unordered_map>

#include "broker/admission/normal_text.h"
#include "broker/domain/area.h"

namespace gjallar::admission {
namespace {

using Name = std::vector<std::u32string>;  // its words in small letters

/// Names by their first word.
class Names {
 public:
  Names() {
    for (const domain::Area& area : domain::all_areas()) {
      if (area.level != domain::AreaLevel::kMunicipality) continue;
      add(area.name);
      std::string_view official = area.official_name;
      for (std::size_t at = 0; at <= official.size();) {
        const std::size_t end = std::min(official.find(" - ", at), official.size());
        add(official.substr(at, end - at));
        at = end + 3;
      }
    }
  }

  [[nodiscard]] const std::set<Name>* starting_with(const std::u32string& word) const {
    const auto found = by_first_.find(word);
    return found == by_first_.end() ? nullptr : &found->second;
  }

 private:
  void add(std::string_view text) {
    const auto points = normal_text(text);
    if (!points) return;
    Name name;
    const Reading reading = read_text(*points);
    for (std::size_t i = 0; i < reading.words.size(); ++i)
      name.emplace_back(reading.word(i));
    if (!name.empty()) by_first_[name.front()].insert(name);
  }

  std::unordered_map<std::u32string, std::set<Name>> by_first_;
};

/// Whether `name` stands at word `at`; its last word may carry the s of the genitive.
bool stands_at(const Name& name, const Reading& reading, std::size_t at) {
  const std::vector<Word>& words = reading.words;
  if (words.size() - at < name.size()) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const Word& word = words[at + i];
    if (i > 0 && (word.begin != words[at + i - 1].end + 1 || !word.capital)) return false;
    const std::u32string_view spelled = reading.word(at + i);
    if (spelled == name[i]) continue;
    const bool genitive = i + 1 == name.size() && spelled == name[i] + U's';
    if (!genitive) return false;
  }
  return true;
}

}  // namespace

bool is_place_name(const Reading& reading, std::size_t at) {
  static const Names names;
  if (!reading.words[at].capital) return false;
  std::u32string first(reading.word(at));
  for (int genitive = 0; genitive < 2; ++genitive) {
    if (const std::set<Name>* const there = names.starting_with(first)) {
      const auto fits = [&](const Name& name) { return stands_at(name, reading, at); };
      if (std::any_of(there->begin(), there->end(), fits)) return true;
    }
    if (first.size() < 2 || first.back() != U's') return false;
    first.pop_back();
  }
  return false;
}

}  // namespace gjallar::admission
