#include "tests/support/simulated_client.h"

#include <fmt/format.h>

#include <algorithm>

#include "broker/core/limits.h"

namespace gjallar::testing {
namespace {

/// Of more urgent events than this it may be that some came too late to be the newest.
constexpr std::size_t kDueAheadMax = core::limits::kUrgentFirstMax / 2;

fanout::SeenHead seen_head(core::Seq seq, const std::string& hash) {
  fanout::SeenHead seen;
  seen.seq = seq;
  std::copy_n(hash.begin(), std::min(hash.size(), seen.hash.size()), seen.hash.begin());
  return seen;
}

}  // namespace

void SimulatedClient::connected(const SimulatedLog& log, core::Seq dispatched) {
  fresh_ = true;
  told_head_.reset();
  overtaken_.clear();
  due_ahead_.clear();
  const bool ahead = cursor_ && *cursor_ > log.head();
  const bool forked = seen_ && !log.holds(*seen_);
  gap_due_ = ahead || forked;
  state_due_ = gap_due_ || !cursor_;
  state_came_ = false;
  restate_due_ = !state_due_ && *cursor_ > 0 && changes(log.at(*cursor_), service_);
  if (state_due_) {
    forget();
    return;
  }
  if (!from_) from_ = *cursor_;
  if (restate_due_) return;
  for (core::Seq seq = *cursor_ + 1; seq <= std::min(dispatched, log.head()); ++seq) {
    if (log.at(seq)->urgent && concerns(log.at(seq), service_)) due_ahead_.insert(seq);
  }
  if (due_ahead_.size() > kDueAheadMax) due_ahead_.clear();
}

void SimulatedClient::forget() {
  cursor_.reset();
  from_.reset();
  seen_.reset();
  in_order_.clear();
}

void SimulatedClient::begin_in_order(Finding& finding) {
  if (!std::exchange(fresh_, false)) return;
  for (const core::Seq seq : due_ahead_) {
    if (overtaken_.count(seq) == 0) finding = fmt::format("urgent event {} wasn't told of first", seq);
  }
}

void SimulatedClient::apply(const fanout::Delivery& delivery, Finding& finding) {
  const core::Seq seq = delivery.event->seq;
  if (!concerns(delivery.event, service_))
    finding = fmt::format("event {} doesn't concern {}", seq, service_);
  if (delivery.overtaking) {
    if (!delivery.event->urgent) finding = fmt::format("event {} overtakes and isn't urgent", seq);
    overtaken_.insert(seq);
    return;
  }
  if (!from_) {
    finding = fmt::format("event {} came before the state did", seq);
    return;
  }
  if (gap_due_) finding = fmt::format("event {} came, and no gap was told", seq);
  if (restate_due_) finding = fmt::format("event {} came before the state of the new interest", seq);
  begin_in_order(finding);
  const core::Seq had = in_order_.empty() ? *from_ : in_order_.back();
  if (seq <= std::max(had, cursor_.value_or(0)))
    finding = fmt::format("event {} came again, or out of order, after {}", seq, had);
  if (!in_order_.empty() && delivery.prev_seq != in_order_.back())
    finding =
        fmt::format("event {} names {} before it, and not {}", seq, delivery.prev_seq, in_order_.back());
  if (in_order_.empty() && delivery.prev_seq > *from_)
    finding = fmt::format("the first event {} names one before it that never came", seq);
  in_order_.push_back(seq);
  cursor_ = seq;
  restate_due_ = changes(delivery.event, service_);
}

void SimulatedClient::apply(const v1::Frame& frame, Finding& finding) {
  if (frame.has_hello()) {
    const bool gap_told =
        frame.hello().resumption() == v1::RESUMPTION_GAP || frame.hello().resumption() == v1::RESUMPTION_FORK;
    if (gap_told != gap_due_)
      finding = gap_due_ ? "hello hides a gap" : "hello tells of a gap, and there is none";
    told_head_ = seen_head(frame.hello().head_seq(), frame.hello().head_hash());
    if (!state_due_) seen_ = told_head_;
  }
  if (frame.has_gap()) gap_due_ = false;
  if (frame.has_caughtup()) {
    if (gap_due_) finding = "a gap was hidden";
    if (restate_due_) finding = "caughtup came before the state of the new interest";
    if (state_due_) seen_ = told_head_;
    cursor_ = frame.caughtup().seq();
    if (state_due_) from_ = from_ ? from_ : cursor_;
    state_due_ = false;
  }
  if (frame.has_heartbeat()) {
    // Of what came in order it names the last ones, and leaves none out between them.
    auto had = in_order_.rbegin();
    const auto& recent = frame.heartbeat().recent_seqs();
    for (auto seq = recent.rbegin(); seq != recent.rend() && had != in_order_.rend(); ++seq, ++had) {
      if (*seq != *had) finding = fmt::format("a heartbeat names {} as recent, and not {}", *seq, *had);
    }
    if (recent.empty() && !in_order_.empty()) finding = "a heartbeat names nothing as recent";
    const auto cursor = core::parse_cursor(frame.heartbeat().cursor());
    if (restate_due_ || (state_due_ && !state_came_)) finding = "a cursor was told before the state came";
    if (!cursor) {
      finding = "a heartbeat without a cursor";
    } else {
      if (cursor->seq < cursor_.value_or(0)) finding = "a heartbeat's cursor goes back";
      cursor_ = cursor->seq;
      if (!from_) from_ = cursor_;
    }
    const auto head = seen_head(frame.heartbeat().head_seq(), frame.heartbeat().head_hash());
    if (!state_due_) seen_ = head;
  }
  if (frame.has_state()) {
    if (gap_due_) finding = "a state came, and no gap was told";
    if (!from_) from_ = frame.state().seq();
    restate_due_ = false;
    state_came_ = true;
  }
}

void SimulatedClient::check(const SimulatedLog& log, Finding& finding) const {
  if (!finding.empty()) return;
  if (!from_) {
    finding = fmt::format("client {} never had a place", service_);
    return;
  }
  std::vector<core::Seq> due;
  for (core::Seq seq = *from_ + 1; seq <= log.head(); ++seq) {
    if (concerns(log.at(seq), service_)) due.push_back(seq);
  }
  if (restate_due_) finding = fmt::format("client {} was never told of its new interest", service_);
  if (due == in_order_) return;
  const auto differs = std::mismatch(due.begin(), due.end(), in_order_.begin(), in_order_.end());
  finding = fmt::format("client {} ended with {} of {} events; the first that differs is due {}", service_,
                        in_order_.size(), due.size(), differs.first == due.end() ? 0 : *differs.first);
}

}  // namespace gjallar::testing
