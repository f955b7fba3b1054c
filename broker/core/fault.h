#pragma once

#include <cstdint>

/// Deliberate faults, one of which a test may switch on to see that it is found. They exist only where the
/// build says GJALLAR_FAULTS (tests under sanitizers); everywhere else each is a constant false.
namespace gjallar::core {

enum class Fault : std::uint8_t {
  kNone,
  kRegisteredLate,      ///< a session misses the events dispatched first after it came
  kRingOffByOne,        ///< the ring gives the event after the one that was asked for
  kDuplicateFilterOff,  ///< what a session has had already is sent again as new
  kCursorMovedByOvertaking,
  kOvertakingUnmarked,
  kOvertakingLeftOut,     ///< urgent news waits its turn
  kSliceShort,            ///< the last event of a piece of the log is left out
  kDetachForgotten,       ///< live sessions aren't told that the ring lost its continuity
  kPreviousUnconcerned,   ///< prevseq names the event before, whether or not it concerned the session
  kWakeForgotten,         ///< of several events that came together the session is told nothing
  kWindowIgnored,         ///< a socket that takes no more is given more
  kWrittenForgotten,      ///< what was written later is never taken off the books
  kGapHidden,             ///< a cursor ahead of the log is taken for being up to date
  kCaughtUpEarly,         ///< caughtup names the head before everything up to it was sent
  kHeartbeatAhead,        ///< a heartbeat's cursor names the head whatever was sent
  kSyncSkipped,           ///< a log acknowledges what it hasn't synced (of the simulated log)
  kUrgentFirstLeftOut,    ///< who comes back is told of urgent news at its place alone
  kUrgentFirstStale,      ///< and of what was urgent once, though it is so no longer
  kForkHidden,            ///< a log that went another way is gone on with
  kForkUnnoticed,         ///< any head that a client saw is taken for one of this log's
  kRetractionsUntold,     ///< who comes without a cursor isn't told of what was retracted
  kRetractionsForEver,    ///< or of all that ever was
  kLookBackCutShort,      ///< of a look back only the first piece is made
  kInterestChangeUntold,  ///< a service that changed goes on without its new state
  kCursorBeforeState,     ///< a cursor is told while the state it stands for is being sent
  kSentAfterGoodbye,      ///< urgent news is sent to a session that has ended
  kSlowForgotten,         ///< a session without progress is kept
  kSlowAtOnce,            ///< a session is slow as soon as anything waits
  kDrainingLetsIn,        ///< a broker that is stopping takes new sessions
  kLimitIgnored,          ///< a principal may have any number of sessions
  kPlaceKept,             ///< a session that ended counts on
  kRetryTogether,         ///< all that are refused are told the same time
  kLast = kRetryTogether
};

#ifdef GJALLAR_FAULTS
/// The one that is on. Set by one thread, before others start.
inline Fault active_fault = Fault::kNone;
[[nodiscard]] inline bool faulty(Fault fault) noexcept {
  return active_fault == fault;
}
#else
[[nodiscard]] constexpr bool faulty(Fault) noexcept {
  return false;
}
#endif

}  // namespace gjallar::core
