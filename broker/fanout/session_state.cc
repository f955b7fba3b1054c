#include "broker/fanout/session_state.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <utility>

#include "broker/core/fault.h"
#include "broker/fanout/session_busy.h"

namespace gjallar::fanout {

using core::Fault;
using core::faulty;

namespace {

/// Frames whose room is kept for the next session.
constexpr std::size_t kKeptFrames = core::limits::kSessionInFlightMax + core::limits::kSessionOvertakingMax;
/// Gathered for one write: a socket takes about half of it at once, and the rest would be gathered again.
constexpr std::size_t kGatherBytesMax = std::size_t{64} * 1024;

}  // namespace

SessionState::SessionState(Interest interest, StartPlan plan, const core::LogId& log_id,
                           core::Seq received_seq, const Ring& ring, SessionPort& port, std::size_t window)
    : listeners_(core::make_owned<Listeners>(std::move(interest), ring, log_id)),
      port_(port),
      cursor_(plan.position.value_or(0)),
      window_(static_cast<std::uint8_t>(std::min(window, core::limits::kSessionInFlightMax))) {
  static_assert(core::limits::kSessionInFlightMax <= 0xFF);
  // A client that resumes has everything up to its cursor, and may have stopped before it could say so. One
  // that is given the state has no such claim: its receipts begin where the state stood.
  received_base_ = received_seq == 0 ? cursor_ : std::min(received_seq, cursor_);
  told_up_to_ = sent_max_ = cursor_;
  busy().beginning = std::make_unique<Beginning>();
  busy_->beginning->plan = std::move(plan);
}

SessionState::~SessionState() = default;

core::Seq SessionState::cursor() const noexcept {
  return live_ ? std::max(cursor_, listeners_->ring.last_seq()) : cursor_;
}

std::unique_ptr<SessionState::Busy>& SessionState::spare() noexcept {
  thread_local std::unique_ptr<Busy> spare;
  return spare;
}

SessionState::Busy& SessionState::busy() {
  if (!busy_) busy_ = spare() ? std::move(spare()) : std::make_unique<Busy>();
  return *busy_;
}

void SessionState::rest() noexcept {
  if (!busy_ || busy_->needed()) return;
  std::vector<InFlight> room = std::move(busy_->in_flight);
  room.clear();
  *busy_ = Busy();
  if (room.capacity() <= kKeptFrames * 2) busy_->in_flight = std::move(room);
  spare() = std::move(busy_);
}

bool SessionState::has_states() const noexcept {
  return busy_ && busy_->reading && busy_->reading->states_next < busy_->reading->states.size();
}

bool SessionState::has_credit() const noexcept {
  if (!busy_ || core::faulty(Fault::kWindowIgnored)) return true;
  return busy_->ordinary_in_flight < core::limits::kSessionInFlightMax &&
         busy_->held_bytes < kGatherBytesMax && busy_->ordinary_in_flight - busy_->held < window_;
}

void SessionState::open(const gjallar::v1::Hello& hello) {
  const StartPlan& plan = busy().beginning->plan;
  if (plan.to_check) {
    busy_->beginning->hello = hello;
  } else {
    gjallar::v1::Frame frame;
    *frame.mutable_hello() = hello;
    send_control(frame, Credit::kNone, 0, false);
  }
  port_.want_start(plan);
}

bool SessionState::greet(bool forked) {
  Beginning& beginning = *busy().beginning;
  if (!beginning.plan.to_check) return false;
  beginning.plan = after_check(std::move(beginning.plan), !forked);
  gjallar::v1::Frame frame;
  *frame.mutable_hello() = std::move(beginning.hello);
  frame.mutable_hello()->set_resumption(beginning.plan.resumption);
  frame.mutable_hello()->set_replaying(beginning.plan.replaying);
  send_control(frame, Credit::kNone, 0, false);
  return true;
}

void SessionState::take_start(Prepared prepared) {
  if (stage_ != Stage::kPreparing) return;
  const bool was_held = greet(prepared.forked);
  if (prepared.disabled) {
    finish(gjallar::v1::GOODBYE_REASON_SERVICE_DISABLED, false, std::chrono::milliseconds(0));
    return;
  }
  stage_ = Stage::kRunning;
  cursor_ = prepared.cursor;
  if (!busy().beginning->plan.position) received_base_ = cursor_;
  told_up_to_ = std::max(told_up_to_, cursor_);
  sent_max_ = std::max(sent_max_, cursor_);
  previous_ = prepared.recent.empty() ? 0 : prepared.recent.back();
  listeners_->know(prepared.recent);
  queue_urgent(prepared, was_held);
  queue_state(std::move(prepared.gap), std::move(prepared.states));
  if (faulty(Fault::kCaughtUpEarly) && cursor_ < listeners_->ring.last_seq()) {
    const core::Seq reached = std::exchange(cursor_, listeners_->ring.last_seq());
    reach_head();
    live_ = false;
    cursor_ = reached;
  }
  go_on();
}

void SessionState::take_slice(Slice slice) {
  if (stage_ != Stage::kRunning || waiting_ != Waiting::kSlice) return;
  waiting_ = Waiting::kNothing;
  Reading& given = reading();
  given.slice = std::move(slice);
  if (faulty(Fault::kSliceShort) && given.slice.events.size() > 1) given.slice.events.pop_back();
  given.slice_next = 0;
  go_on();
}

void SessionState::take_restated(Restated restated) {
  if (stage_ != Stage::kRunning || waiting_ != Waiting::kRestated) return;
  waiting_ = Waiting::kNothing;
  queue_state(std::move(restated.gap), std::move(restated.states));
  go_on();
}

SessionState::Reading& SessionState::reading() {
  std::unique_ptr<Reading>& reading = busy().reading;
  if (!reading) reading = std::make_unique<Reading>();
  return *reading;
}

void SessionState::queue_state(std::optional<gjallar::v1::Gap> gap, std::vector<gjallar::v1::State> states) {
  if (!gap && states.empty()) return;
  std::vector<gjallar::v1::Frame>& frames = reading().states;
  if (gap) *frames.emplace_back().mutable_gap() = std::move(*gap);
  for (gjallar::v1::State& state : states)
    *frames.emplace_back().mutable_state() = std::move(state);
}

void SessionState::queue_urgent(Prepared& prepared, bool was_held) {
  const std::unique_ptr<Beginning> begun = std::move(busy().beginning);
  std::vector<SharedEvent> urgent = std::move(prepared.urgent);
  if (begun->overtaken_from != 0) {
    urgent.erase(
        std::remove_if(urgent.begin(), urgent.end(),
                       [&](const SharedEvent& event) { return event->seq >= begun->overtaken_from; }),
        urgent.end());
  }
  if (was_held && begun->plan.position) {
    // What came while nothing could be said.
    const Ring& ring = listeners_->ring;
    for (core::Seq seq = std::max({cursor_, prepared.head, ring.first_seq() - 1}) + 1;
         seq <= ring.last_seq() && urgent.size() < core::limits::kUrgentFirstMax; ++seq) {
      if (ring.at(seq)->urgent && concerns(*ring.at(seq), interest())) urgent.push_back(ring.at(seq));
    }
  }
  if (urgent.empty()) return;
  busy_->beginning = std::make_unique<Beginning>();
  busy_->beginning->urgent = std::move(urgent);
}

void SessionState::send_ahead() {
  std::unique_ptr<Beginning>& beginning = busy_->beginning;
  const SharedEvent event = std::move(beginning->urgent[beginning->next++]);
  if (beginning->next == beginning->urgent.size()) beginning.reset();
  sent_max_ = std::max(sent_max_, event->seq);
  book({event->seq, Credit::kOrdinary, false, false},
       port_.send(Delivery{event, 0, !faulty(Fault::kOvertakingUnmarked)}, true), true);
}

void SessionState::on_event(const SharedEvent& event) {
  const bool has_it = event->seq <= cursor_ && !faulty(Fault::kDuplicateFilterOff);
  if ((stage_ == Stage::kFinished && !faulty(Fault::kSentAfterGoodbye)) || has_it) return;
  if (live_ && has_credit()) {
    deliver(event, false);
    return;
  }
  if (live_) {
    cursor_ = event->seq - 1;
    live_ = false;
  }
  // What comes while a state is being read may be in it already, and be overtaken itself by then: the state
  // is soon there.
  // And nothing comes before hello.
  if (!event->urgent) return;
  if (stage_ == Stage::kPreparing) {
    Beginning& beginning = *busy().beginning;
    if (!beginning.plan.position || beginning.plan.to_check) return;
    if (beginning.overtaken_from == 0) beginning.overtaken_from = event->seq;
  }
  overtake(event);
}

bool SessionState::wake(const SharedEvent& event) {
  if (stage_ == Stage::kFinished || event->seq <= cursor_ || awake_ || faulty(Fault::kWakeForgotten))
    return false;
  if (!live_) {
    on_event(event);
    return false;
  }
  cursor_ = event->seq - 1;
  live_ = false;
  awake_ = true;
  return true;
}

void SessionState::overtake(const SharedEvent& event) {
  const std::uint32_t overtaking = busy_ ? busy_->overtaking_in_flight : 0;
  if (overtaking >= core::limits::kSessionOvertakingMax || faulty(Fault::kOvertakingLeftOut)) return;
  if (faulty(Fault::kCursorMovedByOvertaking)) cursor_ = event->seq;
  sent_max_ = std::max(sent_max_, event->seq);
  book({event->seq, Credit::kOvertaking, false, false},
       port_.send(Delivery{event, 0, !faulty(Fault::kOvertakingUnmarked)}, false), false);
}

void SessionState::book(InFlight frame, Sent sent, bool more) {
  if (sent == Sent::kWritten) {
    if (busy_) busy_->progressed = true;
    if (frame.seq != 0) port_.wrote(frame.seq);
    return;
  }
  Busy& books = busy();
  if (frame.credit == Credit::kOrdinary) {
    ++books.ordinary_in_flight;
    if (more) ++books.held;
  }
  if (more) books.held_from_ring = frame.from_ring ? books.held_from_ring + 1 : 0;
  if (frame.credit == Credit::kOvertaking) ++books.overtaking_in_flight;
  if (frame.heartbeat) books.heartbeat_in_flight = true;
  if (more) books.flush_is_due = true;
  books.in_flight.push_back(frame);
}

void SessionState::settle(std::size_t frames) {
  if (!busy_ || faulty(Fault::kWrittenForgotten)) return;
  Busy& books = *busy_;
  for (; frames > 0 && books.any_in_flight(); --frames) {
    const InFlight frame = books.in_flight[books.in_flight_next++];
    books.progressed = true;
    if (frame.credit == Credit::kOrdinary) --books.ordinary_in_flight;
    if (frame.credit == Credit::kOvertaking) --books.overtaking_in_flight;
    if (frame.heartbeat) books.heartbeat_in_flight = false;
    if (frame.seq != 0) port_.wrote(frame.seq);
  }
  if (!books.any_in_flight()) {
    books.in_flight.clear();
    books.in_flight_next = 0;
  } else if (books.in_flight_next >= core::limits::kSessionInFlightMax) {
    books.in_flight.erase(books.in_flight.begin(),
                          books.in_flight.begin() + static_cast<std::ptrdiff_t>(books.in_flight_next));
    books.in_flight_next = 0;
  }
}

bool SessionState::flush(const Place& before_ring) {
  if (!busy_ || !busy_->flush_is_due) return false;
  busy_->flush_is_due = false;
  busy_->held = 0;
  const bool cut_short = std::exchange(busy_->held_bytes, 0) >= kGatherBytesMax;
  const std::size_t returnable = std::exchange(busy_->held_from_ring, 0);
  const Flushed flushed = port_.flush(returnable);
  take_back(flushed.returned, before_ring);
  settle(flushed.written);
  return !flushed.full && (flushed.written > 0 || cut_short);
}

void SessionState::leave_room() {
  // A burst leaves thousands of sessions so, most of them with one frame.
  std::vector<InFlight> room(busy_->in_flight);
  room.swap(busy_->in_flight);
  if (!spare()) spare() = std::make_unique<Busy>();
  if (spare()->in_flight.capacity() >= room.capacity() || room.capacity() > kKeptFrames * 2) return;
  room.clear();
  spare()->in_flight = std::move(room);
}

void SessionState::take_back(std::size_t frames, const Place& before_ring) {
  if (frames == 0) return;
  Busy& books = *busy_;
  books.in_flight.resize(books.in_flight.size() - frames);
  leave_room();
  books.ordinary_in_flight -= static_cast<std::uint32_t>(frames);
  live_ = false;
  cursor_ = before_ring.cursor;
  previous_ = before_ring.previous;
  told_up_to_ = before_ring.told_up_to;
  sent_max_ = before_ring.sent_max;
  for (std::size_t i = books.in_flight_next; i < books.in_flight.size(); ++i) {
    if (!books.in_flight[i].from_ring || books.in_flight[i].seq <= cursor_) continue;
    cursor_ = previous_ = books.in_flight[i].seq;
    told_up_to_ = std::max(told_up_to_, cursor_);
    sent_max_ = std::max(sent_max_, cursor_);
  }
}

void SessionState::deliver(const SharedEvent& event, bool more, Place* before_ring) {
  if (before_ring != nullptr && (!busy_ || busy_->held_from_ring == 0))
    *before_ring = Place{event->seq - 1, previous_, told_up_to_, sent_max_};
  const core::Seq previous = faulty(Fault::kPreviousUnconcerned) ? event->seq - 1 : previous_;
  const Delivery delivery{event, previous, false};
  cursor_ = previous_ = event->seq;
  listeners_->note(event->seq);
  told_up_to_ = std::max(told_up_to_, event->seq);
  sent_max_ = std::max(sent_max_, event->seq);
  book({event->seq, Credit::kOrdinary, false, before_ring != nullptr}, port_.send(delivery, more), more);
  if (more && busy_) busy_->held_bytes += event->json_body.size();

  if (changes_interest(event->type, event->subject, interest())) {
    if (busy_) busy_->held_from_ring = 0;  // what follows from it is under way
    live_ = false;
    waiting_ = Waiting::kRestated;
    port_.want_restated(event);
  } else if (event->type == gjallar::v1::EVENT_TYPE_SERVICE_DISABLED && interest().service &&
             event->subject == interest().service_id) {
    finish(gjallar::v1::GOODBYE_REASON_SERVICE_DISABLED, false, std::chrono::milliseconds(0));
  }
}

void SessionState::detach() {
  cursor_ = cursor();
  live_ = false;
}

void SessionState::go_on() {
  awake_ = false;
  Place before_ring;
  do {
    while (step(before_ring)) {
    }
  } while (flush(before_ring));
  rest();
}

bool SessionState::step(Place& before_ring) {
  if (stage_ != Stage::kRunning || waiting_ != Waiting::kNothing || live_) return false;
  if (busy_ && busy_->beginning) {
    if (!has_credit()) return false;
    send_ahead();
    return true;
  }
  if (busy_ && busy_->reading) {
    Reading& reading = *busy_->reading;
    if (has_states()) {
      if (!has_credit()) return false;
      const gjallar::v1::Frame frame = std::move(reading.states[reading.states_next++]);
      if (!has_states()) {
        std::vector<gjallar::v1::Frame>().swap(reading.states);
        reading.states_next = 0;
      }
      send_control(frame, Credit::kOrdinary, frame.has_state() ? frame.state().seq() : 0, true);
      return true;
    }
    if (reading.slice_next < reading.slice.events.size()) {
      if (!has_credit()) return false;
      const SharedEvent event = std::move(reading.slice.events[reading.slice_next++]);
      if (event->seq > cursor_ || faulty(Fault::kDuplicateFilterOff)) deliver(event, true);
      return true;
    }
    cursor_ = std::max(cursor_, reading.slice.up_to);
    busy_->reading.reset();
  }
  const Ring& ring = listeners_->ring;
  if (cursor_ >= ring.last_seq()) {
    reach_head();
    return false;
  }
  if (cursor_ + 1 < ring.first_seq()) {
    waiting_ = Waiting::kSlice;
    port_.want_slice(cursor_);
    return false;
  }
  const SharedEvent& event = ring.at(cursor_ + 1);
  if (!concerns(*event, interest())) {
    ++cursor_;
    return true;
  }
  if (!has_credit()) return false;
  deliver(event, true, &before_ring);
  return true;
}

void SessionState::reach_head() {
  live_ = true;
  if (caught_up_sent_) return;
  caught_up_sent_ = true;
  gjallar::v1::Frame frame;
  frame.mutable_caughtup()->set_seq(cursor_);
  frame.mutable_caughtup()->set_cursor(core::to_text(core::Cursor{listeners_->log_id, cursor_}));
  told_up_to_ = std::max(told_up_to_, cursor_);
  send_control(frame, Credit::kNone, 0, true);
}

void SessionState::send_control(const gjallar::v1::Frame& frame, Credit credit, core::Seq seq, bool more) {
  sent_max_ = std::max(sent_max_, seq);
  book({seq, credit, frame.has_heartbeat(), false}, port_.send(frame, more), more);
}

void SessionState::written(std::size_t frames) {
  settle(frames);
  go_on();
}

void SessionState::writable() {
  Busy& books = busy();
  books.flush_is_due = true;
  // The rest of one frame may be joined by others; behind more than that, urgent news would wait longer.
  if (books.ordinary_in_flight <= 1) books.held = books.ordinary_in_flight;
  go_on();
}

std::optional<ReceivedClaim> SessionState::received(const gjallar::v1::Received& received) {
  if (received.up_to_seq() > told_up_to_) return std::nullopt;
  ReceivedClaim claim;
  claim.seqs.assign(received.seqs().begin(), received.seqs().end());
  for (const core::Seq seq : claim.seqs) {
    if (seq == 0 || seq > sent_max_) return std::nullopt;
  }
  if (received.up_to_seq() > received_base_) {
    claim.after = received_base_;
    claim.up_to = received.up_to_seq();
    received_base_ = claim.up_to;
  }
  return claim;
}

void SessionState::heartbeat(core::Seq head_seq, const core::Digest& head_hash) {
  // A cursor given away before all of a state was sent would let a client resume without the rest of it.
  const bool state_due =
      (has_states() || waiting_ == Waiting::kRestated) && !faulty(Fault::kCursorBeforeState);
  const bool one_in_flight = busy_ && busy_->heartbeat_in_flight;
  if (stage_ != Stage::kRunning || state_due || one_in_flight) return;
  const core::Seq position = faulty(Fault::kHeartbeatAhead) ? head_seq : cursor();
  gjallar::v1::Frame frame;
  gjallar::v1::Heartbeat& heartbeat = *frame.mutable_heartbeat();
  heartbeat.set_head_seq(head_seq);
  heartbeat.set_head_hash(std::string(core::as_view(head_hash)));
  for (const core::Seq seq : listeners_->recent()) {
    if (seq <= previous_) heartbeat.add_recent_seqs(seq);
  }
  if (heartbeat.recent_seqs().empty() && previous_ != 0) heartbeat.add_recent_seqs(previous_);
  heartbeat.set_cursor(core::to_text(core::Cursor{listeners_->log_id, position}));
  told_up_to_ = std::max(told_up_to_, position);
  send_control(frame, Credit::kNone, 0, false);
}

bool SessionState::stalled(core::SteadyTime now, std::chrono::milliseconds timeout) {
  if (faulty(Fault::kSlowForgotten)) return false;
  if (faulty(Fault::kSlowAtOnce)) timeout = std::chrono::milliseconds(0);
  if (stage_ == Stage::kFinished || !busy_) return false;
  if (!busy_->any_in_flight()) {
    busy_->stalled_since.reset();
    return false;
  }
  if (!busy_->stalled_since || std::exchange(busy_->progressed, false)) {
    busy_->progressed = false;
    busy_->stalled_since = now;
    return false;
  }
  return now - *busy_->stalled_since >= timeout;
}

void SessionState::finish(gjallar::v1::GoodbyeReason reason, bool reconnect,
                          std::chrono::milliseconds retry_after) {
  if (stage_ == Stage::kFinished) return;
  stage_ = Stage::kFinished;
  live_ = false;
  gjallar::v1::Goodbye goodbye;
  goodbye.set_reason(reason);
  goodbye.set_reconnect(reconnect);
  if (reconnect) {
    *goodbye.mutable_retry_after() = google::protobuf::util::TimeUtil::MillisecondsToDuration(
        static_cast<std::int64_t>(retry_after.count()));
  }
  port_.finish(goodbye);
}

}  // namespace gjallar::fanout
