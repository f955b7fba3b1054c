#include "broker/admission/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "broker/admission/normal_text.h"
#include "broker/admission/utf8.h"
#include "broker/core/identity.h"
#include "broker/core/limits.h"
#include "broker/domain/area.h"

namespace gjallar::admission {
namespace {

namespace limits = core::limits;

/// Control characters, and those that change the direction of what is shown after them.
bool is_control(char32_t c, Lines lines) {
  if (c >= 0x20 && c < 0x7f) return false;
  if (lines == Lines::kMany && (c == U'\n' || c == U'\t' || c == U'\r')) return false;
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

bool is_blank(std::u32string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char32_t c) { return c == U' ' || c == U'\n' || c == U'\t' || c == 0xa0; });
}

core::Result<std::u32string> well_formed(const FieldPath& path, std::string_view text, std::size_t max,
                                         Lines lines) {
  auto points = decode_utf8(text);
  if (!points) return invalid(path, "The text isn't UTF-8.", "Send it in UTF-8.");
  if (std::any_of(points->begin(), points->end(), [lines](char32_t c) { return is_control(c, lines); })) {
    return invalid(path, "The text holds control characters.",
                   lines == Lines::kOne ? "Write it on one line of plain text."
                                        : "Use plain text and line breaks only.");
  }
  if (points->size() > max) {
    return too_large(path, fmt::format("The text has {} characters.", points->size()),
                     fmt::format("Shorten it to at most {}.", max));
  }
  return std::move(*points);
}

template <std::size_t Size>
bool is_one_of(std::string_view text, const std::array<std::string_view, Size>& known) {
  return std::find(known.begin(), known.end(), text) != known.end();
}

}  // namespace

core::Error missing(const FieldPath& path, std::string advice) {
  return core::make_error(v1::ERROR_CODE_MISSING_FIELD, path.text(), "A required field is missing.",
                          std::move(advice));
}

core::Error invalid(const FieldPath& path, std::string message, std::string advice) {
  return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, path.text(), std::move(message),
                          std::move(advice));
}

core::Error too_large(const FieldPath& path, std::string message, std::string advice) {
  return core::make_error(v1::ERROR_CODE_TOO_LARGE, path.text(), std::move(message), std::move(advice));
}

core::Result<void> check_free_text(const FieldPath& path, std::string_view text, std::size_t max,
                                   Presence presence, Lines lines) {
  const auto points = well_formed(path, text, max, lines);
  if (!points) return points.error();
  if (presence == Presence::kRequired && is_blank(points.value())) return missing(path, "Write a text.");
  return {};
}

core::Result<void> check_mark(const FieldPath& path, std::string_view text, std::size_t max) {
  const auto points = well_formed(path, text, max, Lines::kOne);
  if (!points) return points.error();
  static constexpr std::u32string_view kSigns = U" -/._+,:#'()&%";
  const auto fits = [](char32_t c) {
    return is_digit(c) || is_letter(c) || kSigns.find(c) != std::u32string_view::npos;
  };
  if (std::all_of(points->begin(), points->end(), fits)) return {};
  return invalid(path, "The field holds a character that no lot or marking has.",
                 "Use letters, digits, spaces and - / . _ + , : # ' ( ) & %.");
}

core::Result<void> check_count(const FieldPath& path, int count, int max) {
  if (count <= max) return {};
  return too_large(path, fmt::format("There are {} of them.", count), fmt::format("Send at most {}.", max));
}

