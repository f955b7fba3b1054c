#include "broker/domain/grade.h"

namespace gjallar::domain {

v1::GradeLevel level_of(const v1::Grade& grade) noexcept {
  const bool grave = grade.severity() == v1::SEVERITY_EXTREME || grade.severity() == v1::SEVERITY_SEVERE;
  const bool soon = grade.urgency() == v1::URGENCY_IMMEDIATE || grade.urgency() == v1::URGENCY_EXPECTED;
  if (grave && soon) return v1::GRADE_LEVEL_URGENT;
  if (grave && grade.urgency() != v1::URGENCY_PAST) return v1::GRADE_LEVEL_WARNING;
  if (soon && grade.severity() == v1::SEVERITY_MODERATE) return v1::GRADE_LEVEL_WARNING;
  return v1::GRADE_LEVEL_INFORMATION;
}

const v1::Grade& effective_grade(const v1::Alert& alert) noexcept {
  return alert.has_assessed_grade() ? alert.assessed_grade() : alert.content().grade();
}

}  // namespace gjallar::domain
