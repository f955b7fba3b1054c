#include "broker/edges/grpc/replay_call.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "broker/core/identity.h"
#include "broker/core/limits.h"
#include "broker/projections/queries.h"
#include "gjallar/v1/operator_service.grpc.pb.h"

namespace gjallar::edges {
namespace {

/// Bytes of events that a slice holds in memory at most, give or take one event.
constexpr std::size_t kSliceBytesMax = std::size_t{2} * 1024 * 1024;
/// A pause longer than this is waited for in pieces: so long a replay may outlive its caller's token.
constexpr std::chrono::seconds kWaitMax{1};

core::Result<void> check(const domain::Principal& principal, const v1::ReplayRequest& request,
                         const domain::RoleCatalogue& roles) {
  if (!principal.rights.operate && !principal.rights.audit) {
    return core::make_error(v1::ERROR_CODE_PERMISSION_DENIED, "replay",
                            "Replay needs the right to operate or to audit.", "Ask the operator.");
  }
  if (!std::isfinite(request.speed()) || request.speed() < 0) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "speed", "The speed is not a number from 0 up.",
                            "Send 0: as fast as possible; 1: as it happened.");
  }
  return projections::check_replay_filters(request, roles);
}

/// A slice that owns the bytes.
grpc::Slice slice_of(std::string bytes) {
  auto kept = std::make_unique<std::string>(std::move(bytes));
  std::string* const text = kept.release();
  return {text->data(), text->size(), [](void* owned) { delete static_cast<std::string*>(owned); }, text};
}

grpc::ByteBuffer buffer_of(ReplayMessages::Message message) {
  const grpc::Slice slices[] = {grpc::Slice(message.head), slice_of(std::move(message.body))};
  return message.head.empty() ? grpc::ByteBuffer(slices + 1, 1) : grpc::ByteBuffer(slices, 2);
}

}  // namespace

ReplayCall* ReplayCall::start(Services& services, grpc::CallbackServerContext* context,
                              const grpc::ByteBuffer* request) {
  auto call = std::make_shared<ReplayCall>(services);
  call->self_ = call;
  grpc::ByteBuffer bytes = *request;  // shares what it holds
  if (!grpc::SerializationTraits<v1::ReplayRequest>::Deserialize(&bytes, &call->request_).ok()) {
    call->finish(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "The request can't be read."));
    return call.get();
  }
  call->begin(services.admit(*context));
  return call.get();
}

void ReplayCall::begin(core::Result<domain::Principal> caller) {
  if (!caller) return finish(to_status(caller.error()));
  const auto allowed = check(*caller, request_, services_.parts.authenticator.roles());
  if (!allowed) return finish(to_status(allowed.error()));
  principal_ = std::move(*caller);
  if (!services_.calls.add(shared_from_this())) return finish(to_status(draining_error()));
  next_message();
}

bool ReplayCall::take_slice() {
  while (messages_.empty() && !read_to_end_) {
    std::optional<Slice> slice;
    bool begun = false;
    {
      const std::lock_guard lock(mutex_);
      slice = std::exchange(ahead_, std::nullopt);
      begun = reading_;
      if (!slice && begun) awaited_ = true;
    }
    if (!slice) {
      if (!begun) begin_slice(true);
      return false;
    }
    if (!slice->result) {
      finish(to_status(slice->result.error()));
      return false;
    }
    messages_ = std::move(slice->messages);
    read_to_end_ = slice->last;
    if (!read_to_end_ && request_.speed() == 0) begin_slice(false);
  }
  return true;
}

void ReplayCall::begin_slice(bool awaited) {
  {
    const std::lock_guard lock(mutex_);
    reading_ = true;
    awaited_ = awaited;
  }
  const auto queued = services_.reader.run([self = shared_from_this()] { self->read_slice(); });
  if (queued) return;
  {
    const std::lock_guard lock(mutex_);
    reading_ = false;
    awaited_ = false;
  }
  if (!awaited) return;
  if (queued.error().code != v1::ERROR_CODE_OVERLOADED) return finish(to_status(queued.error()));
  wait_until(std::chrono::steady_clock::now() + core::limits::kOverloadedRetryAfter,
             &ReplayCall::next_message);
}

