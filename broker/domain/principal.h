#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/core/ids.h"
#include "broker/core/result.h"
#include "gjallar/v1/alert.pb.h"

namespace gjallar::domain {

/// How far a right reaches.
enum class Scope { kNone, kOwn, kAny };

/// What a principal may do; comes from the deployment's policy.
struct Rights {
  bool issue = false;
  std::set<gjallar::v1::AlertKind> issue_kinds;  ///< empty: every kind
  std::vector<std::string> issue_areas;          ///< its alerts' areas must lie in these; empty: everywhere
  Scope revise = Scope::kNone;                   ///< revise, widen, and change the sender's grade
  Scope retract = Scope::kNone;
  bool analyse = false;       ///< correct `substances` of any alert, nothing else
  bool assess = false;        ///< set the assessed grade of any alert
  bool observe = false;       ///< say "seen here too" for alerts that concern its service
  Scope view = Scope::kNone;  ///< own: what concerns its service or was issued by it
  bool subscribe = false;     ///< receiving sessions of its service
  bool operate = false;       ///< directory, replay, verify, rebuild, status
  bool audit = false;         ///< replay and history of everything, read only
};

/// The token of the log that proved a caller, and which of its secrets: the version at which that came.
struct TokenProof {
  std::string token_id;
  core::Version secret = 0;
};

/// Who calls, proven by certificate or token.
struct Principal {
  core::PrincipalName name;
  std::optional<core::ServiceId> service;
  Rights rights;
  std::optional<TokenProof> token = std::nullopt;  ///< absent: a certificate, or a token of the file
};

/// The broker itself: may expire alerts and open the log. Can't be a caller.
[[nodiscard]] const Principal& broker_principal();

}  // namespace gjallar::domain