core::Result<void> check_time(const FieldPath& path, const google::protobuf::Timestamp& time) {
  constexpr std::int64_t kYear1 = -62'135'596'800;
  constexpr std::int64_t kYear10000 = 253'402'300'800;
  if (time.seconds() >= kYear1 && time.seconds() < kYear10000 && time.nanos() >= 0 &&
      time.nanos() < 1'000'000'000)
    return {};
  return invalid(path, "This is no time between the years 1 and 9999.", "Send it as in RFC 3339.");
}

core::Result<void> check_grade(const FieldPath& path, const v1::Grade& grade) {
  if (grade.urgency() == v1::URGENCY_UNSPECIFIED)
    return missing(FieldPath(path, "urgency"), "Set the CAP urgency.");
  if (grade.severity() == v1::SEVERITY_UNSPECIFIED)
    return missing(FieldPath(path, "severity"), "Set the CAP severity.");
  if (grade.certainty() == v1::CERTAINTY_UNSPECIFIED)
    return missing(FieldPath(path, "certainty"), "Set the CAP certainty.");
  const std::string advice = "Use one of the values of CAP 1.2.";
  if (!v1::Urgency_IsValid(grade.urgency()))
    return invalid(FieldPath(path, "urgency"), "This is no urgency.", advice);
  if (!v1::Severity_IsValid(grade.severity()))
    return invalid(FieldPath(path, "severity"), "This is no severity.", advice);
  if (!v1::Certainty_IsValid(grade.certainty()))
    return invalid(FieldPath(path, "certainty"), "This is no certainty.", advice);
  return {};
}

core::Result<void> check_minimum_grade(const FieldPath& path, v1::GradeLevel level) {
  if (v1::GradeLevel_IsValid(level)) return {};
  return invalid(path, "This is no level of grade.", "Use information, warning, urgent, or leave it out.");
}

core::Result<void> check_quantity(const FieldPath& path, const v1::Quantity& quantity) {
  static constexpr std::array<std::string_view, 12> kUnits{
      "mg", "g", "kg", "ml", "tablet", "capsule", "bag", "vial", "mg/tablet", "mg/g", "mg/ml", "%"};
  if (!std::isfinite(quantity.value()) || quantity.value() < 0) {
    return invalid(FieldPath(path, "value"), "The number isn't finite or is negative.",
                   "Send a number of at least 0.");
  }
  if (quantity.unit().empty()) return missing(FieldPath(path, "unit"), "Say which unit the number is in.");
  if (!is_one_of(quantity.unit(), kUnits)) {
    return invalid(FieldPath(path, "unit"), "The unit isn't known.",
                   fmt::format("Use one of {}.", fmt::join(kUnits, ", ")));
  }
  if (quantity.unit() == "%" && quantity.value() > 100) {
    return invalid(FieldPath(path, "value"), "This is more than the whole.", "Send at most 100 %.");
  }
  return {};
}

core::Result<void> check_form(const FieldPath& path, std::string_view form) {
  static constexpr std::array<std::string_view, 10> kForms{"tablet",   "powder",  "crystal", "liquid",
                                                           "plant",    "blotter", "capsule", "nasal-spray",
                                                           "medicine", "other"};
  if (form.empty() || is_one_of(form, kForms)) return {};
  return invalid(path, "The form isn't known.", fmt::format("Use one of {}.", fmt::join(kForms, ", ")));
}

core::Result<void> check_service_id(const FieldPath& path, std::string_view id) {
  if (id.empty()) return missing(path, "Name the service by its id.");
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  const bool ends = id.front() == '-' || id.back() == '-' || id.find("--") != std::string_view::npos;
  if (id.size() < 3 || id.size() > limits::kServiceIdLengthMax || ends ||
      !std::all_of(id.begin(), id.end(), allowed)) {
    return invalid(path, "This is no service id.",
                   "Use 3 to 64 lower-case letters, digits and single hyphens.");
  }
  return check_free_text(path, id, limits::kServiceIdLengthMax, Presence::kRequired, Lines::kOne);
}

core::Result<void> check_alert_id(const FieldPath& path, std::string_view id) {
  if (id.empty()) return missing(path, "Name the alert by its id or its reference.");
  if (core::is_uuid(id) || core::canonical_reference(id)) return {};
  return invalid(path, "This is neither an alert's id nor a reference.",
                 "Check it for typing errors: the last character of a reference is a check over the others.");
}

core::Result<void> check_areas(const FieldPath& parent, const Strings& areas) {
  GJALLAR_TRY(check_count(FieldPath(parent, "areas"), areas.size(), limits::kAreasPerGroupMax));
  for (int i = 0; i < areas.size(); ++i) {
    const domain::Area* const area = domain::find_area(areas[i]);
    if (area != nullptr && area->ended_with.empty()) continue;
    GJALLAR_TRY(domain::check_area(areas[i], FieldPath(parent, "areas", i).text()));
  }
  return {};
}

core::Result<void> check_roles(const FieldPath& parent, const Strings& roles,
                               const domain::RoleCatalogue& catalogue) {
  GJALLAR_TRY(check_count(FieldPath(parent, "roles"), roles.size(), limits::kRolesPerGroupMax));
  for (int i = 0; i < roles.size(); ++i) {
    if (!catalogue.knows(roles[i]))
      GJALLAR_TRY(catalogue.check(roles[i], FieldPath(parent, "roles", i).text()));
  }
  return {};
}

core::Result<void> check_audience(const FieldPath& path, const v1::Audience& audience,
                                  const domain::RoleCatalogue& roles) {
  GJALLAR_TRY(check_count(FieldPath(path, "groups"), audience.groups_size(), limits::kAudienceGroupsMax));
  GJALLAR_TRY(check_count(FieldPath(path, "services"), audience.services_size(), limits::kNamedServicesMax));
  for (int i = 0; i < audience.groups_size(); ++i) {
    const FieldPath group(path, "groups", i);
    if (audience.groups(i).areas().empty()) {
      return core::make_error(v1::ERROR_CODE_EMPTY_AUDIENCE, FieldPath(group, "areas").text(),
                              "A group without an area reaches nobody.",
                              "Add at least one area; SE or NO is everywhere.");
    }
    GJALLAR_TRY(check_areas(group, audience.groups(i).areas()));
    GJALLAR_TRY(check_roles(group, audience.groups(i).roles(), roles));
    GJALLAR_TRY(check_minimum_grade(FieldPath(group, "minimum_grade"), audience.groups(i).minimum_grade()));
  }
  for (int i = 0; i < audience.services_size(); ++i) {
    GJALLAR_TRY(check_service_id(FieldPath(path, "services", i), audience.services(i)));
  }
  if (audience.groups().empty() && audience.services().empty()) {
    return core::make_error(v1::ERROR_CODE_EMPTY_AUDIENCE, path.text(), "The audience is empty.",
                            "Add a group with at least one area, or name a service.");
  }
  return {};
}

}  // namespace gjallar::admission
