#include "broker/admission/cap_words.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include "gjallar/v1/alert.pb.h"

namespace gjallar::admission {
namespace {

constexpr std::string_view kCapNamespaceName = "urn:oasis:names:tc:emergency:cap:1.2";
constexpr std::string_view kWrittenPrefix = "gjallar:";

/// Half the circumference of the earth, in kilometres, rounded up.
constexpr double kRadiusMax = 20'040;
constexpr double kHeightMin = -2'000;
constexpr double kHeightMax = 200'000;
/// Decimals as programs write them.
constexpr std::size_t kPointDecimalsMax = 15;
constexpr std::size_t kRadiusDecimalsMax = 6;
constexpr std::size_t kHeightDecimalsMax = 3;

constexpr std::array<std::string_view, 12> kCategories = {"Geo",    "Met",       "Safety", "Security",
                                                          "Rescue", "Fire",      "Health", "Env",
                                                          "Infra",  "Transport", "CBRNE",  "Other"};
constexpr std::array<std::string_view, 9> kResponseTypes = {
    "Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None"};

/// Facts of an event and an alert's life that become parameters; contents' fields are found by reflection.
constexpr std::array<std::string_view, 15> kLifeParameters = {
    "event",          "seq",         "version",      "alert",          "reference",
    "sender",         "phase",       "level",        "verification",   "sender-grade",
    "assessed-grade", "observation", "observations", "report-outcome", "superseded-by"};

bool is_digit_of(char c) noexcept {
  return c >= '0' && c <= '9';
}
bool is_hexadecimal(char c) noexcept {
  return is_digit_of(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_letter_of(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// -?\d{1,`whole`}(\.\d{1,`decimals`})? and its value: no exponent, no infinity, no sign but a minus.
bool read_decimal(std::string_view text, std::size_t whole, std::size_t decimals, double& out) noexcept {
  const std::string_view number = text;
  if (text.substr(0, 1) == "-") text.remove_prefix(1);
  const std::size_t dot = std::min(text.find('.'), text.size());
  const std::string_view before = text.substr(0, dot);
  const std::string_view after = dot < text.size() ? text.substr(dot + 1) : std::string_view("0");
  if (before.empty() || before.size() > whole || after.empty() || after.size() > decimals) return false;
  if (!std::all_of(before.begin(), before.end(), is_digit_of) ||
      !std::all_of(after.begin(), after.end(), is_digit_of))
    return false;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), out);
  return error == std::errc() && end == number.data() + number.size();
}

/// "latitude,longitude".
bool is_point(std::string_view text) noexcept {
  const std::size_t comma = text.find(',');
  double latitude = 0;
  double longitude = 0;
  return comma != std::string_view::npos &&
         read_decimal(text.substr(0, comma), 2, kPointDecimalsMax, latitude) &&
         read_decimal(text.substr(comma + 1), 3, kPointDecimalsMax, longitude) && latitude >= -90 &&
         latitude <= 90 && longitude >= -180 && longitude <= 180;
}

/// Takes the first word off a text; empty if none is left.
std::string_view next_word(std::string_view& text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  return word;
}

/// What the namespace of the first tag of canonical XML is, by the declarations in it.
std::string_view root_namespace(std::string_view xml) noexcept {
  const std::string_view tag = xml.substr(0, xml.find('>'));
  const std::string_view name = tag.substr(1, tag.find_first_of(" />\n\t", 1) - 1);
  const std::size_t colon = name.find(':');
  const std::string_view prefix =
      colon == std::string_view::npos ? std::string_view() : name.substr(0, colon);
  for (std::size_t at = tag.find("xmlns"); at != std::string_view::npos; at = tag.find("xmlns", at + 1)) {
    std::string_view rest = tag.substr(at + 5);
    std::string_view declared;
    if (rest.substr(0, 1) == ":") {
      declared = rest.substr(1, rest.find('=') - 1);
      rest.remove_prefix(1 + declared.size());
    }
    if (declared != prefix || rest.size() < 3 || rest[0] != '=') continue;
    const char quote = rest[1];
    return rest.substr(2, rest.find(quote, 2) - 2);
  }
  return {};
}

bool has_uri_characters(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte <= 0x20 || byte == 0x7f || byte == '[' || byte == ']') return false;
    if (byte != '%') continue;
    if (i + 2 >= text.size() || !is_hexadecimal(text[i + 1]) || !is_hexadecimal(text[i + 2])) return false;
    i += 2;
  }
  const std::size_t hash = text.find('#');
  return hash == std::string_view::npos || text.find('#', hash + 1) == std::string_view::npos;
}

/// Of what follows the scheme: at most one "@" before the host, and a port of one to five digits after it.
bool is_authority_fine(std::string_view text) noexcept {
  if (text.substr(0, 2) != "//") return true;
  text.remove_prefix(2);
  std::string_view authority = text.substr(0, text.find_first_of("/?#"));
  const std::size_t sign = authority.find('@');
  if (sign != std::string_view::npos) authority.remove_prefix(sign + 1);
  if (authority.find('@') != std::string_view::npos) return false;
  const std::size_t colon = authority.find(':');
  if (colon == std::string_view::npos) return true;
  const std::string_view port = authority.substr(colon + 1);
  return !port.empty() && port.size() <= 5 && std::all_of(port.begin(), port.end(), is_digit_of);
}

}  // namespace

