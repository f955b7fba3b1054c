#include "broker/edges/grpc/subscribe_call.h"

#include <grpcpp/impl/codegen/proto_utils.h>

#include <algorithm>
#include <chrono>

#include "broker/core/identity.h"
#include "broker/core/limits.h"
#include "broker/edges/seen_head.h"
#include "broker/fanout/frame.h"
#include "broker/projections/alert_filter.h"

namespace gjallar::edges {
namespace {

grpc::ByteBuffer to_buffer(const google::protobuf::Message& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return {&slice, 1};
}

/// The body as a slice that shares the event's bytes. Events come to a shard one after another, each for many
/// sessions.
grpc::Slice body_slice(const fanout::SharedEvent& event) {
  struct Last {
    fanout::SharedEvent event;
    grpc::Slice slice;
  };
  thread_local Last last;
  if (last.event != event) {
    auto* keep = new fanout::SharedEvent(event);
    last.slice = grpc::Slice(
        const_cast<char*>(event->proto_body.data()), event->proto_body.size(),
        [](void* kept) { delete static_cast<fanout::SharedEvent*>(kept); }, keep);
    last.event = event;
  }
  return last.slice;
}

core::Result<fanout::SessionRequest> session_request(const domain::Principal& principal,
                                                     const v1::Start& start,
                                                     const domain::RoleCatalogue& roles) {
  fanout::SessionRequest request;
  request.principal = principal;
  request.transport = receipts::TransportKind::kGrpc;
  request.client_id = start.client_id();
  const bool printable = std::all_of(start.client_id().begin(), start.client_id().end(),
                                     [](char c) { return c >= 0x20 && c <= 0x7E; });
  if (!printable || start.client_id().size() > core::limits::kClientIdLengthMax) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "start.client_id",
                            "A client id is 1 to 64 printable ASCII characters.",
                            "Name the program, not a person.");
  }
  if (start.position_case() == v1::Start::kCursor) {
    const auto cursor = core::parse_cursor(start.cursor());
    if (!cursor) {
      return core::make_error(v1::ERROR_CODE_INVALID_CURSOR, "start.cursor", "This isn't a cursor.",
                              "Send the cursor of the last frame that was handled, unchanged, or none.");
    }
    request.cursor = *cursor;
  } else if (start.position_case() == v1::Start::kAfterSeq) {
    request.after = start.after_seq();
  }
  auto seen = seen_head_of(start.seen_seq(), start.seen_hash());
  if (!seen) return seen.error();
  request.seen = std::move(*seen);
  if (!start.area().empty() || !start.role().empty()) {
    // An area of an older edition may still be asked for: alerts of its day carry it.
    GJALLAR_TRY(projections::check_area_filter(start.area(), "start.area"));
    GJALLAR_TRY(projections::check_role_filter(start.role(), roles, "start.role"));
    request.filter = domain::ViewFilter{start.area(), start.role()};
  }
  return request;
}

/// The goodbye frame is for the client program; the status says the same to whoever looks at the call alone.
grpc::Status status_of(const v1::Goodbye& goodbye) {
  if (goodbye.reason() == v1::GOODBYE_REASON_PROTOCOL_ERROR) {
    return to_status(core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "", "The client broke the protocol.",
                                      "Mend it before it connects again."));
  }
  if (goodbye.reason() == v1::GOODBYE_REASON_SERVICE_DISABLED) {
    return to_status(core::make_error(v1::ERROR_CODE_SERVICE_DISABLED, "", "The service was disabled.",
                                      "Ask the operator."));
  }
  if (goodbye.reason() == v1::GOODBYE_REASON_CREDENTIALS_REVOKED) {
    return to_status(core::make_error(v1::ERROR_CODE_UNAUTHENTICATED, "",
                                      "The credentials are no longer valid.", "Connect with new ones."));
  }
  return to_status(core::make_error(v1::ERROR_CODE_UNAVAILABLE, "", "The session has ended.", "Reconnect."));
}

