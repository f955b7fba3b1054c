#include <mutex>
#include <utility>

#include "gjallar/v1/subscriber_service.grpc.pb.h"
#include "subscribers/client/subscription.h"

namespace gjallar::client {
namespace {

namespace v1 = gjallar::v1;

class GrpcSubscription final : public Subscription {
 public:
  using Subscription::Subscription;
  ~GrpcSubscription() override { stop(); }

 protected:
  core::Error run_connection() override {
    if (!connection_) {
      auto connection = Connection::open(options_.connection);
      if (!connection) return connection.error();
      connection_ = *connection;
    }
    grpc::ClientContext context;
    connection_->authorize(context);
    // A connection comes about only while a call waits for it.
    context.set_wait_for_ready(true);
    if (!enter(&context)) return {};
    const auto stream = v1::SubscriberService::NewStub(connection_->channel())->Subscribe(&context);
    v1::SubscribeRequest request;
    fill(*request.mutable_start());
    bool open = stream->Write(request);
    v1::SubscribeResponse response;
    while (open && stream->Read(&response)) {
      const auto received = take(response.frame());
      if (!received) continue;
      *request.mutable_received() = *received;
      open = stream->Write(request);
    }
    const grpc::Status status = stream->Finish();
    enter(nullptr);
    if (!status.ok()) return error_of(status);
    return core::make_error(v1::ERROR_CODE_UNAVAILABLE, "", "The broker ended the session.", "Reconnect.");
  }

  void interrupt() override {
    const std::lock_guard lock(mutex_);
    if (context_ != nullptr) context_->TryCancel();
  }

 private:
  void fill(v1::Start& start) const {
    start.set_client_id(options_.client_id);
    if (!cursor().empty()) {
      start.set_cursor(cursor());
    } else if (options_.after_seq) {
      start.set_after_seq(*options_.after_seq);
    }
    if (seen().seq != 0) {
      start.set_seen_seq(seen().seq);
      start.set_seen_hash(seen().hash);
    }
    start.set_area(options_.area);
    start.set_role(options_.role);
  }

  /// Makes the call interruptible; false if the subscription is stopping.
  bool enter(grpc::ClientContext* context) {
    const std::lock_guard lock(mutex_);
    context_ = context;
    return !stopping();
  }

  std::shared_ptr<Connection> connection_;
  std::mutex mutex_;
  grpc::ClientContext* context_ = nullptr;
};

}  // namespace

std::unique_ptr<Subscription> make_grpc_subscription(SubscriptionOptions options, OnFrame on_frame,
                                                     OnEnd on_end) {
  return std::make_unique<GrpcSubscription>(std::move(options), std::move(on_frame), std::move(on_end));
}

}  // namespace gjallar::client