bool is_cap_polygon(std::string_view text) noexcept {
  const std::string_view first = next_word(text);
  if (!is_point(first)) return false;
  std::string_view last;
  std::size_t count = 1;
  for (std::string_view word = next_word(text); !word.empty(); word = next_word(text), ++count) {
    if (!is_point(word)) return false;
    last = word;
  }
  return count >= 4 && first == last;
}

bool is_cap_circle(std::string_view text) noexcept {
  const std::string_view centre = next_word(text);
  const std::string_view radius = next_word(text);
  double kilometres = 0;
  return is_point(centre) && read_decimal(radius, 5, kRadiusDecimalsMax, kilometres) && kilometres >= 0 &&
         kilometres <= kRadiusMax && next_word(text).empty();
}

bool is_cap_height(std::string_view text) noexcept {
  double feet = 0;
  return read_decimal(text, 6, kHeightDecimalsMax, feet) && feet >= kHeightMin && feet <= kHeightMax;
}

bool is_cap_category(std::string_view word) noexcept {
  return std::find(kCategories.begin(), kCategories.end(), word) != kCategories.end();
}

bool is_cap_response_type(std::string_view word) noexcept {
  return std::find(kResponseTypes.begin(), kResponseTypes.end(), word) != kResponseTypes.end();
}

bool is_uri(std::string_view text) noexcept {
  if (!has_uri_characters(text)) return false;
  // What stands before the first colon of the first part is a scheme.
  const std::size_t colon = text.find(':');
  if (colon >= text.find_first_of("/?#")) return is_authority_fine(text);
  const std::string_view scheme = text.substr(0, colon);
  const bool fits =
      !scheme.empty() && is_letter_of(scheme[0]) && std::all_of(scheme.begin(), scheme.end(), [](char c) {
        return is_letter_of(c) || is_digit_of(c) || c == '+' || c == '-' || c == '.';
      });
  return fits && is_authority_fine(text.substr(colon + 1));
}

bool is_cap_extension(std::string_view text) noexcept {
  if (text.size() < 4 || text.front() != '<' || text.back() != '>') return false;
  const auto first = static_cast<unsigned char>(text[1]);
  if (!is_letter_of(text[1]) && first != '_' && first < 0x80) return false;
  return text.find("<!") == std::string_view::npos && root_namespace(text) != kCapNamespaceName;
}

std::string text_of_xml(std::string_view xml) {
  static constexpr std::array<std::pair<std::string_view, char>, 5> kEntities = {
      {{"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&amp;", '&'}}};
  std::string out;
  bool in_tag = false;
  for (std::size_t i = 0; i < xml.size(); ++i) {
    if (xml[i] == '<') in_tag = true;
    if (!in_tag) {
      const auto* const entity = std::find_if(kEntities.begin(), kEntities.end(), [&](const auto& known) {
        return xml.substr(i, known.first.size()) == known.first;
      });
      if (entity == kEntities.end()) {
        out += xml[i];
      } else {
        out += entity->second;
        i += entity->first.size() - 1;
      }
    } else if (xml[i] == '>') {
      in_tag = false;
    }
  }
  return out;
}

std::optional<std::string> decode_base64(std::string_view text) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    if (c == '=' || c == ' ' || c == '\n' || c == '\r' || c == '\t') continue;
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>((bits >> held) & 0xFFU);
  }
  return bytes;
}

bool is_written_parameter(std::string_view value_name) {
  using Content = v1::AlertContent;
  using Text = v1::TextBlock;
  constexpr std::string_view kText = "text.";
  constexpr std::string_view kExtension = "extension";
  if (value_name.substr(0, kWrittenPrefix.size()) != kWrittenPrefix) return false;
  const std::string_view name = value_name.substr(kWrittenPrefix.size());
  if (std::find(kLifeParameters.begin(), kLifeParameters.end(), name) != kLifeParameters.end()) return true;
  if (name.substr(0, kExtension.size()) == kExtension) return true;
  if (name.substr(0, kText.size()) == kText) {
    const auto* const field = Text::descriptor()->FindFieldByName(std::string(name.substr(kText.size())));
    const int number = field == nullptr ? 0 : field->number();
    return number != 0 && number != Text::kLanguageFieldNumber && number != Text::kHeadlineFieldNumber &&
           number != Text::kDescriptionFieldNumber && number != Text::kInstructionFieldNumber;
  }
  const auto* const field = Content::descriptor()->FindFieldByName(std::string(name));
  const int number = field == nullptr ? 0 : field->number();
  return number != 0 && number != Content::kStatusFieldNumber && number != Content::kTextsFieldNumber &&
         number != Content::kGradeFieldNumber && number != Content::kAttachmentsFieldNumber &&
         number != Content::kCapFieldNumber;
}

}  // namespace gjallar::admission
