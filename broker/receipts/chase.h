#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "broker/core/clock.h"
#include "broker/domain/escalation.h"
#include "broker/domain/service_set.h"
#include "gjallar/v1/directory.pb.h"
#include "gjallar/v1/event.pb.h"

/// Who is to be called about an alert, and when. Pure.
namespace gjallar::receipts {

/// How long a service may take; 0: it is never called.
struct ChasePolicy {
  core::Micros unreceived_after{0};      ///< until a client program of it has the version
  core::Micros unacknowledged_after{0};  ///< until a human there has confirmed it
  friend bool operator==(const ChasePolicy&, const ChasePolicy&) = default;
};
/// By grade level.
using ChasePolicies = std::array<ChasePolicy, gjallar::v1::GradeLevel_ARRAYSIZE>;
/// Urgent alerts: 60 s and 15 min. Others: never.
[[nodiscard]] ChasePolicies default_chase_policies();

/// What of one event of an alert counts.
struct ChaseEvent {
  core::Seq seq = 0;
  core::Version version = 0;
  gjallar::v1::EventType type = gjallar::v1::EVENT_TYPE_UNSPECIFIED;
  core::WallTime time{};
  /// The higher of the alert's before and after it.
  gjallar::v1::GradeLevel level = gjallar::v1::GRADE_LEVEL_UNSPECIFIED;
  bool rings = false;
  domain::ServiceSet targets;  ///< whom it concerned; left empty unless `changes_alert`
};
/// Whether it changed what the alert says, to whom, or that it holds: what a service must know. Its end by
/// time isn't.
[[nodiscard]] bool changes_alert(gjallar::v1::EventType type) noexcept;

/// An alert as far as chasing goes.
struct ChasedAlert {
  std::string alert_id;
  gjallar::v1::Status status = gjallar::v1::STATUS_UNSPECIFIED;
  gjallar::v1::Phase phase = gjallar::v1::PHASE_UNSPECIFIED;
  gjallar::v1::GradeLevel level = gjallar::v1::GRADE_LEVEL_UNSPECIFIED;
  core::Version version = 0;
  std::vector<ChaseEvent> events;  ///< all of its events, in order
};

/// Whether anybody is ever called about it: not once its time is over, and never about a test or a draft.
[[nodiscard]] bool may_be_chased(const ChasedAlert& alert) noexcept;
/// Whom its last change concerned: those who must have it.
[[nodiscard]] domain::ServiceSet must_have(const ChasedAlert& alert);

/// How far one service is with an alert. Who confirmed an event has received it.
struct ChaseProgress {
  core::Seq received_seq = 0;      ///< of its last event that was received; 0: none was
  core::Version received = 0;      ///< the version it holds
  core::Version acknowledged = 0;  ///< the highest that a human there confirmed; earlier ones count as well
};

/// One step that is due.
struct DueStep {
  gjallar::v1::EscalationStep step = gjallar::v1::ESCALATION_STEP_UNSPECIFIED;
  gjallar::v1::EscalationWay way = gjallar::v1::ESCALATION_WAY_UNSPECIFIED;
  std::optional<core::WallTime> closed_until;  ///< if it is closed; empty if it is disabled
};

/// What is due for one service, and when to look again.
struct ServiceChase {
  std::vector<DueStep> due;
  std::optional<core::WallTime> next;  ///< when something else becomes due if nothing happens until then
  bool settled = false;                ///< nothing becomes due before the alert has another event
};

/// Looks at one service at `now`.
///
/// *Unreceived*: it lacks the current version, since the first change after the last event that it has.
/// *Unacknowledged*: nobody there confirmed, since the first event that rang, or the retraction. Each is due
/// so long after that as the policy of that event's level says. A step that was taken isn't taken again for
/// later versions until the service has received (confirmed) something in between; but an event that rings,
/// or a retraction, starts it anew.
///
/// A closed service isn't called: its on-call contact is, or else the coordinators are told once (not again
/// for the other step); the service itself is due when it has been open again for as long as the policy says,
/// and that long after its directory entry changed if only the change made it overdue.
/// Of a disabled service that lacks the version the coordinators are told once, when it is due as unreceived:
/// way CLOSED, without a time. Those that carry out escalations are never chased.
[[nodiscard]] ServiceChase chase(const ChasedAlert& alert, const gjallar::v1::DirectoryEntry& service,
                                 const ChaseProgress& progress, const std::vector<domain::TakenStep>& taken,
                                 core::WallTime now, const ChasePolicies& policies);

}  // namespace gjallar::receipts
