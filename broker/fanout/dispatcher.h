#pragma once

#include <map>
#include <utility>
#include <vector>

#include "broker/fanout/ring.h"
#include "broker/fanout/session_state.h"

namespace gjallar::fanout {

/// A shard's ring, and who of its sessions is told of which event: all of a shard's decisions, without
/// threads, sockets or clocks. Sessions must not be added or removed while it calls them. Not synchronised.
class Dispatcher {
 public:
  /// Begins after `head`.
  Dispatcher(std::size_t ring_frames_max, std::size_t ring_bytes_max, core::Seq head);

  [[nodiscard]] const Ring& ring() const noexcept { return ring_; }

  /// Before the session's start is prepared: register first, replay after.
  void add(SessionState& session);
  void remove(SessionState& session);

  /// Takes committed events in order of their seqs, without those it has; `head`: the log's after them. One
  /// alone is written at once; of several that came together each session is told which concern it, and then
  /// sends them together. Where some are missing, sessions read on from the log.
  void take(const std::vector<const SharedEvent*>& events, core::Seq head);
  /// Gives up the ring: what comes up to `seq` is read from the log.
  void restart(core::Seq seq);

 private:
  template <typename Tell>
  void for_each_concerned(const EncodedEvent& event, const Tell& tell);
  void dispatch(const SharedEvent& event);
  void dispatch(const SharedEvent* const* events, std::size_t count);
  template <typename Tell>
  void for_each(const Tell& tell);
  /// Where those of the session's interest are kept, or will be; nullptr: nothing concerns it.
  core::Owned<Listeners>* find(const SessionState& session);
  void let_go(const Listeners& listeners);

  Ring ring_;
  std::vector<core::Owned<Listeners>> by_service_;  ///< receiving sessions by service number
  std::map<std::pair<std::string, std::string>, std::vector<core::Owned<Listeners>>>
      by_filter_;                     ///< viewer sessions by area and role; by service who sees only its own
  std::vector<SessionState*> awake_;  ///< of the dispatch at hand
  std::vector<SessionState*> late_;   ///< of a deliberate fault
};

}  // namespace gjallar::fanout
