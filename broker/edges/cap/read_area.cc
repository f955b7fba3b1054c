#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "broker/admission/cap_words.h"
#include "broker/domain/area.h"
#include "broker/edges/cap/parameters.h"
#include "broker/edges/cap/read_info.h"
#include "broker/edges/cap/write_parts.h"

namespace gjallar::edges::cap {
namespace {

core::Error bad_shape(const Element& element, std::string advice) {
  return not_allowed(element.place, "This is no shape in WGS 84.", std::move(advice));
}

/// A number of feet; the word is kept as it is.
core::Result<void> read_height(const Block& block, std::string_view name, std::string* out) {
  const auto element = block.one(name);
  if (!element) return element.error();
  if (!*element) return {};
  *out = (*element)->word();
  if (admission::is_cap_height(*out)) return {};
  return not_allowed(
      (*element)->place, "This is no height.",
      "Write feet above mean sea level as in 1200 or 12.5, from -2000 to 200000, or leave it out.");
}

core::Result<void> take_size(const Block& block, v1::CapResource& out) {
  const auto size = block.one("size");
  if (!size) return size.error();
  if (!*size) return {};
  const std::string word = (*size)->word();
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size())
    return not_allowed((*size)->place, "This is no size.", "Write the number of bytes.");
  out.set_size_bytes(number);
  return {};
}

/// The attachment that a resource is, if it names its file by SHA-256 and says nothing that one can't.
std::optional<v1::Attachment> attachment_of(const v1::CapResource& resource) {
  const std::string digest = digest_of_named_file(resource.uri());
  const bool more = !resource.deref_uri().empty() || !resource.digest().empty() ||
                    !resource.extensions().empty() ||
                    (resource.has_size_bytes() && resource.size_bytes() == 0);
  if (digest.empty() || more) return std::nullopt;
  v1::Attachment attachment;
  attachment.set_digest(digest);
  attachment.set_media_type(resource.mime_type());
  attachment.set_size_bytes(resource.size_bytes());
  attachment.set_description(resource.description());
  return attachment;
}

bool is_attached(const v1::AlertContent& content, const v1::Attachment& attachment) {
  return std::any_of(content.attachments().begin(), content.attachments().end(), [&](const auto& other) {
    return other.SerializeAsString() == attachment.SerializeAsString();
  });
}

}  // namespace

core::Result<Pair> read_pair(const Element& element) {
  const Block block(element, {"valueName", "value"});
  const auto name = block.required("valueName");
  if (!name) return name.error();
  const auto value = block.one("value");
  if (!value) return value.error();
  if (!block.unknown().empty()) {
    return not_allowed(block.unknown().front().place, "There is an unknown element between name and value.",
                       "Put it beside the pair, not into it.");
  }
  std::string text = *value ? (*value)->text() : std::string();
  // A code is a word; layout around it is the writer's.
  if (local_name(*element.node) != "parameter" && *value) text = (*value)->word();
  return Pair{name->word(), std::move(text), element.place};
}

core::Result<void> read_resource(const Element& element, std::string_view mark, int info_index,
                                 const std::vector<ReadExtension>& kept, Incoming& out) {
  const Block block(element, {"resourceDesc", "mimeType", "size", "uri", "derefUri", "digest"});
  v1::CapResource resource;
  const auto type = block.required("mimeType");
  if (!type) return type.error();
  resource.set_mime_type(type->word());
  const auto set = [&block](std::string_view name, std::string* field) -> core::Result<void> {
    const auto word = block.word(name);
    if (!word) return word.error();
    *field = *word;
    return {};
  };
  GJALLAR_TRY(set("resourceDesc", resource.mutable_description()));
  GJALLAR_TRY(set("uri", resource.mutable_uri()));
  GJALLAR_TRY(set("derefUri", resource.mutable_deref_uri()));
  GJALLAR_TRY(set("digest", resource.mutable_digest()));
  GJALLAR_TRY(take_size(block, resource));
  // A mark without a text after it has lost its space.
  std::string& description = *resource.mutable_description();
  if (!mark.empty() && (description + ' ').compare(0, mark.size(), mark) == 0)
    description.erase(0, std::min(mark.size(), description.size()));
  const auto extensions = block.extensions();
  if (!extensions) return extensions.error();
  for (const ReadExtension& extension : kept)
    resource.add_extensions(extension.xml);
  for (const Element& extension : *extensions)
    resource.add_extensions(canonical(*extension.node));

  if (const auto attachment = attachment_of(resource)) {
    if (info_index == 0) {
      out.places[fmt::format("attachments[{}]", out.content.attachments_size())] = element.place;
      *out.content.add_attachments() = *attachment;
      return {};
    }
    if (is_attached(out.content, *attachment)) return {};
  }
  v1::CapInfo& info = *out.content.mutable_cap()->mutable_infos(info_index);
  const std::string path = fmt::format("cap.infos[{}].resources[{}]", info_index, info.resources_size());
  out.places[path] = element.place;
  for (std::size_t i = 0; i < kept.size(); ++i)
    out.places[fmt::format("{}.extensions[{}]", path, i)] = kept[i].place;
  *info.add_resources() = std::move(resource);
  return {};
}

