#pragma once

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
};

/// Pure.
[[nodiscard]] StartPlan plan_start(const SessionRequest& request, const core::LogId& log_id,
                                   core::Seq head_seq);

/// What a session is given to begin with, by the catch-up thread.
struct Prepared {
  core::Seq cursor = 0;
  std::vector<core::Seq>
      recent;  ///< the last seqs <= cursor that concerned it, ascending, at most limits::kRecentSeqs
  std::optional<gjallar::v1::Gap> gap;
  std::vector<gjallar::v1::State> states;
  bool disabled = false;  ///< the service was disabled meanwhile
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