/// The session's way to its call. gRPC tells later what is written.
class CallTransport final : public fanout::Transport {
 public:
  explicit CallTransport(std::shared_ptr<SubscribeCall> call) noexcept : call_(std::move(call)) {}
  fanout::Sent send(const fanout::Delivery& delivery, bool) override {
    call_->send(delivery);
    return fanout::Sent::kQueued;
  }
  fanout::Sent send(const v1::Frame& frame, bool) override {
    call_->send(frame);
    return fanout::Sent::kQueued;
  }
  [[nodiscard]] fanout::Flushed flush(std::size_t) override { return {}; }
  [[nodiscard]] std::size_t window() const noexcept override { return core::limits::kSessionInFlightMax; }
  void finish(const v1::Goodbye& goodbye) override { call_->finish(goodbye); }

 private:
  const std::shared_ptr<SubscribeCall> call_;
};

}  // namespace

SubscribeCall* SubscribeCall::start(Services& services, grpc::CallbackServerContext* context) {
  auto call = std::make_shared<SubscribeCall>(services, context);
  call->self_ = call;
  call->begin(services.admit(*context));
  return call.get();
}

void SubscribeCall::begin(core::Result<domain::Principal> caller) {
  if (!caller) return close(to_status(caller.error()));
  auto place = services_.addresses.enter(address_of_peer(context_->peer()));
  if (!place) return close(to_status(place.error()));
  place_ = std::move(*place);
  if (!services_.calls.add(shared_from_this())) return close(to_status(draining_error()));
  principal_ = std::move(*caller);
  wait_for_start();
  StartRead(&incoming_);
}

void SubscribeCall::wait_for_start() {
  start_alarm_.Set(std::chrono::system_clock::now() + core::limits::kHandshakeTimeout,
                   [weak = weak_from_this()](bool expired) {
                     const auto self = weak.lock();
                     if (!expired || !self) return;
                     {
                       const std::lock_guard lock(self->mutex_);
                       if (self->started_) return;
                     }
                     self->close(to_status(core::make_error(v1::ERROR_CODE_MISSING_FIELD, "start",
                                                            "No start came in time.", "Send start first.")));
                   });
}

void SubscribeCall::OnReadDone(bool ok) {
  if (!ok) {  // the client sends nothing more, and may go on to listen
    bool never_started = false;
    {
      const std::lock_guard lock(mutex_);
      never_started = !started_;
    }
    if (never_started) {
      close(to_status(core::make_error(v1::ERROR_CODE_MISSING_FIELD, "start", "The session never started.",
                                       "Send start first.")));
    }
    return;
  }
  v1::SubscribeRequest request;
  const bool small = incoming_.Length() <= core::limits::kSubscriberMessageBytesMax;
  const bool parsed =
      small && grpc::SerializationTraits<v1::SubscribeRequest>::Deserialize(&incoming_, &request).ok();
  if (!parsed) request.Clear();
  take(request);
  bool more = false;
  {
    const std::lock_guard lock(mutex_);
    more = !closing_ && !cancelled_;
  }
  if (more) StartRead(&incoming_);
}

void SubscribeCall::take(const v1::SubscribeRequest& request) {
  core::Owned<fanout::SessionHandle> session;
  bool started = false;
  {
    const std::lock_guard lock(mutex_);
    session = session_;
    started = started_;
    started_ = true;
  }
  if (!started) {
    start_alarm_.Cancel();
    if (request.has_start()) return open(request.start());
    return close(to_status(core::make_error(v1::ERROR_CODE_MISSING_FIELD, "start",
                                            "The first message isn't start.", "Send start first.")));
  }
  if (!session) return;
  switch (request.message_case()) {
    case v1::SubscribeRequest::kReceived:
      return session->received(request.received());
    case v1::SubscribeRequest::kAcknowledged:
      return session->acknowledged(request.acknowledged());
    default:
      return session->protocol_error();
  }
}

