// Alerts and commands for tests: valid as they are; a test changes what it is about.
#pragma once

#include <string>
#include <vector>

#include "gjallar/v1/command.pb.h"

namespace gjallar::testing {

/// A grade of this level; certainty Likely.
[[nodiscard]] v1::Grade sample_grade(v1::GradeLevel level);
/// One group of these areas and roles (none: no group at all), and the named services.
[[nodiscard]] v1::Audience sample_audience(const std::vector<std::string>& areas,
                                           const std::vector<std::string>& roles,
                                           const std::vector<std::string>& services = {});
/// An actual high-potency alert about heroin in one Swedish text; no expiry set.
[[nodiscard]] v1::AlertContent sample_content(const std::vector<std::string>& areas = {"SE-01"},
                                              const std::vector<std::string>& roles = {"syringe-exchange"},
                                              v1::GradeLevel level = v1::GRADE_LEVEL_URGENT);

[[nodiscard]] v1::Command issue_command(const v1::AlertContent& content = sample_content());
/// An empty mask takes over the whole content.
[[nodiscard]] v1::Command revise_command(const std::string& alert_id, const v1::AlertContent& content,
                                         const std::vector<std::string>& update_mask = {},
                                         std::uint64_t expected_version = 0);
[[nodiscard]] v1::Command grade_command(const std::string& alert_id, v1::GradeLevel level,
                                        std::uint64_t expected_version = 0);
[[nodiscard]] v1::Command widen_command(const std::string& alert_id, const v1::Audience& audience,
                                        std::uint64_t expected_version = 0);
[[nodiscard]] v1::Command retract_command(const std::string& alert_id,
                                          const std::string& reason = "Analysed again.",
                                          std::uint64_t expected_version = 0);
[[nodiscard]] v1::Command expire_command(const std::string& alert_id);
[[nodiscard]] v1::Command observe_command(const std::string& alert_id, const std::string& area,
                                          std::uint64_t count = 1);
/// A report for acute harm, seen ten minutes before a ManualClock starts.
[[nodiscard]] v1::Command report_command(v1::AlertKind kind = v1::ALERT_KIND_ADULTERATION,
                                         const std::string& subject = "tramadol",
                                         v1::Certainty certainty = v1::CERTAINTY_LIKELY,
                                         const std::string& area = "SE-1280");
[[nodiscard]] v1::Command conclude_command(const std::string& alert_id, v1::ReportOutcome outcome,
                                           const std::string& superseded_by = {},
                                           std::uint64_t expected_version = 0);
[[nodiscard]] v1::Command ask_expiry_command(const std::string& alert_id);
/// All services by the same way.
[[nodiscard]] v1::Command escalate_command(const std::string& alert_id, std::uint64_t version,
                                           v1::EscalationStep step, const std::vector<std::string>& services,
                                           v1::EscalationWay way = v1::ESCALATION_WAY_SERVICE);
[[nodiscard]] v1::Command report_escalation_command(const std::string& alert_id, std::uint64_t version,
                                                    v1::EscalationStep step, const std::string& service,
                                                    v1::EscalationOutcome outcome);

}  // namespace gjallar::testing
