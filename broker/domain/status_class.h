#pragma once

#include "gjallar/v1/alert.pb.h"

namespace gjallar::domain {

/// Statuses that may have to do with each other: an exercise never touches an actual alert, nor a test
/// either.
enum class StatusClass : std::uint8_t { kReal = 1, kExercise = 2, kTest = 3, kDraft = 4 };

/// Actual alerts, and messages about the network itself, are real; so is what has lost its status by
/// redaction.
[[nodiscard]] inline StatusClass status_class(gjallar::v1::Status status) noexcept {
  switch (status) {
    case gjallar::v1::STATUS_EXERCISE:
      return StatusClass::kExercise;
    case gjallar::v1::STATUS_TEST:
      return StatusClass::kTest;
    case gjallar::v1::STATUS_DRAFT:
      return StatusClass::kDraft;
    default:
      return StatusClass::kReal;
  }
}

/// Whether an alert of this status may be a possible duplicate of another: a message about the network itself
/// is about no batch, whatever substance it names.
[[nodiscard]] inline bool may_be_duplicate(gjallar::v1::Status status) noexcept {
  return status != gjallar::v1::STATUS_SYSTEM;
}

}  // namespace gjallar::domain
