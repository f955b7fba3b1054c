#pragma once

#include <string>
#include <vector>

#include "gjallar/v1/alert.pb.h"

namespace gjallar::domain {

/// One group of an audience as the log's header keeps it.
struct MatchGroup {
  std::vector<std::string> areas;
  std::vector<std::string> roles;  ///< empty: every role
  gjallar::v1::GradeLevel minimum_grade = gjallar::v1::GRADE_LEVEL_UNSPECIFIED;
  friend bool operator==(const MatchGroup&, const MatchGroup&) = default;
};

/// What of a subject decides whom it concerns at one moment; kept in the header, so it outlives the payload.
/// Not `present`: it concerns nobody (before it was issued; after it ended).
struct MatchKeys {
  bool present = false;
  gjallar::v1::GradeLevel level = gjallar::v1::GRADE_LEVEL_UNSPECIFIED;
  std::vector<MatchGroup> groups;
  std::vector<std::string> services;  ///< named one by one
  friend bool operator==(const MatchKeys&, const MatchKeys&) = default;
};

/// Keys of an alert as it stands: present only while it is live.
[[nodiscard]] MatchKeys match_keys_of(const gjallar::v1::Alert& alert);
/// Keys that name services only (directory events, notices).
[[nodiscard]] MatchKeys match_keys_naming(std::vector<std::string> services);

}  // namespace gjallar::domain
