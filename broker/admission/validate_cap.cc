#include "broker/admission/validate_cap.h"

#include <string>
#include <utility>

#include "broker/admission/cap_words.h"
#include "broker/admission/checks.h"
#include "broker/core/limits.h"

namespace gjallar::admission {
namespace {

/// Lengths in code points and counts as docs/cap.md states them.
constexpr std::size_t kCapNameMax = 120;
constexpr std::size_t kCapShortMax = 200;
constexpr std::size_t kCapMediumMax = 600;
constexpr std::size_t kCapValueMax = 4'000;
constexpr std::size_t kCapUriMax = 2'000;
constexpr std::size_t kCapHeightMax = 40;
constexpr std::size_t kCapMediaTypeMax = 100;
constexpr std::size_t kCapPolygonMax = 20'000;
constexpr std::size_t kCapFileBytesMax = std::size_t{64} * 1024;
constexpr std::size_t kCapMessageMax = 300;
constexpr int kCapCodesMax = 32;
constexpr int kCapPairsMax = 64;
constexpr int kCapAreasMax = 512;
constexpr int kCapShapesMax = 64;
constexpr int kCapExtensionsMax = 16;
constexpr int kCapResourcesMax = 16;

core::Result<void> one_line(const FieldPath& path, const std::string& text, std::size_t max) {
  return check_free_text(path, text, max, Presence::kOptional, Lines::kOne);
}
core::Result<void> any_lines(const FieldPath& path, const std::string& text, std::size_t max) {
  return check_free_text(path, text, max, Presence::kOptional, Lines::kMany);
}

/// A shape or a height: its form leaves no room for anything else.
core::Result<void> data(const FieldPath& path, const std::string& text, std::size_t max,
                        bool (*fits)(std::string_view), std::string advice) {
  if (text.size() > max)
    return too_large(path, "The value is too long.", "Send at most " + std::to_string(max) + " bytes.");
  if (fits(text)) return {};
  return invalid(path, "The value hasn't the form that CAP 1.2 gives it.", std::move(advice));
}

core::Result<void> height(const FieldPath& path, const std::string& text) {
  if (text.empty()) return {};
  return data(path, text, kCapHeightMax, is_cap_height,
              "Write feet above mean sea level as in 1200 or 12.5, from -2000 to 200000, or leave it out.");
}

core::Result<void> address(const FieldPath& path, const std::string& text) {
  GJALLAR_TRY(one_line(path, text, kCapUriMax));
  if (is_uri(text)) return {};
  return invalid(path, "This is no URI.", "Write spaces and brackets in it as %20, %5B and %5D.");
}

/// Canonical XML; what it says is for the gate. An empty one was withheld.
core::Result<void> extensions(const FieldPath& parent, const Strings& texts) {
  GJALLAR_TRY(check_count(FieldPath(parent, "extensions"), texts.size(), kCapExtensionsMax));
  for (int i = 0; i < texts.size(); ++i) {
    const FieldPath path(parent, "extensions", i);
    GJALLAR_TRY(any_lines(path, texts[i], kCapValueMax));
    if (texts[i].empty() || is_cap_extension(texts[i])) continue;
    return invalid(path, "This is no element of another namespace than CAP's as canonical XML.",
                   "Send one element without comments; what CAP 1.2 has an element for has a field.");
  }
  return {};
}

using Pairs = google::protobuf::RepeatedPtrField<v1::CapNameValue>;

core::Result<void> pairs(const FieldPath& parent, std::string_view name, const Pairs& values, int max) {
  GJALLAR_TRY(check_count(FieldPath(parent, name), values.size(), max));
  for (int i = 0; i < values.size(); ++i) {
    const FieldPath path(parent, name, i);
    GJALLAR_TRY(one_line(FieldPath(path, "value_name"), values[i].value_name(), kCapNameMax));
    GJALLAR_TRY(any_lines(FieldPath(path, "value"), values[i].value(), kCapValueMax));
  }
  return {};
}

core::Result<void> embedded_file(const FieldPath& path, const std::string& base64) {
  if (base64.size() > kCapFileBytesMax)
    return too_large(path, "The file is too large.", "Send its address instead.");
  if (decode_base64(base64)) return {};
  return invalid(path, "This is no base64.", "Encode the file as RFC 4648 says.");
}

core::Result<void> resource(const FieldPath& path, const v1::CapResource& value) {
  GJALLAR_TRY(one_line(FieldPath(path, "description"), value.description(), kCapShortMax));
  GJALLAR_TRY(one_line(FieldPath(path, "mime_type"), value.mime_type(), kCapMediaTypeMax));
  GJALLAR_TRY(address(FieldPath(path, "uri"), value.uri()));
  GJALLAR_TRY(embedded_file(FieldPath(path, "deref_uri"), value.deref_uri()));
  GJALLAR_TRY(one_line(FieldPath(path, "digest"), value.digest(), kCapMediaTypeMax));
  return extensions(path, value.extensions());
}

core::Result<void> area(const FieldPath& path, const v1::CapArea& value) {
  GJALLAR_TRY(one_line(FieldPath(path, "area_desc"), value.area_desc(), kCapMediumMax));
  const auto shapes = [&path](std::string_view name, const Strings& texts, std::size_t max,
                              bool (*fits)(std::string_view), const char* advice) -> core::Result<void> {
    GJALLAR_TRY(check_count(FieldPath(path, name), texts.size(), kCapShapesMax));
    for (int i = 0; i < texts.size(); ++i)
      GJALLAR_TRY(data(FieldPath(path, name, i), texts[i], max, fits, advice));
    return {};
  };
  GJALLAR_TRY(shapes("polygons", value.polygons(), kCapPolygonMax, is_cap_polygon,
                     "Write at least four latitude,longitude pairs in WGS 84, the last as the first."));
  GJALLAR_TRY(shapes("circles", value.circles(), kCapShortMax, is_cap_circle,
                     "Write latitude,longitude in WGS 84 and a radius in kilometres."));
  GJALLAR_TRY(pairs(path, "geocodes", value.geocodes(), kCapAreasMax));
  GJALLAR_TRY(height(FieldPath(path, "altitude"), value.altitude()));
  GJALLAR_TRY(height(FieldPath(path, "ceiling"), value.ceiling()));
  return extensions(path, value.extensions());
}

core::Result<void> words(const FieldPath& parent, std::string_view name, const Strings& texts, int max_count,
                         std::size_t max) {
  GJALLAR_TRY(check_count(FieldPath(parent, name), texts.size(), max_count));
  for (int i = 0; i < texts.size(); ++i)
    GJALLAR_TRY(one_line(FieldPath(parent, name, i), texts[i], max));
  return {};
}

/// Words of one of CAP's lists.
core::Result<void> listed(const FieldPath& parent, std::string_view name, const Strings& texts,
                          bool (*fits)(std::string_view), const char* advice) {
  GJALLAR_TRY(check_count(FieldPath(parent, name), texts.size(), kCapCodesMax));
  for (int i = 0; i < texts.size(); ++i) {
    if (!fits(texts[i]))
      return invalid(FieldPath(parent, name, i), "This is no word of CAP 1.2's list.", advice);
  }
  return {};
}

/// Parameters of others: what a broker writes by itself would come out twice.
core::Result<void> parameters(const FieldPath& parent, const Pairs& values) {
  GJALLAR_TRY(pairs(parent, "parameters", values, kCapPairsMax));
  for (int i = 0; i < values.size(); ++i) {
    if (!is_written_parameter(values[i].value_name())) continue;
    return invalid(FieldPath(FieldPath(parent, "parameters", i), "value_name"),
                   "The broker writes this parameter itself.",
                   "Set the field of the alert that it stands for, or leave it out.");
  }
  return {};
}

core::Result<void> info(const FieldPath& path, const v1::CapInfo& value) {
  GJALLAR_TRY(one_line(FieldPath(path, "language"), value.language(), kCapNameMax));
  GJALLAR_TRY(
      listed(path, "categories", value.categories(), is_cap_category,
             "Geo, Met, Safety, Security, Rescue, Fire, Health, Env, Transport, Infra, CBRNE, Other."));
  GJALLAR_TRY(one_line(FieldPath(path, "event"), value.event(), core::limits::kHeadlineLengthMax));
  GJALLAR_TRY(listed(path, "response_types", value.response_types(), is_cap_response_type,
                     "Shelter, Evacuate, Prepare, Execute, Avoid, Monitor, Assess, AllClear, None."));
  GJALLAR_TRY(one_line(FieldPath(path, "audience"), value.audience(), kCapMediumMax));
  GJALLAR_TRY(pairs(path, "event_codes", value.event_codes(), kCapCodesMax));
  if (value.has_effective()) GJALLAR_TRY(check_time(FieldPath(path, "effective"), value.effective()));
  GJALLAR_TRY(one_line(FieldPath(path, "sender_name"), value.sender_name(), kCapShortMax));
  GJALLAR_TRY(address(FieldPath(path, "web"), value.web()));
  GJALLAR_TRY(one_line(FieldPath(path, "contact"), value.contact(), kCapMediumMax));
  GJALLAR_TRY(parameters(path, value.parameters()));
  GJALLAR_TRY(check_count(FieldPath(path, "resources"), value.resources_size(), kCapResourcesMax));
  for (int i = 0; i < value.resources_size(); ++i)
    GJALLAR_TRY(resource(FieldPath(path, "resources", i), value.resources(i)));
  GJALLAR_TRY(check_count(FieldPath(path, "areas"), value.areas_size(), kCapAreasMax));
  for (int i = 0; i < value.areas_size(); ++i)
    GJALLAR_TRY(area(FieldPath(path, "areas", i), value.areas(i)));
  return extensions(path, value.extensions());
}

}  // namespace

core::Result<void> check_cap_signature(const FieldPath& path, const v1::CapSignature& signature) {
  if (!v1::CapSignatureState_IsValid(signature.state()))
    return invalid(path, "This is no state of a signature.", "Leave it out.");
  return one_line(path, signature.certificate_subject(), kCapMessageMax);
}

core::Result<void> check_cap(const FieldPath& path, const v1::CapDetails& cap) {
  GJALLAR_TRY(one_line(FieldPath(path, "source"), cap.source(), kCapShortMax));
  GJALLAR_TRY(any_lines(FieldPath(path, "restriction"), cap.restriction(), kCapMediumMax));
  GJALLAR_TRY(words(path, "codes", cap.codes(), kCapCodesMax, kCapShortMax));
  GJALLAR_TRY(any_lines(FieldPath(path, "note"), cap.note(), kCapValueMax));
  GJALLAR_TRY(one_line(FieldPath(path, "incidents"), cap.incidents(), kCapMediumMax));
  GJALLAR_TRY(check_count(FieldPath(path, "infos"), cap.infos_size(), core::limits::kTextBlocksMax));
  for (int i = 0; i < cap.infos_size(); ++i)
    GJALLAR_TRY(info(FieldPath(path, "infos", i), cap.infos(i)));
  GJALLAR_TRY(extensions(path, cap.extensions()));
  if (cap.has_signature()) GJALLAR_TRY(check_cap_signature(FieldPath(path, "signature"), cap.signature()));
  GJALLAR_TRY(check_count(FieldPath(path, "messages"), cap.messages_size(), core::limits::kCapMessagesMax));
  for (int i = 0; i < cap.messages_size(); ++i)
    GJALLAR_TRY(check_cap_reference(FieldPath(path, "messages", i), cap.messages(i)));
  return {};
}

}  // namespace gjallar::admission
