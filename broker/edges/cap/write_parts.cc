#include "broker/edges/cap/write_parts.h"

#include <algorithm>
#include <set>
#include <utility>

#include "broker/domain/area.h"
#include "broker/edges/cap/names.h"
#include "broker/edges/cap/parameters.h"
#include "broker/edges/cap/writer.h"

namespace gjallar::edges::cap {
namespace {

constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t kDigestBytes = 32;
/// Of names put together; an areaDesc that comes in holds 600 characters.
constexpr std::size_t kDescriptionBytesMax = 560;
constexpr std::string_view kNoDescription = "Area";

/// The area without geocodes of places that the audience has left; false if no place is left of it.
bool still_there(v1::CapArea& area, const std::set<std::string>& codes) {
  const v1::CapArea sent = area;
  bool known = false;
  bool stays = false;
  area.clear_geocodes();
  for (const v1::CapNameValue& geocode : sent.geocodes()) {
    if (is_known_geocode(geocode.value_name())) {
      known = true;
      if (codes.count(area_of_geocode(geocode.value_name(), geocode.value())) == 0) continue;
      stays = true;
    }
    *area.add_geocodes() = geocode;
  }
  return stays || !known;
}

/// In the place of a description that isn't there (it was withheld, say), which CAP wants: the official names
/// of its geocodes, else those of the audience; as many as an areaDesc holds.
std::string plain_description(const v1::CapArea& area, const std::vector<std::string>& audience) {
  std::vector<std::string> codes;
  for (const v1::CapNameValue& geocode : area.geocodes()) {
    const std::string code = area_of_geocode(geocode.value_name(), geocode.value());
    if (is_known_geocode(geocode.value_name()) && domain::find_area(code) != nullptr) codes.push_back(code);
  }
  std::string text;
  for (const std::string& code : codes.empty() ? audience : codes) {
    const domain::Area* const known = domain::find_area(code);
    const std::string_view name = known == nullptr ? std::string_view(code) : known->official_name;
    if (text.size() + name.size() > kDescriptionBytesMax) break;
    text += (text.empty() ? "" : ", ") + std::string(name);
  }
  return text.empty() ? std::string(kNoDescription) : text;
}

}  // namespace

const v1::CapInfo& info_of(const v1::AlertContent& content, std::string_view language) {
  for (const v1::CapInfo& info : content.cap().infos()) {
    if (info.language() == language) return info;
  }
  return v1::CapInfo::default_instance();
}

void add_pair(xmlNode* parent, const char* name, std::string_view value_name, std::string_view value) {
  xmlNode* const node = add_element(parent, name);
  add_element(node, "valueName", value_name);
  add_element(node, "value", value);
}

void add_resources(xmlNode* info, const v1::AlertContent& content, std::string_view language) {
  for (const v1::Attachment& attachment : content.attachments()) {
    xmlNode* const node = add_element(info, "resource");
    add_element(node, "resourceDesc", marked(content, language, attachment.description()));
    add_element(node, "mimeType", attachment.media_type());
    if (attachment.size_bytes() != 0) add_element(node, "size", std::to_string(attachment.size_bytes()));
    add_element(node, "uri", named_file(attachment.digest()));
  }
  for (const v1::CapResource& resource : info_of(content, language).resources()) {
    xmlNode* const node = add_element(info, "resource");
    add_element(node, "resourceDesc", marked(content, language, resource.description()));
    add_element(node, "mimeType", resource.mime_type());
    if (resource.has_size_bytes()) add_element(node, "size", std::to_string(resource.size_bytes()));
    if (!resource.uri().empty()) add_element(node, "uri", resource.uri());
    if (!resource.deref_uri().empty()) add_element(node, "derefUri", resource.deref_uri());
    if (!resource.digest().empty()) add_element(node, "digest", resource.digest());
  }
}

void add_area(xmlNode* info, const v1::CapArea& area) {
  xmlNode* const node = add_element(info, "area");
  add_element(node, "areaDesc", area.area_desc());
  for (const std::string& polygon : area.polygons())
    add_element(node, "polygon", polygon);
  for (const std::string& circle : area.circles())
    add_element(node, "circle", circle);
  for (const v1::CapNameValue& geocode : area.geocodes())
    add_pair(node, "geocode", geocode.value_name(), geocode.value());
  if (!area.altitude().empty()) add_element(node, "altitude", area.altitude());
  if (!area.ceiling().empty()) add_element(node, "ceiling", area.ceiling());
}

std::vector<v1::CapArea> areas_of_block(const v1::AlertContent& content, std::string_view language) {
  std::vector<v1::CapArea> out;
  const std::vector<std::string> codes = areas_of(content.audience());
  const std::set<std::string> wanted(codes.begin(), codes.end());
  const v1::CapInfo& own = info_of(content, language);
  for (v1::CapArea area : own.areas()) {
    if (!still_there(area, wanted)) continue;
    if (area.area_desc().empty()) area.set_area_desc(plain_description(area, codes));
    out.push_back(std::move(area));
  }
  std::set<std::string> said;  // by the message that brought it, in whatever language
  for (const v1::CapInfo& any : content.cap().infos()) {
    for (const v1::CapArea& area : any.areas()) {
      for (const v1::CapNameValue& geocode : area.geocodes())
        said.insert(area_of_geocode(geocode.value_name(), geocode.value()));
    }
  }
  for (v1::CapArea& area : default_areas(content.audience())) {
    const v1::CapNameValue& geocode = area.geocodes(0);
    if (own.areas().empty() || said.count(area_of_geocode(geocode.value_name(), geocode.value())) == 0)
      out.push_back(std::move(area));
  }
  return out;
}

std::vector<v1::CapArea> default_areas(const v1::Audience& audience) {
  std::vector<v1::CapArea> out;
  for (const std::string& code : areas_of(audience)) {
    const domain::Area* const known = domain::find_area(code);
    v1::CapArea area;
    area.set_area_desc(known == nullptr ? code : std::string(known->official_name));
    v1::CapNameValue& geocode = *area.add_geocodes();
    geocode.set_value_name(std::string(geocode_name(code)));
    geocode.set_value(geocode_value(code));
    out.push_back(std::move(area));
  }
  return out;
}

std::string default_audience(const v1::Audience& audience) {
  std::string text;
  std::set<std::string> roles;
  for (const v1::AudienceGroup& group : audience.groups()) {
    if (group.roles().empty()) return {};
    for (const std::string& role : group.roles()) {
      if (!roles.insert(role).second) continue;
      text += (text.empty() ? "" : ", ") + role;
    }
  }
  return text;
}

std::string named_file(std::string_view digest) {
  std::string out(kNamedFile);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char byte : digest) {
    bits = (bits << 8) | static_cast<std::uint8_t>(byte);
    for (held += 8; held >= 6; held -= 6)
      out += kBase64Url[(bits >> (held - 6)) & 63U];
  }
  if (held > 0) out += kBase64Url[(bits << (6 - held)) & 63U];
  return out;
}

std::string digest_of_named_file(std::string_view uri) {
  if (uri.substr(0, kNamedFile.size()) != kNamedFile) return {};
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : uri.substr(kNamedFile.size())) {
    const std::size_t value = kBase64Url.find(c);
    if (value == std::string_view::npos) return {};
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>((bits >> held) & 0xFFU);
    }
  }
  // One spelling a digest: the bits left over are zero.
  return out.size() == kDigestBytes && named_file(out) == uri ? out : std::string();
}

}  // namespace gjallar::edges::cap
