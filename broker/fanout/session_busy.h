// What a session keeps while it isn't idle; of session_state.cc alone.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "broker/fanout/session_state.h"

namespace gjallar::fanout {

/// What a session says before all else.
struct SessionState::Beginning {
  StartPlan plan;                   ///< until the start is taken
  gjallar::v1::Hello hello;         ///< held back while the log is asked
  core::Seq overtaken_from = 0;     ///< the first urgent event that came since it was opened
  std::vector<SharedEvent> urgent;  ///< from `next` on
  std::size_t next = 0;
};

/// What it was given to send before it goes on with the ring.
struct SessionState::Reading {
  std::vector<gjallar::v1::Frame> states;  ///< gap and state frames that come before anything else
  std::size_t states_next = 0;
  Slice slice;
  std::size_t slice_next = 0;
};

/// What a session has beside its place while it isn't idle.
struct SessionState::Busy {
  std::vector<InFlight> in_flight;  ///< from in_flight_next on
  std::uint32_t in_flight_next = 0;
  std::uint32_t ordinary_in_flight = 0;
  std::uint32_t held = 0;            ///< of these, held back until the next flush
  std::uint32_t held_from_ring = 0;  ///< of these, the newest
  std::uint32_t overtaking_in_flight = 0;
  std::size_t held_bytes = 0;  ///< of the events held back
  bool flush_is_due = false;
  bool heartbeat_in_flight = false;
  bool progressed = false;  ///< something was written since it was last looked at
  std::optional<core::SteadyTime> stalled_since;
  std::unique_ptr<Beginning> beginning;
  std::unique_ptr<Reading> reading;

  [[nodiscard]] bool any_in_flight() const noexcept { return in_flight_next < in_flight.size(); }
  [[nodiscard]] bool needed() const noexcept {
    return any_in_flight() || flush_is_due || beginning || reading;
  }
};

}  // namespace gjallar::fanout
