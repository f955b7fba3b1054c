#include "broker/fanout/session_state.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <utility>

#include "broker/core/fault.h"

namespace gjallar::fanout {

using core::Fault;
using core::faulty;

void RecentSeqs::assign(const std::vector<core::Seq>& seqs) {
  count_ = 0;
  for (const core::Seq seq : seqs)
    push(seq);
}

void RecentSeqs::push(core::Seq seq) noexcept {
  if (count_ == seqs_.size()) {
    std::move(seqs_.begin() + 1, seqs_.end(), seqs_.begin());
    --count_;
  }
  seqs_[count_++] = seq;
}

SessionState::SessionState(Interest interest, StartPlan plan, core::LogId log_id, core::Seq received_seq,
                           const Ring& ring, SessionPort& port, std::size_t window)
    : interest_(std::move(interest)),
      plan_(std::move(plan)),
      log_id_(std::move(log_id)),
      ring_(ring),
      port_(port),
      window_(static_cast<std::uint32_t>(window)),
      cursor_(plan_.position.value_or(0)) {
  // A client that resumes has everything up to its cursor, and may have stopped before it could say so. One
  // that is given the state has no such claim: its receipts begin where the state stood.
  received_base_ = received_seq == 0 ? cursor_ : std::min(received_seq, cursor_);
  told_up_to_ = sent_max_ = cursor_;
}

core::Seq SessionState::cursor() const noexcept {
  return live_ ? std::max(cursor_, ring_.last_seq()) : cursor_;
}

void SessionState::open(const gjallar::v1::Hello& hello) {
  if (plan_.to_check) {
    beginning_ = std::make_unique<Beginning>();
    beginning_->hello = hello;
  } else {
    gjallar::v1::Frame frame;
    *frame.mutable_hello() = hello;
    send_control(frame, Credit::kNone, 0, false);
  }
  port_.want_start(plan_);
}

bool SessionState::greet(bool forked) {
  if (!plan_.to_check) return false;
  plan_ = after_check(std::move(plan_), !forked);
  gjallar::v1::Frame frame;
  *frame.mutable_hello() = std::move(beginning_->hello);
  frame.mutable_hello()->set_resumption(plan_.resumption);
  frame.mutable_hello()->set_replaying(plan_.replaying);
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
  if (!plan_.position) received_base_ = cursor_;
  told_up_to_ = std::max(told_up_to_, cursor_);
  sent_max_ = std::max(sent_max_, cursor_);
  recent_.assign(prepared.recent);
  queue_urgent(prepared, was_held);
  queue_state(std::move(prepared.gap), std::move(prepared.states));
  if (faulty(Fault::kCaughtUpEarly) && cursor_ < ring_.last_seq()) {
    const core::Seq reached = std::exchange(cursor_, ring_.last_seq());
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
  if (!reading_) reading_ = std::make_unique<Reading>();
  return *reading_;
}

void SessionState::queue_state(std::optional<gjallar::v1::Gap> gap, std::vector<gjallar::v1::State> states) {
  if (!gap && states.empty()) return;
  std::vector<gjallar::v1::Frame>& frames = reading().states;
  if (gap) *frames.emplace_back().mutable_gap() = std::move(*gap);
  for (gjallar::v1::State& state : states)
    *frames.emplace_back().mutable_state() = std::move(state);
}

void SessionState::queue_urgent(Prepared& prepared, bool was_held) {
  const core::Seq overtaken_from = beginning_ ? beginning_->overtaken_from : 0;
  beginning_.reset();
  std::vector<SharedEvent> urgent = std::move(prepared.urgent);
  if (overtaken_from != 0) {
    urgent.erase(std::remove_if(urgent.begin(), urgent.end(),
                                [&](const SharedEvent& event) { return event->seq >= overtaken_from; }),
                 urgent.end());
  }
  if (was_held && plan_.position) {
    // What came while nothing could be said.
    for (core::Seq seq = std::max({cursor_, prepared.head, ring_.first_seq() - 1}) + 1;
         seq <= ring_.last_seq() && urgent.size() < core::limits::kUrgentFirstMax; ++seq) {
      if (ring_.at(seq)->urgent && concerns(*ring_.at(seq), interest_)) urgent.push_back(ring_.at(seq));
    }
  }
  if (urgent.empty()) return;
  beginning_ = std::make_unique<Beginning>();
  beginning_->urgent = std::move(urgent);
}

void SessionState::send_ahead() {
  const SharedEvent event = std::move(beginning_->urgent[beginning_->next++]);
  if (beginning_->next == beginning_->urgent.size()) beginning_.reset();
  ++overtaking_sent_;
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
  const bool beginning = stage_ == Stage::kPreparing;
  if (!event->urgent || (beginning && (!plan_.position || plan_.to_check))) return;
  if (beginning) {
    if (!beginning_) beginning_ = std::make_unique<Beginning>();
    if (beginning_->overtaken_from == 0) beginning_->overtaken_from = event->seq;
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
  if (overtaking_in_flight_ >= core::limits::kSessionOvertakingMax || faulty(Fault::kOvertakingLeftOut))
    return;
  if (faulty(Fault::kCursorMovedByOvertaking)) cursor_ = event->seq;
  ++overtaking_sent_;
  sent_max_ = std::max(sent_max_, event->seq);
  book({event->seq, Credit::kOvertaking, false, false},
       port_.send(Delivery{event, 0, !faulty(Fault::kOvertakingUnmarked)}, false), false);
}

void SessionState::book(InFlight frame, Sent sent, bool more) {
  if (sent == Sent::kWritten) {
    ++written_total_;
    if (frame.seq != 0) port_.wrote(frame.seq);
    return;
  }
  if (frame.credit == Credit::kOrdinary) {
    ++ordinary_in_flight_;
    if (more) ++held_;
  }
  if (more) held_from_ring_ = frame.from_ring ? held_from_ring_ + 1 : 0;
  if (frame.credit == Credit::kOvertaking) ++overtaking_in_flight_;
  if (frame.heartbeat) heartbeat_in_flight_ = true;
  if (more) flush_is_due_ = true;
  if (more && in_flight_.capacity() == 0) in_flight_.reserve(core::limits::kSessionInFlightMax);
  in_flight_.push_back(frame);
}

void SessionState::settle(std::size_t frames) {
  if (faulty(Fault::kWrittenForgotten)) return;
  for (; frames > 0 && in_flight_next_ < in_flight_.size(); --frames) {
    const InFlight frame = in_flight_[in_flight_next_++];
    ++written_total_;
    if (frame.credit == Credit::kOrdinary) --ordinary_in_flight_;
    if (frame.credit == Credit::kOvertaking) --overtaking_in_flight_;
    if (frame.heartbeat) heartbeat_in_flight_ = false;
    if (frame.seq != 0) port_.wrote(frame.seq);
  }
  if (in_flight_next_ == in_flight_.size()) {
    std::vector<InFlight>().swap(in_flight_);
    in_flight_next_ = 0;
  } else if (in_flight_next_ >= core::limits::kSessionInFlightMax) {
    in_flight_.erase(in_flight_.begin(), in_flight_.begin() + static_cast<std::ptrdiff_t>(in_flight_next_));
    in_flight_next_ = 0;
  }
}

bool SessionState::flush() {
  if (!flush_is_due_) return false;
  flush_is_due_ = false;
  held_ = 0;
  const std::size_t returnable = std::exchange(held_from_ring_, 0);
  const Flushed flushed = port_.flush(returnable);
  take_back(flushed.returned);
  settle(flushed.written);
  return flushed.written > 0;
}

void SessionState::take_back(std::size_t frames) {
  if (frames == 0) return;
  in_flight_.resize(in_flight_.size() - frames);
  in_flight_.shrink_to_fit();  // a burst leaves thousands of sessions so, most of them with one frame
  ordinary_in_flight_ -= frames;
  live_ = false;
  cursor_ = before_ring_->cursor;
  told_up_to_ = before_ring_->told_up_to;
  sent_max_ = before_ring_->sent_max;
  recent_ = before_ring_->recent;
  for (std::size_t i = in_flight_next_; i < in_flight_.size(); ++i) {
    if (!in_flight_[i].from_ring || in_flight_[i].seq <= cursor_) continue;
    cursor_ = in_flight_[i].seq;
    told_up_to_ = std::max(told_up_to_, cursor_);
    sent_max_ = std::max(sent_max_, cursor_);
    recent_.push(cursor_);
  }
}

void SessionState::deliver(const SharedEvent& event, bool more, bool from_ring) {
  if (from_ring && held_from_ring_ == 0 && before_ring_ != nullptr)
    *before_ring_ = Place{event->seq - 1, told_up_to_, sent_max_, recent_};
  const core::Seq previous = faulty(Fault::kPreviousUnconcerned) ? event->seq - 1 : recent_.newest();
  const Delivery delivery{event, previous, false};
  cursor_ = event->seq;
  recent_.push(event->seq);
  told_up_to_ = std::max(told_up_to_, event->seq);
  sent_max_ = std::max(sent_max_, event->seq);
  book({event->seq, Credit::kOrdinary, false, from_ring}, port_.send(delivery, more), more);

  if (changes_interest(event->type, event->subject, interest_)) {
    held_from_ring_ = 0;  // what follows from it is under way
    live_ = false;
    waiting_ = Waiting::kRestated;
    port_.want_restated(event);
  } else if (event->type == gjallar::v1::EVENT_TYPE_SERVICE_DISABLED && interest_.service &&
             event->subject == interest_.service_id) {
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
  before_ring_ = &before_ring;
  do {
    while (step()) {
    }
  } while (flush());
  before_ring_ = nullptr;
}

bool SessionState::step() {
  if (stage_ != Stage::kRunning || waiting_ != Waiting::kNothing || live_) return false;
  if (beginning_) {
    if (!has_credit()) return false;
    send_ahead();
    return true;
  }
  if (has_states()) {
    if (!has_credit()) return false;
    const gjallar::v1::Frame frame = std::move(reading_->states[reading_->states_next++]);
    if (!has_states()) {
      std::vector<gjallar::v1::Frame>().swap(reading_->states);
      reading_->states_next = 0;
    }
    send_control(frame, Credit::kOrdinary, frame.has_state() ? frame.state().seq() : 0, true);
    return true;
  }
  if (reading_ && reading_->slice_next < reading_->slice.events.size()) {
    if (!has_credit()) return false;
    const SharedEvent event = std::move(reading_->slice.events[reading_->slice_next++]);
    if (event->seq > cursor_ || faulty(Fault::kDuplicateFilterOff)) deliver(event, true);
    return true;
  }
  if (reading_) {
    cursor_ = std::max(cursor_, reading_->slice.up_to);
    reading_.reset();
  }
  if (cursor_ >= ring_.last_seq()) {
    reach_head();
    return false;
  }
  if (cursor_ + 1 < ring_.first_seq()) {
    waiting_ = Waiting::kSlice;
    port_.want_slice(cursor_);
    return false;
  }
  const SharedEvent& event = ring_.at(cursor_ + 1);
  if (!concerns(*event, interest_)) {
    ++cursor_;
    return true;
  }
  if (!has_credit()) return false;
  deliver(event, true, true);
  return true;
}

void SessionState::reach_head() {
  live_ = true;
  if (caught_up_sent_) return;
  caught_up_sent_ = true;
  gjallar::v1::Frame frame;
  frame.mutable_caughtup()->set_seq(cursor_);
  frame.mutable_caughtup()->set_cursor(core::to_text(core::Cursor{log_id_, cursor_}));
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
  if (stage_ != Stage::kRunning || state_due || heartbeat_in_flight_) return;
  const core::Seq position = faulty(Fault::kHeartbeatAhead) ? head_seq : cursor();
  gjallar::v1::Frame frame;
  gjallar::v1::Heartbeat& heartbeat = *frame.mutable_heartbeat();
  heartbeat.set_head_seq(head_seq);
  heartbeat.set_head_hash(std::string(core::as_view(head_hash)));
  for (const core::Seq seq : recent_)
    heartbeat.add_recent_seqs(seq);
  heartbeat.set_cursor(core::to_text(core::Cursor{log_id_, position}));
  told_up_to_ = std::max(told_up_to_, position);
  send_control(frame, Credit::kNone, 0, false);
}

bool SessionState::stalled(core::SteadyTime now, std::chrono::milliseconds timeout) {
  if (faulty(Fault::kSlowForgotten)) return false;
  if (faulty(Fault::kSlowAtOnce)) timeout = std::chrono::milliseconds(0);
  if (stage_ == Stage::kFinished || in_flight_next_ == in_flight_.size()) {
    stalled_since_.reset();
    return false;
  }
  if (!stalled_since_ || written_seen_ != written_total_) {
    stalled_since_ = now;
    written_seen_ = written_total_;
    return false;
  }
  return now - *stalled_since_ >= timeout;
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
