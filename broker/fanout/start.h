#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/fanout/frame.h"
#include "broker/fanout/session.h"
#include "broker/log/chain.h"

namespace gjallar::fanout {

/// How a session begins, decided from what the client asked for and the head alone.
struct StartPlan {
  /// Set: go on after this seq. Not set: the live alerts as state, then on from where they stood.
  std::optional<core::Seq> position;
  gjallar::v1::Resumption resumption = gjallar::v1::RESUMPTION_UNSPECIFIED;
  std::uint64_t replaying = 0;
  /// Why the position asked for was given up; unspecified: it wasn't, or none was asked for.
  gjallar::v1::GapReason gap_reason = gjallar::v1::GAP_REASON_UNSPECIFIED;
  core::Seq gap_from = 0;
  /// Set: whether the log still holds this must be read from it before anything is said.
  std::shared_ptr<const SeenHead> to_check;
  /// What is urgent among the events that follow is sent before them.
  bool urgent_first = false;
};

/// A head that the client saw beyond this one's is a fork: what it saw isn't in this log. Pure.
[[nodiscard]] StartPlan plan_start(const SessionRequest& request, const core::LogId& log_id,
                                   core::Seq head_seq);
/// The plan once `to_check` was compared: as it was if the log holds it, else a fork. Pure.
[[nodiscard]] StartPlan after_check(StartPlan plan, bool holds);

/// What a session is given to begin with, by the catch-up thread.
struct Prepared {
  core::Seq cursor = 0;
  std::vector<core::Seq>
      recent;  ///< the last seqs <= cursor that concerned it, ascending, at most limits::kRecentSeqs
  std::optional<gjallar::v1::Gap> gap;
  std::vector<gjallar::v1::State> states;
  bool disabled = false;  ///< the service was disabled meanwhile
  bool forked = false;    ///< `to_check` isn't in this log
  core::Seq head = 0;     ///< of the log when it was asked
  /// Urgent events after the cursor that come before all else, marked as overtaking; in order of their seqs,
  /// at most limits::kUrgentFirstMax.
  std::vector<SharedEvent> urgent;
};

/// A piece of the log: the events in (after, up_to] that concern a session.
struct Slice {
  std::vector<SharedEvent> events;
  core::Seq up_to = 0;
};

/// What a session is given when its interest changed.
struct Restated {
  std::optional<gjallar::v1::Gap> gap;
  std::vector<gjallar::v1::State> states;
};

}  // namespace gjallar::fanout
