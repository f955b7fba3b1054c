#pragma once

#include <map>
#include <string>
#include <vector>

#include "broker/core/clock.h"
#include "broker/core/result.h"
#include "broker/domain/concerns.h"
#include "broker/domain/duplicates.h"
#include "broker/domain/escalation.h"
#include "broker/domain/overdoses.h"
#include "broker/domain/principal.h"
#include "broker/domain/token.h"
#include "gjallar/v1/command.pb.h"
#include "gjallar/v1/event.pb.h"

namespace gjallar::domain {

/// What an event is about. On disk: never reuse a number.
enum class SubjectKind : std::uint8_t { kAlert = 1, kService = 2, kLog = 3, kArea = 4, kToken = 5 };

/// An event that was decided and not yet written: no seq, no time, no hash.
struct NewEvent {
  gjallar::v1::EventType type = gjallar::v1::EVENT_TYPE_UNSPECIFIED;
  SubjectKind subject_kind = SubjectKind::kAlert;
  std::string subject;
  core::Version version = 0;
  bool urgent = false;
  bool rings = false;
  EventReach reach;
  gjallar::v1::EventPayload payload;
};

/// The state that a command is decided against: exactly the head, and the batch so far.
struct Situation {
  core::WallTime now;                                  ///< the event time if an event comes of it
  core::AlertId new_alert_id;                          ///< id for an alert that is issued now
  const gjallar::v1::Alert* alert = nullptr;           ///< the command's alert; nullptr if there is none
  const ServiceSet* already_targeted = nullptr;        ///< of that alert
  const Directory* directory = nullptr;                ///< never nullptr
  const OverdoseSituation* overdoses = nullptr;        ///< of the county of a count; else nullptr
  const OwnThresholds* overdose_thresholds = nullptr;  ///< nullptr: the recommended ones everywhere
  bool feed = false;                                   ///< it came on a feed: nobody is there to be asked
  /// With issue and report: live alerts that may be about the same; with revise and widen: those that the
  /// alert didn't meet before; nullptr: none.
  const std::vector<DuplicateCandidate>* possible_duplicates = nullptr;
  /// With issue, revise and report: the alerts that the content refers to, by how it names them; nullptr:
  /// none is there.
  const std::map<std::string, gjallar::v1::Status>* referred = nullptr;
  /// Who may know of the alerts that the command's alert is linked to, by how its content names them;
  /// nullptr: it is linked to none.
  const std::map<std::string, Circle>* linked = nullptr;
  const gjallar::v1::Alert* successor = nullptr;  ///< what conclude.superseded_by names
  const TokenAt* token = nullptr;                 ///< the command's token; nullptr if there is none
  std::size_t tokens_in_force = 0;                ///< with issue_token
  /// With escalate and report_escalation: the steps taken for that alert; nullptr: none.
  const std::vector<TakenStep>* escalations = nullptr;
};

/// Decides a command: the events it yields (possibly none), or why it is refused. Pure; the command has
/// passed admission::validate. Errors: PERMISSION_DENIED, NOT_FOUND, STALE_VERSION, ALERT_RETRACTED,
/// ALERT_EXPIRED, EMPTY_AUDIENCE, UNKNOWN_SERVICE, NOTHING_TO_CHANGE, GRADE_ASSESSED, ALREADY_EXISTS,
/// SERVICE_DISABLED, POSSIBLE_DUPLICATE, MISSING_FIELD (a reason), INVALID_ARGUMENT (expiry not in the
/// future, a reference across statuses).
[[nodiscard]] core::Result<std::vector<NewEvent>> decide(const Principal& principal,
                                                         const gjallar::v1::Command& command,
                                                         const Situation& situation);

/// The alert id or reference that a command names; empty for issue and the directory.
[[nodiscard]] const std::string& alert_named_by(const gjallar::v1::Command& command);

/// The alert after an event: what folds apply. `before` is nullptr for its first event. DATA_CORRUPT if the
/// event doesn't follow from `before` (version doesn't count up, another alert, not first issued).
[[nodiscard]] core::Result<gjallar::v1::Alert> evolve(const gjallar::v1::Alert* before,
                                                      gjallar::v1::EventType type,
                                                      const gjallar::v1::EventPayload& payload);
/// The same; takes the alert out of the payload.
[[nodiscard]] core::Result<gjallar::v1::Alert> evolve(const gjallar::v1::Alert* before,
                                                      gjallar::v1::EventType type,
                                                      gjallar::v1::EventPayload&& payload);

/// Whether `principal` may see an alert that `targeted` were told of.
[[nodiscard]] bool may_view(const Principal& principal, const gjallar::v1::Alert& alert,
                            const ServiceSet& targeted, const Directory& directory);

}  // namespace gjallar::domain
