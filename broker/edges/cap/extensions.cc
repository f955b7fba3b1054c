#include "broker/edges/cap/extensions.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "broker/edges/cap/write_parts.h"

namespace gjallar::edges::cap {
namespace {

constexpr std::string_view kExtensionWord = "extension";
constexpr std::string_view kOfInfo = ".info";
constexpr std::string_view kOfResource = ".resource[";
constexpr std::string_view kOfArea = ".area[";

/// "3]" as 3; 0 if it is none, or not as it is written.
int parse_number(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && number > 0 && fmt::format("{}]", number) == text;
  return whole ? number : 0;
}

template <typename Extensions>
void append(const Extensions& extensions, const ExtensionPlace& place, std::vector<OwnParameter>& out) {
  for (const std::string& extension : extensions) {
    if (!extension.empty()) out.push_back({extension_name(place), extension});  // empty: it was withheld
  }
}

}  // namespace

std::string extension_name(const ExtensionPlace& place) {
  const std::string word(kExtensionWord);
  switch (place.parent) {
    case ExtensionOf::kInfo:
      return word + std::string(kOfInfo);
    case ExtensionOf::kResource:
      return fmt::format("{}{}{}]", word, kOfResource, place.number);
    case ExtensionOf::kArea:
      return fmt::format("{}{}{}]", word, kOfArea, place.number);
    case ExtensionOf::kAlert:
      break;
  }
  return word;
}

bool is_extension_name(std::string_view name) noexcept {
  return name.substr(0, kExtensionWord.size()) == kExtensionWord;
}

std::optional<ExtensionPlace> parse_extension_name(std::string_view name) {
  if (!is_extension_name(name)) return std::nullopt;
  const std::string_view rest = name.substr(kExtensionWord.size());
  if (rest.empty()) return ExtensionPlace{};
  if (rest == kOfInfo) return ExtensionPlace{ExtensionOf::kInfo, 0};
  for (const auto& [prefix, parent] :
       {std::pair<std::string_view, ExtensionOf>{kOfResource, ExtensionOf::kResource},
        {kOfArea, ExtensionOf::kArea}}) {
    if (rest.substr(0, prefix.size()) != prefix) continue;
    const int number = parse_number(rest.substr(prefix.size()));
    if (number > 0) return ExtensionPlace{parent, number};
  }
  return std::nullopt;
}

std::vector<OwnParameter> extension_parameters(const v1::AlertContent& content, std::string_view language,
                                               const std::vector<v1::CapArea>& areas) {
  std::vector<OwnParameter> out;
  const v1::CapInfo& info = info_of(content, language);
  append(content.cap().extensions(), {ExtensionOf::kAlert, 0}, out);
  append(info.extensions(), {ExtensionOf::kInfo, 0}, out);
  // The attachments are the block's first resources.
  for (int i = 0; i < info.resources_size(); ++i)
    append(info.resources(i).extensions(), {ExtensionOf::kResource, content.attachments_size() + i + 1}, out);
  for (std::size_t i = 0; i < areas.size(); ++i)
    append(areas[i].extensions(), {ExtensionOf::kArea, static_cast<int>(i) + 1}, out);
  return out;
}

}  // namespace gjallar::edges::cap
