#pragma once

#include <string>
#include <vector>

#include "broker/core/error.h"
#include "gjallar/v1/alert.pb.h"

namespace gjallar::domain {

/// A live alert that may be about the same as one that is being issued.
struct DuplicateCandidate {
  core::PossibleDuplicate alert;
  bool visible = false;  ///< to the principal who issues
};

/// How an alert is named to who may have sent it again: id, reference, and its first headline.
[[nodiscard]] core::PossibleDuplicate possible_duplicate_of(const gjallar::v1::Alert& alert);
/// Whether an area of one audience meets an area of the other.
[[nodiscard]] bool audiences_meet(const gjallar::v1::Audience& a, const gjallar::v1::Audience& b);
/// Whether the content names the alert among its references or its possible duplicates.
[[nodiscard]] bool names_alert(const gjallar::v1::AlertContent& content, const gjallar::v1::Alert& alert);

}  // namespace gjallar::domain
