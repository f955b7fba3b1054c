#pragma once

#include <grpcpp/alarm.h>

#include <chrono>
#include <memory>
#include <mutex>

#include "broker/edges/delivery_watch.h"
#include "broker/edges/grpc/services.h"
#include "gjallar/v1/view_service.pb.h"

namespace gjallar::edges {

/// One watch of a ledger: looks at it on the bulk reader's thread at once and then once an interval, and
/// writes it whenever it has changed. Proves the caller again at each look, so that a revoked token ends it.
/// Exactly one step is under way at any time: a look, a write or a wait. Owns itself until gRPC is done with
/// the call.
class WatchCall final : public grpc::ServerWriteReactor<v1::WatchDeliveryResponse>,
                        public OpenCall,
                        public std::enable_shared_from_this<WatchCall> {
 public:
  static WatchCall* start(Services& services, grpc::CallbackServerContext* context,
                          const v1::WatchDeliveryRequest* request);

  WatchCall(Services& services, grpc::CallbackServerContext* context, v1::GetDeliveryRequest question)
      : services_(services), context_(context), watch_(services.parts, std::move(question)) {}
  void end() override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  void begin(const v1::WatchDeliveryRequest& request);
  /// Hands the next look to the bulk reader; waits if that is overloaded.
  void next_look();
  void look();
  void wait(std::chrono::milliseconds time);
  /// True once nobody wants the rest; the call is then finished.
  [[nodiscard]] bool stopped();

  Services& services_;
  grpc::CallbackServerContext* const context_;
  DeliveryWatch watch_;
  std::shared_ptr<WatchCall> self_;
  std::chrono::milliseconds interval_{0};
  v1::WatchDeliveryResponse outgoing_;

  std::mutex mutex_;
  std::unique_ptr<grpc::Alarm> alarm_;
  bool writing_ = false;
  bool cancelled_ = false;
  bool ending_ = false;
};

}  // namespace gjallar::edges
