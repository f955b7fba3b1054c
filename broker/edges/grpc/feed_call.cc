#include "broker/edges/grpc/feed_call.h"

#include "broker/core/limits.h"

namespace gjallar::edges {
namespace {

core::Result<void> check(const v1::FeedRequest& request) {
  if (request.idempotency_key().empty()) {
    return core::make_error(v1::ERROR_CODE_MISSING_FIELD, "idempotency_key",
                            "Every item of a feed needs its own key.",
                            "Send a key that stays the same when the item is repeated.");
  }
  switch (request.command().command_case()) {
    case v1::Command::kIssue:
    case v1::Command::kRevise:
    case v1::Command::kGrade:
    case v1::Command::kWiden:
    case v1::Command::kRetract:
    case v1::Command::kObserve:
    case v1::Command::kReport:
    case v1::Command::kCountOverdoses:
      return {};
    default:
      return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "command", "A feed takes no such command.",
                              "Send issue, revise, grade, widen, retract, observe, report or "
                              "count_overdoses.");
  }
}

}  // namespace

FeedCall* FeedCall::start(Services& services, grpc::CallbackServerContext* context) {
  auto call = std::make_shared<FeedCall>(services);
  call->self_ = call;
  call->begin(services.admit(*context));
  return call.get();
}

void FeedCall::begin(core::Result<domain::Principal> caller) {
  if (caller && services_.calls.add(shared_from_this())) {
    principal_ = std::move(*caller);
    reading_ = true;
    StartRead(&incoming_);
    return;
  }
  finished_ = true;
  Finish(to_status(caller ? draining_error() : caller.error()));
}

void FeedCall::take() {
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    number = first_number_ + items_.size();
    items_.emplace_back();
    items_.back().response.set_idempotency_key(incoming_.idempotency_key());
    ++unanswered_;
  }
  services_.feeds.taken();
  // A feed may outlive the token that opened it.
  const auto good = services_.parts.authenticator.check_still_good(principal_);
  if (const auto well_formed = good ? check(incoming_) : good; !well_formed) {
    answer(number, well_formed.error());
    return;
  }
  services_.parts.admission.submit(
      principal_, std::move(*incoming_.mutable_command()), incoming_.idempotency_key(),
      [self = shared_from_this(), number](core::Result<v1::CommandOutcome> outcome) {
        self->services_.answers.run([self, number, outcome = std::move(outcome)] {
          self->answer(number, outcome);
          self->go_on(false);
        });
      },
      admission::Sender::kFeed);
}

void FeedCall::answer(std::uint64_t number, core::Result<v1::CommandOutcome> outcome) {
  services_.feeds.answered();
  const std::lock_guard lock(mutex_);
  Item& item = items_[number - first_number_];
  if (outcome) {
    *item.response.mutable_outcome() = std::move(*outcome);
  } else {
    *item.response.mutable_error() = core::to_proto(outcome.error());
  }
  item.answered = true;
  --unanswered_;
}

void FeedCall::go_on(bool in_reaction) {
  bool read = false;
  bool write = false;
  bool finish = false;
  grpc::Status status;
  {
    const std::lock_guard lock(mutex_);
    if (!writing_ && !cancelled_ && !items_.empty() && items_.front().answered) {
      outgoing_ = std::move(items_.front().response);
      items_.pop_front();
      ++first_number_;
      write = writing_ = true;
    }
    const bool wants_more = !reading_ && !reads_over_ && !cancelled_ && !ending_;
    if (in_reaction && wants_more && services_.feeds.has_room(items_.size())) read = reading_ = true;
    const bool over = cancelled_ || ((reads_over_ || ending_) && items_.empty());
    if (over && !finished_ && !writing_ && unanswered_ == 0) {
      finish = finished_ = true;
      status = final_status();
    }
  }
  if (read) StartRead(&incoming_);
  if (write) StartWrite(&outgoing_);
  if (finish) Finish(status);
}

grpc::Status FeedCall::final_status() const {
  if (cancelled_) return grpc::Status::CANCELLED;
  return ending_ && !reads_over_ ? to_status(draining_error()) : grpc::Status::OK;
}

void FeedCall::OnReadDone(bool ok) {
  bool refused = false;
  {
    const std::lock_guard lock(mutex_);
    if (!ok) reads_over_ = true;
    // What was read while the broker stops is not begun: the sender has no answer and will repeat it.
    refused = !ok || ending_ || cancelled_;
  }
  if (!refused) take();
  {
    // Only now may the next item be read: `incoming_` was in use, and items keep their order.
    const std::lock_guard lock(mutex_);
    reading_ = false;
  }
  go_on(true);
}

void FeedCall::OnWriteDone(bool ok) {
  {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    if (!ok) cancelled_ = true;
  }
  go_on(true);
}

void FeedCall::OnCancel() {
  {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
  }
  go_on(false);
}

void FeedCall::end() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  go_on(false);
}

void FeedCall::OnDone() {
  services_.calls.remove(this);
  const auto last = std::move(self_);
}

}  // namespace gjallar::edges
