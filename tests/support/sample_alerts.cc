#include "tests/support/sample_alerts.h"

namespace gjallar::testing {

v1::Grade sample_grade(v1::GradeLevel level) {
  v1::Grade grade;
  grade.set_urgency(level == v1::GRADE_LEVEL_URGENT ? v1::URGENCY_IMMEDIATE : v1::URGENCY_FUTURE);
  grade.set_severity(level == v1::GRADE_LEVEL_INFORMATION ? v1::SEVERITY_MINOR : v1::SEVERITY_SEVERE);
  grade.set_certainty(v1::CERTAINTY_LIKELY);
  return grade;
}

v1::Audience sample_audience(const std::vector<std::string>& areas, const std::vector<std::string>& roles,
                             const std::vector<std::string>& services) {
  v1::Audience audience;
  if (!areas.empty() || !roles.empty()) {
    v1::AudienceGroup* const group = audience.add_groups();
    for (const std::string& area : areas)
      group->add_areas(area);
    for (const std::string& role : roles)
      group->add_roles(role);
  }
  for (const std::string& service : services)
    audience.add_services(service);
  return audience;
}

v1::AlertContent sample_content(const std::vector<std::string>& areas, const std::vector<std::string>& roles,
                                v1::GradeLevel level) {
  v1::AlertContent content;
  content.set_status(v1::STATUS_ACTUAL);
  content.set_kind(v1::ALERT_KIND_HIGH_POTENCY);
  v1::TextBlock* const text = content.add_texts();
  text->set_language("sv");
  text->set_headline("Heroin med ovanligt hög renhet");
  text->set_description("Ett parti heroin med hög renhet har påträffats.");
  text->set_instruction("Ha naloxon till hands.");
  v1::Substance* const substance = content.add_substances();
  substance->set_name("heroin");
  substance->set_cas_number("561-27-3");
  substance->set_form("powder");
  substance->set_identification(v1::IDENTIFICATION_PRESUMPTIVE);
  *content.mutable_audience() = sample_audience(areas, roles);
  *content.mutable_grade() = sample_grade(level);
  return content;
}

v1::Command issue_command(const v1::AlertContent& content) {
  v1::Command command;
  *command.mutable_issue()->mutable_content() = content;
  return command;
}

v1::Command revise_command(const std::string& alert_id, const v1::AlertContent& content,
                           const std::vector<std::string>& update_mask, std::uint64_t expected_version) {
  v1::Command command;
  v1::ReviseAlert* const revise = command.mutable_revise();
  revise->set_alert_id(alert_id);
  revise->set_expected_version(expected_version);
  *revise->mutable_content() = content;
  for (const std::string& path : update_mask)
    revise->mutable_update_mask()->add_paths(path);
  return command;
}

v1::Command grade_command(const std::string& alert_id, v1::GradeLevel level, std::uint64_t expected_version) {
  v1::Command command;
  v1::GradeAlert* const grade = command.mutable_grade();
  grade->set_alert_id(alert_id);
  grade->set_expected_version(expected_version);
  *grade->mutable_grade() = sample_grade(level);
  grade->set_reason("The panel has met.");
  return command;
}

v1::Command widen_command(const std::string& alert_id, const v1::Audience& audience,
                          std::uint64_t expected_version) {
  v1::Command command;
  v1::WidenAlert* const widen = command.mutable_widen();
  widen->set_alert_id(alert_id);
  widen->set_expected_version(expected_version);
  *widen->mutable_audience() = audience;
  return command;
}

v1::Command retract_command(const std::string& alert_id, const std::string& reason,
                            std::uint64_t expected_version) {
  v1::Command command;
  v1::RetractAlert* const retract = command.mutable_retract();
  retract->set_alert_id(alert_id);
  retract->set_expected_version(expected_version);
  retract->set_reason(reason);
  return command;
}

v1::Command expire_command(const std::string& alert_id) {
  v1::Command command;
  command.mutable_expire()->set_alert_id(alert_id);
  return command;
}

v1::Command observe_command(const std::string& alert_id, const std::string& area, std::uint64_t count) {
  v1::Command command;
  v1::ObserveAlert* const observe = command.mutable_observe();
  observe->set_alert_id(alert_id);
  observe->set_area(area);
  observe->set_count(count);
  return command;
}

v1::Command report_command(v1::AlertKind kind, const std::string& subject, v1::Certainty certainty,
                           const std::string& area) {
  v1::Command command;
  v1::ReportAlert* const report = command.mutable_report();
  report->set_kind(kind);
  report->set_subject(subject);
  report->add_danger_criteria(v1::DANGER_CRITERION_ACUTE_HARM);
  report->set_area(area);
  report->mutable_seen_at()->set_seconds(1'767'225'000);  // ten minutes before a ManualClock starts
  report->set_certainty(certainty);
  return command;
}

v1::Command conclude_command(const std::string& alert_id, v1::ReportOutcome outcome,
                             const std::string& superseded_by, std::uint64_t expected_version) {
  v1::Command command;
  v1::ConcludeReport* const conclude = command.mutable_conclude();
  conclude->set_alert_id(alert_id);
  conclude->set_outcome(outcome);
  conclude->set_reason("The panel has met.");
  conclude->set_superseded_by(superseded_by);
  conclude->set_expected_version(expected_version);
  return command;
}

v1::Command ask_expiry_command(const std::string& alert_id) {
  v1::Command command;
  command.mutable_ask_expiry()->set_alert_id(alert_id);
  return command;
}

v1::Command escalate_command(const std::string& alert_id, std::uint64_t version, v1::EscalationStep step,
                             const std::vector<std::string>& services, v1::EscalationWay way) {
  v1::Command command;
  v1::EscalateAlert& escalate = *command.mutable_escalate();
  escalate.set_alert_id(alert_id);
  escalate.set_version(version);
  escalate.set_step(step);
  for (const std::string& service : services) {
    v1::EscalatedService& called = *escalate.add_services();
    called.set_service_id(service);
    called.set_way(way);
  }
  return command;
}

v1::Command report_escalation_command(const std::string& alert_id, std::uint64_t version,
                                      v1::EscalationStep step, const std::string& service,
                                      v1::EscalationOutcome outcome) {
  v1::Command command;
  v1::ReportEscalation& report = *command.mutable_report_escalation();
  report.set_alert_id(alert_id);
  report.set_version(version);
  report.set_step(step);
  report.set_service_id(service);
  report.set_outcome(outcome);
  return command;
}

}  // namespace gjallar::testing
