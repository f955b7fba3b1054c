#pragma once

#include <google/protobuf/repeated_field.h>
#include <google/protobuf/timestamp.pb.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "broker/admission/field_path.h"
#include "broker/core/result.h"
#include "broker/domain/role.h"
#include "gjallar/v1/alert.pb.h"
#include "gjallar/v1/command.pb.h"
#include "gjallar/v1/directory.pb.h"

/// The small checks that commands are validated by. Pure. Each error names the field and never holds what was
/// sent.
namespace gjallar::admission {

[[nodiscard]] core::Error missing(const FieldPath& path, std::string advice);
[[nodiscard]] core::Error invalid(const FieldPath& path, std::string message, std::string advice);
[[nodiscard]] core::Error too_large(const FieldPath& path, std::string message, std::string advice);

enum class Presence { kRequired, kOptional };
enum class Lines { kOne, kMany };

/// Free text: UTF-8, no control characters (line breaks and tabs with Lines::kMany), at most `max` code
/// points, not blank if required. What it says is for the privacy gate.
[[nodiscard]] core::Result<void> check_free_text(const FieldPath& path, std::string_view text,
                                                 std::size_t max, Presence presence, Lines lines);
/// A lot or a marking: one line of letters, digits, spaces and a few signs.
[[nodiscard]] core::Result<void> check_mark(const FieldPath& path, std::string_view text, std::size_t max);
/// At most `max` items.
[[nodiscard]] core::Result<void> check_count(const FieldPath& path, int count, int max);
/// Between the years 1 and 9999.
[[nodiscard]] core::Result<void> check_time(const FieldPath& path, const google::protobuf::Timestamp& time);
/// All three parts set and known.
[[nodiscard]] core::Result<void> check_grade(const FieldPath& path, const gjallar::v1::Grade& grade);
/// A level or unset.
[[nodiscard]] core::Result<void> check_minimum_grade(const FieldPath& path, gjallar::v1::GradeLevel level);
/// Finite, not negative, a known unit.
[[nodiscard]] core::Result<void> check_quantity(const FieldPath& path, const gjallar::v1::Quantity& quantity);
/// One of the forms of Substance.form, or empty.
[[nodiscard]] core::Result<void> check_form(const FieldPath& path, std::string_view form);
/// Lower-case letters, digits and single hyphens; 3 to 64 characters.
[[nodiscard]] core::Result<void> check_service_id(const FieldPath& path, std::string_view id);
/// An alert's id or reference by its form.
[[nodiscard]] core::Result<void> check_alert_id(const FieldPath& path, std::string_view id);
/// A CAP message's "sender,identifier,sent" by its form.
[[nodiscard]] core::Result<void> check_cap_reference(const FieldPath& path, std::string_view reference);
using Strings = google::protobuf::RepeatedPtrField<std::string>;
/// Areas in force, at most kAreasPerGroupMax. `parent` has them as `areas`.
[[nodiscard]] core::Result<void> check_areas(const FieldPath& parent, const Strings& areas);
/// Roles of the catalogue, at most kRolesPerGroupMax. `parent` has them as `roles`.
[[nodiscard]] core::Result<void> check_roles(const FieldPath& parent, const Strings& roles,
                                             const domain::RoleCatalogue& catalogue);
/// Groups with areas and known roles, or named services. `path` is the audience's.
[[nodiscard]] core::Result<void> check_audience(const FieldPath& path, const gjallar::v1::Audience& audience,
                                                const domain::RoleCatalogue& roles);
/// What of an alert's content must be there; what is there must be right in any case.
struct ContentNeeds {
  bool issue = false;     ///< status, kind and grade must be there
  bool texts = false;     ///< at least one text must be there
  bool audience = false;  ///< somebody must be addressed
};
[[nodiscard]] core::Result<void> check_content(const FieldPath& path,
                                               const gjallar::v1::AlertContent& content,
                                               const ContentNeeds& needs, const domain::RoleCatalogue& roles);
/// A count of overdoses: a municipality in force, a period of at most 24 hours in the last 400 days.
[[nodiscard]] core::Result<void> check_overdoses(const FieldPath& path,
                                                 const gjallar::v1::CountOverdoses& count);
/// The four reasons why something is dangerous, each at most once. `path` has them as `danger_criteria`.
[[nodiscard]] core::Result<void> check_criteria(const FieldPath& path,
                                                const gjallar::v1::AlertContent& content);
/// An escalation by its form: a version, a step, and whom to call how.
[[nodiscard]] core::Result<void> check_escalate(const gjallar::v1::EscalateAlert& escalate);
/// The outcome of a call by its form.
[[nodiscard]] core::Result<void> check_report_escalation(const gjallar::v1::ReportEscalation& report);
/// A service as it is to be registered.
[[nodiscard]] core::Result<void> check_service(const FieldPath& path, const gjallar::v1::Service& service,
                                               const domain::RoleCatalogue& roles);
/// INVALID_ARGUMENT if a new service would have an id that is a path of the HTTP interface.
[[nodiscard]] core::Result<void> check_not_reserved(const FieldPath& path,
                                                    const gjallar::v1::Service& service);

}  // namespace gjallar::admission
