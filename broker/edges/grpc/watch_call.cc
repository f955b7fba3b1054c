#include "broker/edges/grpc/watch_call.h"

#include <utility>

#include "broker/core/limits.h"

namespace gjallar::edges {

WatchCall* WatchCall::start(Services& services, grpc::CallbackServerContext* context,
                            const v1::WatchDeliveryRequest* request) {
  v1::GetDeliveryRequest question;
  question.set_alert_id(request->alert_id());
  question.set_version(request->version());
  auto call = std::make_shared<WatchCall>(services, context, std::move(question));
  call->self_ = call;
  call->begin(*request);
  return call.get();
}

void WatchCall::begin(const v1::WatchDeliveryRequest& request) {
  const auto caller = services_.admit(*context_);
  if (!caller) return Finish(to_status(caller.error()));
  const auto interval = watch_interval(request);
  if (!interval) return Finish(to_status(interval.error()));
  interval_ = *interval;
  if (!services_.calls.add(shared_from_this())) return Finish(to_status(draining_error()));
  next_look();
}

void WatchCall::next_look() {
  if (stopped()) return;
  const auto queued = services_.reader.run([self = shared_from_this()] { self->look(); });
  if (queued) return;
  if (queued.error().code != v1::ERROR_CODE_OVERLOADED) return Finish(to_status(queued.error()));
  wait(core::limits::kOverloadedRetryAfter);
}

void WatchCall::look() {
  if (stopped()) return;
  const auto caller = services_.admit(*context_);
  if (!caller) return Finish(to_status(caller.error()));
  auto found = watch_.look(*caller);
  if (!found) return Finish(to_status(found.error()));
  if (!*found) return wait(interval_);
  *outgoing_.mutable_delivery() = std::move(**found);
  {
    const std::lock_guard lock(mutex_);
    writing_ = true;
  }
  StartWrite(&outgoing_);
}

void WatchCall::wait(std::chrono::milliseconds time) {
  const std::lock_guard lock(mutex_);
  alarm_ = std::make_unique<grpc::Alarm>();  // a new one: this may run in the old one's own callback
  alarm_->Set(std::chrono::system_clock::now() + time,
              [self = shared_from_this()](bool) { self->next_look(); });
  if (cancelled_ || ending_) alarm_->Cancel();
}

bool WatchCall::stopped() {
  bool cancelled = false;
  {
    const std::lock_guard lock(mutex_);
    if (!cancelled_ && !ending_) return false;
    cancelled = cancelled_;
  }
  Finish(cancelled ? grpc::Status::CANCELLED : to_status(draining_error()));
  return true;
}

void WatchCall::OnWriteDone(bool ok) {
  {
    const std::lock_guard lock(mutex_);
    writing_ = false;
  }
  if (!ok) return Finish(grpc::Status::CANCELLED);
  if (stopped()) return;
  wait(interval_);
}

void WatchCall::OnCancel() {
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
  if (alarm_) alarm_->Cancel();
}

void WatchCall::end() {
  const std::lock_guard lock(mutex_);
  ending_ = true;
  if (alarm_) alarm_->Cancel();
  // A write that a reader holds up would hold up the server's end.
  if (writing_) context_->TryCancel();
}

void WatchCall::OnDone() {
  services_.calls.remove(this);
  std::shared_ptr<WatchCall> last;
  const std::lock_guard lock(mutex_);
  last = std::move(self_);
}

}  // namespace gjallar::edges