core::Result<void> read_area(const Element& element, int info_index, const std::vector<ReadExtension>& kept,
                             Incoming& out) {
  const Block block(element, {"areaDesc", "polygon", "circle", "geocode", "altitude", "ceiling"});
  v1::CapInfo& info = *out.content.mutable_cap()->mutable_infos(info_index);
  const std::string path = fmt::format("cap.infos[{}].areas[{}]", info_index, info.areas_size());
  out.places[path] = element.place;
  v1::CapArea& area = *info.add_areas();
  const auto description = block.required("areaDesc");
  if (!description) return description.error();
  area.set_area_desc(description->word());
  out.places[path + ".area_desc"] = description->place;
  for (const Element& polygon : block.all("polygon")) {
    if (!admission::is_cap_polygon(polygon.word()))
      return bad_shape(polygon, "Write at least four latitude,longitude pairs, the last as the first.");
    area.add_polygons(polygon.word());
  }
  for (const Element& circle : block.all("circle")) {
    if (!admission::is_cap_circle(circle.word()))
      return bad_shape(circle, "Write latitude,longitude and a radius in kilometres.");
    area.add_circles(circle.word());
  }
  for (const Element& geocode : block.all("geocode")) {
    auto pair = read_pair(geocode);
    if (!pair) return pair.error();
    out.places[fmt::format("{}.geocodes[{}]", path, area.geocodes_size())] = pair->place;
    v1::CapNameValue& kept = *area.add_geocodes();
    kept.set_value_name(std::move(pair->name));
    kept.set_value(std::move(pair->value));
  }
  GJALLAR_TRY(read_height(block, "altitude", area.mutable_altitude()));
  GJALLAR_TRY(read_height(block, "ceiling", area.mutable_ceiling()));
  const auto extensions = block.extensions();
  if (!extensions) return extensions.error();
  const auto keep = [&](std::string xml, const Place& place) {
    out.places[fmt::format("{}.extensions[{}]", path, area.extensions_size())] = place;
    area.add_extensions(std::move(xml));
  };
  for (const ReadExtension& extension : kept)
    keep(extension.xml, extension.place);
  for (const Element& extension : *extensions)
    keep(canonical(*extension.node), extension.place);
  return {};
}

core::Result<void> take_areas(const std::vector<Element>& infos, Incoming& out) {
  std::vector<std::string> codes;
  for (int i = 0; i < out.content.cap().infos_size(); ++i) {
    const v1::CapInfo& info = out.content.cap().infos(i);
    for (int a = 0; a < info.areas_size(); ++a) {
      for (int g = 0; g < info.areas(a).geocodes_size(); ++g) {
        const v1::CapNameValue& geocode = info.areas(a).geocodes(g);
        if (!is_known_geocode(geocode.value_name())) continue;
        const std::string code = area_of_geocode(geocode.value_name(), geocode.value());
        const Place& place = out.places[fmt::format("cap.infos[{}].areas[{}].geocodes[{}]", i, a, g)];
        if (const auto known = domain::check_area(code, ""); !known && !out.from_gjallar)
          return error_at(place, known.error().code, known.error().message, known.error().advice);
        out.places.emplace(fmt::format("audience.groups[0].areas[{}]", codes.size()), place);
        if (std::find(codes.begin(), codes.end(), code) == codes.end()) codes.push_back(code);
      }
    }
  }
  const bool told = out.told.count("audience") != 0;
  if (!told && codes.empty() && (out.type == MessageType::kAlert || out.type == MessageType::kUpdate)) {
    return error_at({infos.front().place.element + "/area", infos.front().place.line},
                    v1::ERROR_CODE_MISSING_FIELD,
                    "No area has a geocode that this broker knows: it can't tell whom the alert concerns.",
                    "Add a geocode to an area: SCB-lan, SCB-kommun, NO-fylke, NO-kommune, or ISO3166-1 for a "
                    "whole country.");
  }
  if (!told) *out.content.mutable_audience() = audience_of_areas(codes);
  return {};
}

}  // namespace gjallar::edges::cap
