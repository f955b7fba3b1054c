#include "broker/edges/cap/names.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "broker/domain/area.h"
#include "broker/domain/wording.h"

namespace gjallar::edges::cap {
namespace {

constexpr std::array<std::pair<MessageType, std::string_view>, 5> kMessageTypes = {{
    {MessageType::kAlert, "Alert"},
    {MessageType::kUpdate, "Update"},
    {MessageType::kCancel, "Cancel"},
    {MessageType::kAck, "Ack"},
    {MessageType::kError, "Error"},
}};

constexpr std::string_view kCountryName = "ISO3166-1";

/// One kind of geocode: the country it is of, and the length of a whole area code.
struct Geocode {
  std::string_view name;
  std::string_view country;
  std::size_t code_size;
};
constexpr std::array<Geocode, 4> kGeocodes = {{
    {"SCB-lan", "SE", 5},
    {"SCB-kommun", "SE", 7},
    {"NO-fylke", "NO", 5},
    {"NO-kommune", "NO", 7},
}};

/// What the names of an enum's values begin with: "STATUS_".
std::string prefix_of(const google::protobuf::EnumDescriptor& type) {
  constexpr std::size_t kUnspecified = std::string_view("UNSPECIFIED").size();
  const std::string& unset = type.value(0)->name();
  return unset.substr(0, unset.size() - kUnspecified);
}

}  // namespace

std::string_view message_type_word(MessageType type) noexcept {
  return kMessageTypes[static_cast<std::size_t>(type)].second;
}

std::optional<MessageType> parse_message_type(std::string_view word) noexcept {
  for (const auto& [type, name] : kMessageTypes) {
    if (name == word) return type;
  }
  return std::nullopt;
}

std::string plain_word(const google::protobuf::EnumDescriptor& type, int value) {
  const auto* const found = type.FindValueByNumber(value);
  if (found == nullptr || value == 0) return {};
  std::string word = found->name().substr(prefix_of(type).size());
  for (char& c : word) {
    if (c == '_') c = '-';
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return word;
}

std::optional<int> parse_plain_word(const google::protobuf::EnumDescriptor& type, std::string_view word) {
  for (int i = 1; i < type.value_count(); ++i) {
    const int number = type.value(i)->number();
    if (number != 0 && plain_word(type, number) == word) return number;
  }
  return std::nullopt;
}

std::string grade_words(const v1::Grade& grade) {
  return cap_word(grade.urgency()) + " " + cap_word(grade.severity()) + " " + cap_word(grade.certainty());
}

std::optional<v1::Grade> parse_grade_words(std::string_view words) {
  const std::size_t first = words.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : words.find(' ', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto urgency = parse_cap_word<v1::Urgency>(words.substr(0, first));
  const auto severity = parse_cap_word<v1::Severity>(words.substr(first + 1, second - first - 1));
  const auto certainty = parse_cap_word<v1::Certainty>(words.substr(second + 1));
  if (!urgency || !severity || !certainty) return std::nullopt;
  v1::Grade grade;
  grade.set_urgency(*urgency);
  grade.set_severity(*severity);
  grade.set_certainty(*certainty);
  return grade;
}

std::string_view geocode_name(std::string_view area) noexcept {
  for (const Geocode& geocode : kGeocodes) {
    if (area.size() == geocode.code_size && area.substr(0, 2) == geocode.country) return geocode.name;
  }
  return kCountryName;
}

std::string geocode_value(std::string_view area) {
  return std::string(area.size() > 3 ? area.substr(3) : area);
}

bool is_known_geocode(std::string_view value_name) noexcept {
  return value_name == kCountryName || std::any_of(kGeocodes.begin(), kGeocodes.end(),
                                                   [&](const Geocode& g) { return g.name == value_name; });
}

std::string area_of_geocode(std::string_view value_name, std::string_view value) {
  for (const Geocode& geocode : kGeocodes) {
    if (geocode.name != value_name) continue;
    if (value.size() + 3 != geocode.code_size) return {};  // "0180" isn't a län
    return std::string(geocode.country) + "-" + std::string(value);
  }
  return value_name == kCountryName && value.size() == 2 ? std::string(value) : std::string();
}

std::string_view default_event(v1::AlertKind kind, std::string_view language) noexcept {
  return domain::words_of(kind, domain::language_of(language));
}

std::string_view marking(v1::Status status, std::string_view language) noexcept {
  return domain::bracketed_mark(status, domain::language_of(language));
}

}  // namespace gjallar::edges::cap
