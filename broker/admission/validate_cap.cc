#include "broker/admission/validate_cap.h"

#include <algorithm>
#include <string>

#include "broker/admission/checks.h"
#include "broker/admission/privacy_gate.h"
#include "broker/admission/utf8.h"
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
constexpr std::size_t kCapFileBytesMax = 64 * 1024;
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

/// Coordinates and file names are data; their form is the reader's business.
core::Result<void> data(const FieldPath& path, const std::string& text, std::size_t max) {
  if (text.size() > max)
    return too_large(path, "The value is too long.", "Send at most " + std::to_string(max) + " bytes.");
  if (std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7f; })) return {};
  return invalid(path, "The value holds more than printable ASCII characters.", "Send numbers alone.");
}

/// Canonical XML: the gate reads it as it is, and here what is left without the tags.
core::Result<void> extensions(const FieldPath& parent, const Strings& texts) {
  GJALLAR_TRY(check_count(FieldPath(parent, "extensions"), texts.size(), kCapExtensionsMax));
  for (int i = 0; i < texts.size(); ++i) {
    const FieldPath path(parent, "extensions", i);
    GJALLAR_TRY(any_lines(path, texts[i], kCapValueMax));
    std::string joined;
    bool in_tag = false;
    for (const char c : texts[i]) {
      if (c == '<') in_tag = true;
      if (!in_tag) joined += c;
      if (c == '>') in_tag = false;
    }
    GJALLAR_TRY(check_text(path.text(), joined));
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

/// A file in base64 is read if it is a text; a picture can't be.
core::Result<void> embedded_file(const FieldPath& path, const std::string& base64) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (base64.size() > kCapFileBytesMax)
    return too_large(path, "The file is too large.", "Send its address instead.");
  std::string bytes;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : base64) {
    if (c == '=' || c == ' ' || c == '\n' || c == '\r' || c == '\t') continue;
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos)
      return invalid(path, "This is no base64.", "Encode the file as RFC 4648 says.");
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>((bits >> held) & 0xFFU);
  }
  if (!decode_utf8(bytes)) return {};
  return check_text(path.text(), bytes);
}

core::Result<void> resource(const FieldPath& path, const v1::CapResource& value) {
  GJALLAR_TRY(one_line(FieldPath(path, "description"), value.description(), kCapShortMax));
  GJALLAR_TRY(one_line(FieldPath(path, "mime_type"), value.mime_type(), kCapMediaTypeMax));
  GJALLAR_TRY(one_line(FieldPath(path, "uri"), value.uri(), kCapUriMax));
  GJALLAR_TRY(embedded_file(FieldPath(path, "deref_uri"), value.deref_uri()));
  GJALLAR_TRY(one_line(FieldPath(path, "digest"), value.digest(), kCapMediaTypeMax));
  return extensions(path, value.extensions());
}

core::Result<void> area(const FieldPath& path, const v1::CapArea& value) {
  GJALLAR_TRY(one_line(FieldPath(path, "area_desc"), value.area_desc(), kCapMediumMax));
  const auto shapes = [&path](std::string_view name, const Strings& texts,
                              std::size_t max) -> core::Result<void> {
    GJALLAR_TRY(check_count(FieldPath(path, name), texts.size(), kCapShapesMax));
    for (int i = 0; i < texts.size(); ++i)
      GJALLAR_TRY(data(FieldPath(path, name, i), texts[i], max));
    return {};
  };
  GJALLAR_TRY(shapes("polygons", value.polygons(), kCapPolygonMax));
  GJALLAR_TRY(shapes("circles", value.circles(), kCapShortMax));
  GJALLAR_TRY(pairs(path, "geocodes", value.geocodes(), kCapAreasMax));
  GJALLAR_TRY(data(FieldPath(path, "altitude"), value.altitude(), kCapHeightMax));
  GJALLAR_TRY(data(FieldPath(path, "ceiling"), value.ceiling(), kCapHeightMax));
  return extensions(path, value.extensions());
}

core::Result<void> words(const FieldPath& parent, std::string_view name, const Strings& texts, int max_count,
                         std::size_t max) {
  GJALLAR_TRY(check_count(FieldPath(parent, name), texts.size(), max_count));
  for (int i = 0; i < texts.size(); ++i)
    GJALLAR_TRY(one_line(FieldPath(parent, name, i), texts[i], max));
  return {};
}

core::Result<void> info(const FieldPath& path, const v1::CapInfo& value) {
  GJALLAR_TRY(one_line(FieldPath(path, "language"), value.language(), kCapNameMax));
  GJALLAR_TRY(words(path, "categories", value.categories(), kCapCodesMax, kCapNameMax));
  GJALLAR_TRY(one_line(FieldPath(path, "event"), value.event(), core::limits::kHeadlineLengthMax));
  GJALLAR_TRY(words(path, "response_types", value.response_types(), kCapCodesMax, kCapNameMax));
  GJALLAR_TRY(one_line(FieldPath(path, "audience"), value.audience(), kCapMediumMax));
  GJALLAR_TRY(pairs(path, "event_codes", value.event_codes(), kCapCodesMax));
  if (value.has_effective()) GJALLAR_TRY(check_time(FieldPath(path, "effective"), value.effective()));
  GJALLAR_TRY(one_line(FieldPath(path, "sender_name"), value.sender_name(), kCapShortMax));
  GJALLAR_TRY(one_line(FieldPath(path, "web"), value.web(), kCapUriMax));
  GJALLAR_TRY(one_line(FieldPath(path, "contact"), value.contact(), kCapMediumMax));
  GJALLAR_TRY(pairs(path, "parameters", value.parameters(), kCapPairsMax));
  GJALLAR_TRY(check_count(FieldPath(path, "resources"), value.resources_size(), kCapResourcesMax));
  for (int i = 0; i < value.resources_size(); ++i)
    GJALLAR_TRY(resource(FieldPath(path, "resources", i), value.resources(i)));
  GJALLAR_TRY(check_count(FieldPath(path, "areas"), value.areas_size(), kCapAreasMax));
  for (int i = 0; i < value.areas_size(); ++i)
    GJALLAR_TRY(area(FieldPath(path, "areas", i), value.areas(i)));
  return extensions(path, value.extensions());
}

}  // namespace

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
  if (!v1::CapSignatureState_IsValid(cap.signature().state()))
    return invalid(FieldPath(path, "signature"), "This is no state of a signature.", "Leave it out.");
  GJALLAR_TRY(one_line(FieldPath(path, "signature"), cap.signature().certificate_subject(), kCapMessageMax));
  GJALLAR_TRY(check_count(FieldPath(path, "messages"), cap.messages_size(), core::limits::kCapMessagesMax));
  for (int i = 0; i < cap.messages_size(); ++i)
    GJALLAR_TRY(check_cap_reference(FieldPath(path, "messages", i), cap.messages(i)));
  return {};
}

}  // namespace gjallar::admission
