#pragma once

#include "gjallar/v1/alert.pb.h"

namespace gjallar::domain {

/// The level that a grade stands for. Urgent (brådskande): urgency Immediate or Expected with severity
/// Extreme or Severe. Warning: Extreme or Severe otherwise, except urgency Past; or Moderate with urgency
/// Immediate or Expected. Else information.
[[nodiscard]] gjallar::v1::GradeLevel level_of(const gjallar::v1::Grade& grade) noexcept;
[[nodiscard]] inline bool is_urgent(gjallar::v1::GradeLevel level) noexcept {
  return level == gjallar::v1::GRADE_LEVEL_URGENT;
}
/// The grade that counts: the assessed one if there is one, else the sender's.
[[nodiscard]] const gjallar::v1::Grade& effective_grade(const gjallar::v1::Alert& alert) noexcept;

}  // namespace gjallar::domain
