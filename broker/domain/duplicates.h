#pragma once

#include <string>
#include <vector>

#include "broker/core/error.h"
#include "broker/domain/link_cover.h"
#include "gjallar/v1/alert.pb.h"

namespace gjallar::domain {

/// A live alert that may be about the same as one that is being issued, or that now comes to meet it.
struct DuplicateCandidate {
  core::PossibleDuplicate alert;
  bool visible = false;  ///< to the principal who gives the command
  Circle circle;         ///< who may know of it
};

/// How an alert is named to who may have sent it again: id, reference, and its first headline.
[[nodiscard]] core::PossibleDuplicate possible_duplicate_of(const gjallar::v1::Alert& alert);
/// Whether an area of one audience meets an area of the other.
[[nodiscard]] bool audiences_meet(const gjallar::v1::Audience& a, const gjallar::v1::Audience& b);
/// Whether the two have a substance in common and their audiences meet.
[[nodiscard]] bool are_about_the_same(const gjallar::v1::AlertContent& a, const gjallar::v1::AlertContent& b);
/// Whether the content names the alert among its references or its possible duplicates.
[[nodiscard]] bool names_alert(const gjallar::v1::AlertContent& content, const gjallar::v1::Alert& alert);

}  // namespace gjallar::domain
