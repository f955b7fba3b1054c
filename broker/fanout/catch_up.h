#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <unordered_set>
#include <vector>

#include "broker/domain/directory.h"
#include "broker/fanout/interest.h"
#include "broker/fanout/start.h"
#include "broker/log/event_log.h"

/// What a session needs from the log, read at one snapshot in bounded pieces (`piece`: records of one).
/// Errors: what the log's reads give. Any thread.
namespace gjallar::fanout {

/// Records that one piece looks at.
inline constexpr core::Seq kCatchUpScanMax = 8'192;
/// Who comes without a cursor is told of the retractions of so long: it may hold one of those alerts.
inline constexpr std::chrono::hours kRetractionsToldFor{24 * 40};

/// The seqs of the next events after `after` that concern the interest, at most limits::kCatchUpSliceEvents,
/// looking no further than `up_to`: all of them in (after, up_to] are there.
struct ConcernedSeqs {
  std::vector<core::Seq> seqs;
  core::Seq up_to = 0;
};
/// INTERNAL if the log ends at or before `after`.
[[nodiscard]] core::Result<ConcernedSeqs> concerned_after(const log::LogSnapshot& snapshot,
                                                          const Interest& interest, core::Seq after);

/// Looks back from `from` (included) for what concerned the interest and adds it to `found`, newest first,
/// until there are limits::kRecentSeqs. Returns where to go on; 0: nothing more to find. A service's own
/// registration is the first that concerned it.
[[nodiscard]] core::Result<core::Seq> look_back(const log::LogSnapshot& snapshot, const Interest& interest,
                                                core::Seq from, std::vector<core::Seq>& found,
                                                core::Seq piece = kCatchUpScanMax);

/// Whether the log holds the head that a client saw: the same chain hash at that seq.
[[nodiscard]] core::Result<bool> holds(const log::LogSnapshot& snapshot, const SeenHead& seen);

/// What is urgent among the events that a session has yet to hear.
struct UrgentNews {
  std::vector<core::Seq> seqs;             ///< newest alert first
  std::unordered_set<std::string> alerts;  ///< that were looked at
};
/// Looks back from `from` to before `after` for alerts with urgent events that concern the interest and adds
/// the event that made the current version of each, if that is urgent, or the alert was retracted. Returns
/// where to go on; `after`: nothing more to find.
[[nodiscard]] core::Result<core::Seq> look_back_urgent(const log::LogSnapshot& snapshot,
                                                       const Interest& interest, core::Seq from,
                                                       core::Seq after, UrgentNews& news,
                                                       core::Seq piece = kCatchUpScanMax);
/// Looks back from `from` for retractions that concern the interest and happened at `not_before` or later:
/// what a state of live alerts wouldn't tell who holds one of those alerts. Adds them, newest first, and
/// returns where to go on; 0: nothing more to find.
[[nodiscard]] core::Result<core::Seq> look_back_retracted(const log::LogSnapshot& snapshot,
                                                          const Interest& interest, core::Seq from,
                                                          core::WallTime not_before, UrgentNews& news,
                                                          core::Seq piece = kCatchUpScanMax);

/// Which live alerts a state is made of.
enum class StateScope {
  kAll,         ///< all that concern the interest
  kUntargeted,  ///< of these only the ones that no event has brought to the service
};
/// The live alerts that concern the interest at the snapshot, urgent first. `service`: as the directory has
/// it; nullptr: none.
[[nodiscard]] core::Result<std::vector<gjallar::v1::State>> read_states(
    const log::LogSnapshot& snapshot, const Interest& interest, const gjallar::v1::DirectoryEntry* service,
    StateScope scope);

}  // namespace gjallar::fanout
