#pragma once

#include <string_view>

#include "broker/core/result.h"
#include "gjallar/v1/command.pb.h"

/// From the six fields of a report to the alert that it is. Pure.
namespace gjallar::domain {

/// The grade of a report whose reporter gave none. Severity: Severe for acute harm, or where two criteria or
/// more are met; else Moderate; Minor if it is unlikely. Urgency follows from the certainty.
///
/// | certainty | urgency | one criterion | acute harm, or two |
/// |---|---|---|---|
/// | observed | immediate | moderate: warning | severe: urgent |
/// | likely | expected | moderate: warning | severe: urgent |
/// | possible | future | moderate: information | severe: warning |
/// | unlikely | future | minor: information | minor: information |
/// | unknown | unknown | moderate: information | severe: warning |
[[nodiscard]] gjallar::v1::Grade report_grade(const gjallar::v1::ReportAlert& report);

/// The content of the alert that a report makes. Its audience is the coordinators whose areas meet the
/// report's. What `details` says goes before what is derived: status (actual), texts (one, in English; a text
/// of `details` with its language alone is filled in), substances, findings, grade, shortage. The expiry is
/// left to issuing.
[[nodiscard]] gjallar::v1::AlertContent report_content(const gjallar::v1::ReportAlert& report);

/// A report goes to the coordinators and to nobody else: each group names their role alone, and no service is
/// named. INVALID_ARGUMENT, under `path`, the audience's in the request.
[[nodiscard]] core::Result<void> check_report_audience(const gjallar::v1::Audience& audience,
                                                       std::string_view path);

}  // namespace gjallar::domain
