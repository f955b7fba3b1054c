#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/support/byte_buffer.h>

#include <memory>
#include <mutex>
#include <optional>

#include "broker/edges/grpc/replay_messages.h"
#include "broker/edges/grpc/services.h"
#include "broker/projections/replay.h"
#include "gjallar/v1/operator_service.pb.h"

namespace gjallar::edges {

/// One replay: reads the log in bounded slices on the bulk reader's thread, writes one message after another
/// at the pace that was asked for, as bytes around the stored payloads, and ends with caughtup. Exactly one
/// step is under way at any time: a slice, a write or a wait; the caller's token is looked at before each.
/// Owns itself until gRPC is done with the call.
class ReplayCall final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                         public OpenCall,
                         public std::enable_shared_from_this<ReplayCall> {
 public:
  static ReplayCall* start(Services& services, grpc::CallbackServerContext* context,
                           const grpc::ByteBuffer* request);

  explicit ReplayCall(Services& services) : services_(services) {}
  void end() override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  void begin(core::Result<domain::Principal> caller);
  /// Hands the next slice to the bulk reader; waits if that is overloaded.
  void next_slice();
  void read_slice();
  core::Result<void> collect();
  /// Writes the next message when its time has come, or goes on to the next slice, or ends.
  void next_message();
  void wait_until(core::SteadyTime due, void (ReplayCall::*then)());
  [[nodiscard]] core::SteadyTime due(core::WallTime time);
  /// True once nobody wants the rest, or may have it; then the call is finished.
  [[nodiscard]] bool stopped();
  void finish(const grpc::Status& status);

  Services& services_;
  v1::ReplayRequest request_;
  std::shared_ptr<ReplayCall> self_;
  domain::Principal principal_;
  std::optional<projections::Replay> replay_;  ///< from the first slice on
  ReplayMessages messages_;
  grpc::ByteBuffer outgoing_;
  bool caught_up_ = false;
  std::optional<core::WallTime> first_event_time_;
  core::SteadyTime first_sent_{};

  std::mutex mutex_;
  std::unique_ptr<grpc::Alarm> alarm_;
  bool cancelled_ = false;
  bool ending_ = false;
};

}  // namespace gjallar::edges
