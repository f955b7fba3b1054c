#include "broker/admission/plain_headline.h"

#include <array>

#include "broker/admission/utf8.h"
#include "broker/core/limits.h"
#include "broker/domain/area.h"

namespace gjallar::admission {
namespace {

/// In the order of AlertKind, from its zero on: Swedish, Norwegian, Danish, Finnish, English.
constexpr std::array<std::array<std::string_view, 5>, 9> kKinds{{
    {"Varning", "Varsel", "Advarsel", "Varoitus", "Warning"},
    {"Beslag", "Beslag", "Beslaglæggelse", "Takavarikko", "Seizure"},
    {"Ny substans", "Nytt stoff", "Nyt stof", "Uusi aine", "New substance"},
    {"Förväxlad eller uppblandad substans", "Forvekslet eller tilsatt stoff", "Forvekslet eller tilsat stof",
     "Väärennetty tai sekoitettu aine", "Adulterated substance"},
    {"Ovanligt hög styrka", "Uvanlig høy styrke", "Usædvanlig høj styrke", "Poikkeuksellisen vahva aine",
     "Unusually high strength"},
    {"Nytt användningssätt", "Ny bruksmåte", "Ny brugsmåde", "Uusi käyttötapa", "New pattern of use"},
    {"Fler överdoser än vanligt", "Flere overdoser enn vanlig", "Flere overdoser end normalt",
     "Tavallista enemmän yliannostuksia", "More overdoses than usual"},
    {"Läkemedelsbrist", "Legemiddelmangel", "Lægemiddelmangel", "Lääkepula", "Medicine shortage"},
    {"Varning", "Varsel", "Advarsel", "Varoitus", "Warning"},
}};

std::size_t column_of(std::string_view language) {
  const std::string_view main = language.substr(0, language.find('-'));
  if (main == "sv") return 0;
  if (main == "nb" || main == "nn" || main == "no") return 1;
  if (main == "da") return 2;
  if (main == "fi") return 3;
  return 4;
}

std::string_view first_area(const v1::AlertContent& content) {
  std::string_view code;
  for (const v1::Finding& finding : content.findings()) {
    if (code.empty()) code = finding.area();
  }
  for (const v1::AudienceGroup& group : content.audience().groups()) {
    if (code.empty() && !group.areas().empty()) code = group.areas(0);
  }
  const domain::Area* const area = domain::find_area(code);
  return area == nullptr ? std::string_view() : area->name;
}

}  // namespace

std::string plain_headline(const v1::AlertContent& content, std::string_view language) {
  const auto kind = static_cast<std::size_t>(content.kind());
  std::string headline(kKinds[kind < kKinds.size() ? kind : 0][column_of(language)]);
  const auto add = [&headline](std::string_view separator, std::string_view part) {
    if (part.empty()) return;
    const std::string longer = headline + std::string(separator) + std::string(part);
    const auto points = decode_utf8(longer);
    if (points && points->size() <= core::limits::kHeadlineLengthMax) headline = longer;
  };
  if (!content.substances().empty()) add(": ", content.substances(0).name());
  add(", ", first_area(content));
  return headline;
}

}  // namespace gjallar::admission
