#include "broker/edges/grpc/feed_call.h"

#include <fmt/format.h>

#include "broker/core/limits.h"

namespace gjallar::edges {
namespace {

/// More items than one request may hold: it is one that is refused.
bool holds_too_much(const v1::FeedRequest& request) {
  return static_cast<std::size_t>(request.more_size()) >= kFeedRequestItemsMax;
}

/// `place`: 0 for the request itself, else of a further item.
core::Result<void> check(const v1::FeedRequest& request, int place) {
  if (holds_too_much(request)) {
    return core::make_error(v1::ERROR_CODE_TOO_LARGE, "more",
                            "The request holds too many items; none of them was begun.",
                            fmt::format("Send at most {} together.", kFeedRequestItemsMax));
  }
  if (place > 0 && request.more_size() > 0) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "more",
                            "A further item of a request has none behind it.",
                            "Send all further items in the request itself.");
  }
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
  const int further = holds_too_much(incoming_) ? 0 : incoming_.more_size();
  const std::size_t items = 1 + static_cast<std::size_t>(further);
  Place place;
  {
    const std::lock_guard lock(mutex_);
    place.request = first_number_ + asked_.size();
    Asked& asked = asked_.emplace_back();
    asked.response.set_idempotency_key(incoming_.idempotency_key());
    for (int i = 0; i < further; ++i)
      asked.response.add_more()->set_idempotency_key(incoming_.more(i).idempotency_key());
    asked.unanswered = items;
    items_ += items;
    unanswered_ += items;
  }
  services_.feeds.taken(items);
  // A feed may outlive the token that opened it.
  const auto admitted = services_.parts.authenticator.check_still_good(principal_);
  take_item(incoming_, place, admitted);
  for (place.item = 1; place.item <= further; ++place.item)
    take_item(*incoming_.mutable_more(place.item - 1), place, admitted);
}

void FeedCall::take_item(v1::FeedRequest& item, Place place, const core::Result<void>& admitted) {
  if (const auto fine = admitted ? check(item, place.item) : admitted; !fine) {
    (void)answer(place, fine.error());  // OnReadDone goes on afterwards
    return;
  }
  services_.parts.admission.submit(
      principal_, std::move(*item.mutable_command()), item.idempotency_key(),
      [self = shared_from_this(), place](core::Result<v1::CommandOutcome> outcome) {
        if (!self->answer(place, std::move(outcome))) return;
        self->services_.answers.run([self] { self->go_on(false); });
      },
      admission::Sender::kFeed);
}

bool FeedCall::answer(Place place, core::Result<v1::CommandOutcome> outcome) {
  services_.feeds.answered();
  const std::lock_guard lock(mutex_);
  Asked& asked = asked_[place.request - first_number_];
  v1::FeedResponse& response =
      place.item == 0 ? asked.response : *asked.response.mutable_more(place.item - 1);
  if (outcome) {
    *response.mutable_outcome() = std::move(*outcome);
  } else {
    *response.mutable_error() = core::to_proto(outcome.error());
  }
  --asked.unanswered;
  --unanswered_;
  // A cancelled feed waits for its last item alone. What is being written tells when it is done.
  const bool due = cancelled_ ? unanswered_ == 0 : has_answer() && !writing_;
  if (!due || told_) return false;
  told_ = true;
  return true;
}

void FeedCall::go_on(bool in_reaction) {
  bool read = false;
  bool write = false;
  bool finish = false;
  grpc::Status status;
  {
    const std::lock_guard lock(mutex_);
    told_ = false;  // whoever was told finds nothing more than this does
    if (!writing_ && !cancelled_ && has_answer()) {
      outgoing_ = std::move(asked_.front().response);
      items_ -= 1 + static_cast<std::size_t>(outgoing_.more_size());
      asked_.pop_front();
      ++first_number_;
      write = writing_ = true;
    }
    const bool wants_more = !reading_ && !reads_over_ && !cancelled_ && !ending_;
    if (in_reaction && wants_more && services_.feeds.has_room(items_)) read = reading_ = true;
    const bool over = cancelled_ || ((reads_over_ || ending_) && asked_.empty());
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
