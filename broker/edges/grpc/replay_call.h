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
/// at the pace that was asked for, as bytes around the stored payloads, and ends with caughtup. Writing is
/// one chain of steps: exactly one is under way at any time, a write, a wait, or the slice that it has to
/// wait for; the caller's token is looked at before each message. Where no pace is asked for, the next slice
/// is read meanwhile, so two are held at most. Owns itself until gRPC is done with the call.
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
  struct Slice {
    ReplayMessages messages;
    core::Result<void> result;  ///< why it isn't whole
    bool last = false;
  };

  void begin(core::Result<domain::Principal> caller);
  /// Writes the next message when its time has come, or waits for the next slice, or ends.
  void next_message();
  /// Takes over the next slice that has messages, or the last. False: it isn't there yet and goes on here
  /// once it is, or the call is finished.
  bool take_slice();
  /// Hands the next slice to the bulk reader. `awaited`: writing goes on once it is there, and if the reader
  /// is overloaded, it waits; else it is asked again when it is needed.
  void begin_slice(bool awaited);
  /// On the bulk reader's thread.
  void read_slice();
  core::Result<void> collect(ReplayMessages& messages);
  void wait_until(core::SteadyTime due, void (ReplayCall::*then)());
  [[nodiscard]] core::SteadyTime due(core::WallTime time);
  /// True once nobody wants the rest, or may have it; then the call is finished.
  [[nodiscard]] bool stopped();
  void finish(const grpc::Status& status);

  Services& services_;
  v1::ReplayRequest request_;
  std::shared_ptr<ReplayCall> self_;
  domain::Principal principal_;
  std::optional<projections::Replay> replay_;  ///< from the first slice on; whoever reads a slice has it
  ReplayMessages messages_;                    ///< of the slice that is written
  bool read_to_end_ = false;                   ///< that slice is the last
  grpc::ByteBuffer outgoing_;
  bool caught_up_ = false;
  std::optional<core::WallTime> first_event_time_;
  core::SteadyTime first_sent_{};

  std::mutex mutex_;
  std::unique_ptr<grpc::Alarm> alarm_;
  std::optional<Slice> ahead_;  ///< read, and not yet written
  bool reading_ = false;        ///< one is read, or waits for the reader
  bool awaited_ = false;        ///< there is nothing to write before it
  bool cancelled_ = false;
  bool ending_ = false;
  bool finished_ = false;
};

}  // namespace gjallar::edges
