#include "tests/support/simulated_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gjallar::testing {
namespace {

using fanout::Delivery;
using fanout::Sent;
using fanout::SharedEvent;

constexpr std::size_t kSliceMax = 5;
constexpr std::chrono::milliseconds kRetryAfter{1'000};

bool is_ordinary(const std::optional<Delivery>& delivery) {
  return delivery && !delivery->overtaking;
}

}  // namespace

SimulatedSession::SimulatedSession(SimulatedBroker& broker, SimulatedClient& client,
                                   fanout::Registry::Place place, bool socket)
    : broker_(broker), client_(client), socket_(socket), place_(std::move(place)), last_written_(broker.now) {
  fanout::SessionRequest request;
  if (client.cursor()) request.cursor = core::Cursor{kSimulatedLogId, *client.cursor()};
  request.seen = client.seen();
  const core::Seq head = broker.log.head();
  const fanout::StartPlan plan = fanout::plan_start(request, kSimulatedLogId, head);
  checking_ = plan.to_check != nullptr;
  client.connected(broker.log, broker.dispatcher->ring().last_seq());
  fanout::Interest interest;
  interest.service = client.service();
  interest.service_id = simulated_service(client.service());
  state_ = std::make_unique<fanout::SessionState>(interest, plan, kSimulatedLogId, 0,
                                                  broker.dispatcher->ring(), *this, window());
  broker.dispatcher->add(*state_);
  v1::Hello hello;
  hello.set_head_seq(head);
  hello.set_head_hash(std::string(core::as_view(broker.log.hash(head))));
  hello.set_resumption(plan.resumption);
  hello.set_replaying(plan.replaying);
  state_->open(hello);
}

SimulatedSession::~SimulatedSession() {
  broker_.dispatcher->remove(*state_);
}

std::size_t SimulatedSession::window() const noexcept {
  return socket_ ? 1 : core::limits::kSessionInFlightMax;
}

// ---- what it is given to send ----------------------------------------------------------------------------

Sent SimulatedSession::send(const Delivery& delivery, bool more) {
  sent_.insert(delivery.event->seq);
  if (!delivery.overtaking && !ready_ && ordinary_waiting_ >= window())
    broker_.note(fmt::format("a socket that takes no more was given event {}", delivery.event->seq));
  return put({delivery, std::nullopt}, more);
}

Sent SimulatedSession::send(const v1::Frame& frame, bool more) {
  return put({std::nullopt, frame}, more);
}

Sent SimulatedSession::put(Item item, bool more) {
  if (ended_) broker_.note("something was sent after goodbye");
  if (socket_ && more) {
    held_.push_back(std::move(item));
    return Sent::kQueued;
  }
  if (socket_ && waiting_.empty() && wire_.size() < room_) {
    wire_.push_back(std::move(item));
    ++written_;
    last_written_ = broker_.now;
    return Sent::kWritten;
  }
  wait(std::move(item));
  return Sent::kQueued;
}

void SimulatedSession::wait(Item item) {
  // Time without progress counts from when there is something to write.
  if (waiting_.empty()) last_written_ = broker_.now;
  if (is_ordinary(item.delivery)) ++ordinary_waiting_;
  waiting_.push_back(std::move(item));
}

fanout::Flushed SimulatedSession::flush(std::size_t returnable) {
  fanout::Flushed flushed;
  if (!socket_) return flushed;
  for (; !held_.empty(); held_.pop_front())
    wait(std::move(held_.front()));
  flushed.written = write_waiting();
  flushed.full = !waiting_.empty();
  while (waiting_.size() > 1 && flushed.returned < returnable) {
    if (is_ordinary(waiting_.back().delivery)) --ordinary_waiting_;
    sent_.erase(waiting_.back().delivery->event->seq);
    waiting_.pop_back();
    ++flushed.returned;
  }
  return flushed;
}

void SimulatedSession::finish(const v1::Goodbye& goodbye) {
  ended_ = true;
  start_.reset();
  slice_after_.reset();
  restate_.reset();
  for (; !held_.empty(); held_.pop_front())
    wait(std::move(held_.front()));
  if (!goodbye.reconnect() || !goodbye.has_retry_after()) broker_.note("a goodbye without advice");
  if (goodbye.reason() == v1::GOODBYE_REASON_SLOW && broker_.now - last_written_ < kSimulatedSlowAfter)
    broker_.note("a session that makes progress was sent away as slow");
}

// ---- what happens to it ----------------------------------------------------------------------------------

void SimulatedSession::read(std::size_t count) {
  for (; count > 0 && !wire_.empty(); --count) {
    const Item item = std::move(wire_.front());
    wire_.pop_front();
    if (item.delivery) client_.apply(*item.delivery, broker_.finding);
    if (item.frame) client_.apply(*item.frame, broker_.finding);
  }
  if (waiting_.empty() || wire_.size() >= room_) return;
  if (socket_ && !ended_) {
    ready_ = true;
    state_->writable();
    ready_ = false;
  } else {
    state_->written(write_waiting());
  }
}

std::size_t SimulatedSession::write_waiting() {
  std::size_t written = 0;
  while (!waiting_.empty() && wire_.size() < room_) {
    if (is_ordinary(waiting_.front().delivery)) --ordinary_waiting_;
    wire_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
    ++written;
  }
  if (written > 0) last_written_ = broker_.now;
  written_ += written;
  return written;
}

void SimulatedSession::answer() {
  if (ended_) return;
  if (start_) {
    answer_start(*std::exchange(start_, std::nullopt));
  } else if (slice_after_) {
    answer_slice(*std::exchange(slice_after_, std::nullopt));
  } else if (restate_) {
    const SharedEvent event = std::exchange(restate_, nullptr);
    fanout::Restated restated;
    restated.gap.emplace().set_reason(v1::GAP_REASON_INTEREST_CHANGED);
    restated.states.emplace_back().set_seq(event->seq);
    state_->take_restated(std::move(restated));
  }
}

void SimulatedSession::answer_start(fanout::StartPlan plan) {
  const SimulatedLog& log = broker_.log;
  fanout::Prepared prepared;
  if (plan.to_check) {
    const bool held = log.holds(*plan.to_check);
    prepared.forked = !held;
    plan = fanout::after_check(std::move(plan), held);
  }
  checking_ = false;
  prepared.head = log.head();
  prepared.cursor = plan.position.value_or(log.head());
  for (core::Seq seq = std::min(prepared.cursor, log.head());
       seq > 0 && prepared.recent.size() < core::limits::kRecentSeqs; --seq) {
    if (concerns(log.at(seq), client_.service())) prepared.recent.insert(prepared.recent.begin(), seq);
  }
  const bool changed = plan.position && *plan.position > 0 && *plan.position <= log.head() &&
                       changes(log.at(*plan.position), client_.service());
  if (plan.position && plan.urgent_first && !changed) {
    for (core::Seq seq = prepared.head;
         seq > *plan.position && prepared.urgent.size() < core::limits::kUrgentFirstMax; --seq) {
      if (log.at(seq)->urgent && concerns(log.at(seq), client_.service()))
        prepared.urgent.insert(prepared.urgent.begin(), log.at(seq));
    }
  }
  if (plan.gap_reason != v1::GAP_REASON_UNSPECIFIED) prepared.gap.emplace().set_reason(plan.gap_reason);
  if (changed) prepared.gap.emplace().set_reason(v1::GAP_REASON_INTEREST_CHANGED);
  if (!plan.position || changed) prepared.states.emplace_back().set_seq(prepared.cursor);
  state_->take_start(std::move(prepared));
}

void SimulatedSession::answer_slice(core::Seq after) {
  fanout::Slice slice;
  slice.up_to = broker_.log.head();
  for (core::Seq seq = after + 1; seq <= broker_.log.head(); ++seq) {
    if (!concerns(broker_.log.at(seq), client_.service())) continue;
    slice.events.push_back(broker_.log.at(seq));
    if (slice.events.size() == kSliceMax) slice.up_to = seq;
    if (slice.events.size() == kSliceMax) break;
  }
  state_->take_slice(std::move(slice));
}

void SimulatedSession::heartbeat() {
  if (!ended_) state_->heartbeat(broker_.log.head(), broker_.log.hash(broker_.log.head()));
}

void SimulatedSession::tick() {
  if (ended_) return;
  const bool stuck = !waiting_.empty() && written_ == written_at_tick_;
  written_at_tick_ = written_;
  if (!stuck || !stuck_since_) stuck_since_ = broker_.now;
  if (waiting_.empty()) stuck_since_.reset();
  const bool slow = state_->stalled(broker_.now, kSimulatedSlowAfter);
  if (slow) state_->finish(v1::GOODBYE_REASON_SLOW, true, kRetryAfter);
  if (!slow && stuck_since_ && broker_.now - *stuck_since_ >= kSimulatedSlowAfter)
    broker_.note("a session without progress was kept");
}

void SimulatedSession::drain() {
  if (ended_) return;
  state_->finish(v1::GOODBYE_REASON_DRAINING, true, kRetryAfter);
  if (!ended_) broker_.note("a draining broker said no goodbye");
}

// ---- what overtakes --------------------------------------------------------------------------------------

bool SimulatedSession::has_place(core::Seq seq) const {
  return client_.cursor().has_value() && !checking_ && !ended_ && state_->cursor() < seq;
}

void SimulatedSession::check_urgent(const SharedEvent& event, bool had_place) {
  if (!had_place || !event->urgent || !concerns(event, client_.service())) return;
  if (sent_.count(event->seq) == 0 && overtaking_waiting() < core::limits::kSessionOvertakingMax)
    broker_.note(fmt::format("urgent event {} waits its turn", event->seq));
}

std::size_t SimulatedSession::overtaking_waiting() const {
  return static_cast<std::size_t>(std::count_if(waiting_.begin(), waiting_.end(), [](const Item& item) {
    return item.delivery && item.delivery->overtaking;
  }));
}

}  // namespace gjallar::testing