void SubscribeCall::open(const v1::Start& start) {
  auto request = session_request(principal_, start, services_.parts.authenticator.roles());
  if (!request) return close(to_status(request.error()));
  // Receipts keep the client's name.
  const auto named = services_.parts.admission.check_name(principal_, "start.client_id", request->client_id);
  if (!named) return close(to_status(named.error()));
  fanout::Hub& hub = services_.parts.hub;
  auto session =
      hub.open(std::move(*request), core::make_owned<CallTransport>(shared_from_this()), hub.pick_shard());
  if (!session) return close(to_status(session.error()));
  std::size_t written = 0;
  bool closed = false;
  {
    const std::lock_guard lock(mutex_);
    session_ = *session;
    written = std::exchange(written_early_, 0);
    closed = closed_;
  }
  if (written > 0) (*session)->written(written);
  if (closed) (*session)->closed();
}

void SubscribeCall::send(const fanout::Delivery& delivery) {
  const grpc::Slice slices[] = {grpc::Slice(fanout::proto_head(delivery, services_.parts.log.id())),
                                body_slice(delivery.event)};
  push(grpc::ByteBuffer(slices, 2));
}

void SubscribeCall::send(const v1::Frame& frame) {
  v1::SubscribeResponse response;
  *response.mutable_frame() = frame;
  push(to_buffer(response));
}

void SubscribeCall::finish(const v1::Goodbye& goodbye) {
  v1::Frame frame;
  *frame.mutable_goodbye() = goodbye;
  send(frame);
  close(status_of(goodbye));
  linger();
}

void SubscribeCall::linger() {
  const std::lock_guard lock(mutex_);
  if (finished_) return;
  linger_alarm_.Set(std::chrono::system_clock::now() + core::limits::kDrainTime,
                    [weak = weak_from_this()](bool expired) {
                      const auto self = weak.lock();
                      if (!expired || !self) return;
                      const std::lock_guard lock_again(self->mutex_);
                      if (self->self_) self->context_->TryCancel();
                    });
}

void SubscribeCall::close(grpc::Status status) {
  {
    const std::lock_guard lock(mutex_);
    if (closing_) return;
    closing_ = true;
    status_ = std::move(status);
  }
  go_on();
}

void SubscribeCall::push(grpc::ByteBuffer frame) {
  {
    const std::lock_guard lock(mutex_);
    if (closing_ || cancelled_) return;
    waiting_.push_back(std::move(frame));
    if (writing_) return;
  }
  go_on();
}

void SubscribeCall::go_on() {
  bool write = false;
  bool finish = false;
  grpc::Status status;
  {
    const std::lock_guard lock(mutex_);
    if (writing_ || finished_) return;
    if (cancelled_) waiting_.clear();
    if (!waiting_.empty()) {
      outgoing_.Swap(&waiting_.front());
      waiting_.pop_front();
      write = writing_ = true;
    } else if (closing_ || cancelled_) {
      finish = finished_ = true;
      status = cancelled_ ? grpc::Status::CANCELLED : status_;
    }
  }
  // No buffer hint: gRPC 1.51 then holds frames back for good once its write buffer is full.
  if (write) StartWrite(&outgoing_);
  if (finish) Finish(status);
}

void SubscribeCall::OnWriteDone(bool ok) {
  core::Owned<fanout::SessionHandle> session;
  {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    outgoing_.Clear();
    if (!ok) cancelled_ = true;
    if (ok && !session_) ++written_early_;
    session = session_;
  }
  if (ok && session) session->written(1);
  go_on();
}

void SubscribeCall::OnCancel() {
  {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
  }
  tell_closed();
  go_on();
}

void SubscribeCall::end() {
  close(to_status(draining_error()));
  const std::lock_guard lock(mutex_);
  // A write that a reader holds up would hold up the server's end.
  if (!finished_ && self_) context_->TryCancel();
}

void SubscribeCall::tell_closed() {
  core::Owned<fanout::SessionHandle> session;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(closed_, true)) return;
    session = session_;
  }
  if (session) session->closed();
}

void SubscribeCall::OnDone() {
  start_alarm_.Cancel();
  tell_closed();
  services_.calls.remove(this);
  place_.leave();
  std::shared_ptr<SubscribeCall> last;
  const std::lock_guard lock(mutex_);
  linger_alarm_.Cancel();
  session_.reset();
  last = std::move(self_);
}

}  // namespace gjallar::edges