void ReplayCall::read_slice() {
  bool given_up = false;
  {
    const std::lock_guard lock(mutex_);
    given_up = cancelled_ || ending_ || finished_;
  }
  Slice slice;
  if (!given_up) {
    slice.messages.set_batches(request_.batches() && request_.speed() == 0);
    slice.result = collect(slice.messages);
    slice.last = slice.result && replay_->done();
  }
  {
    const std::lock_guard lock(mutex_);
    ahead_ = std::move(slice);
    reading_ = false;
    if (!std::exchange(awaited_, false)) return;
  }
  next_message();
}

core::Result<void> ReplayCall::collect(ReplayMessages& messages) {
  const auto snapshot = services_.parts.log.snapshot();
  if (!replay_) {
    auto begun = projections::Replay::begin(*snapshot, principal_, request_);
    if (!begun) return begun.error();
    replay_ = std::move(*begun);
  }
  std::size_t bytes = 0;
  return replay_->read_slice(*snapshot, [&](const projections::ReplayedEvent& event) {
    bytes += event.bytes.size();
    messages.add(event);
    return bytes < kSliceBytesMax;
  });
}

void ReplayCall::next_message() {
  if (stopped() || !take_slice()) return;
  if (messages_.empty()) {
    caught_up_ = true;
    v1::ReplayResponse response;
    v1::CaughtUp* caughtup = response.mutable_caughtup();
    caughtup->set_seq(replay_->to());
    caughtup->set_cursor(core::to_text(core::Cursor{services_.parts.log.id(), replay_->to()}));
    const grpc::Slice slice(response.SerializeAsString());
    outgoing_ = grpc::ByteBuffer(&slice, 1);
    return StartWrite(&outgoing_);
  }
  if (request_.speed() > 0) {
    const core::SteadyTime time = due(messages_.next_time());
    if (time > std::chrono::steady_clock::now()) return wait_until(time, &ReplayCall::next_message);
  }
  outgoing_ = buffer_of(messages_.take());
  StartWrite(&outgoing_);
}

core::SteadyTime ReplayCall::due(core::WallTime time) {
  if (!first_event_time_) {
    first_event_time_ = time;
    first_sent_ = std::chrono::steady_clock::now();
  }
  const std::chrono::duration<double> after = (time - *first_event_time_);
  // A century at most, so that the sum stays in range whatever the speed is.
  const double seconds = std::min(after.count() / request_.speed(), 3.2e9);
  return first_sent_ +
         std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
}

void ReplayCall::wait_until(core::SteadyTime due, void (ReplayCall::*then)()) {
  const auto wait = std::min<std::chrono::nanoseconds>(due - std::chrono::steady_clock::now(), kWaitMax);
  const std::lock_guard lock(mutex_);
  alarm_ = std::make_unique<grpc::Alarm>();  // a new one: this may run in the old one's own callback
  alarm_->Set(std::chrono::system_clock::now() + std::chrono::duration_cast<std::chrono::microseconds>(wait),
              [self = shared_from_this(), then](bool) { ((*self).*then)(); });
  if (cancelled_ || ending_) alarm_->Cancel();
}

bool ReplayCall::stopped() {
  bool cancelled = false;
  bool ending = false;
  {
    const std::lock_guard lock(mutex_);
    cancelled = cancelled_;
    ending = ending_;
  }
  if (cancelled || ending) {
    finish(cancelled ? grpc::Status::CANCELLED : to_status(draining_error()));
    return true;
  }
  const auto good = services_.parts.authenticator.check_still_good(principal_);
  if (!good) finish(to_status(good.error()));
  return !good;
}

void ReplayCall::finish(const grpc::Status& status) {
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
  }
  Finish(status);
}

void ReplayCall::OnWriteDone(bool ok) {
  if (!ok) return finish(grpc::Status::CANCELLED);
  if (caught_up_) return finish(grpc::Status::OK);
  next_message();
}

void ReplayCall::OnCancel() {
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
  if (alarm_) alarm_->Cancel();
}

void ReplayCall::end() {
  const std::lock_guard lock(mutex_);
  ending_ = true;
  if (alarm_) alarm_->Cancel();
}

void ReplayCall::OnDone() {
  services_.calls.remove(this);
  const auto last = std::move(self_);
}

}  // namespace gjallar::edges
