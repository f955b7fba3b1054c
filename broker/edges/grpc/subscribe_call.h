#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/support/byte_buffer.h>

#include <deque>
#include <memory>
#include <mutex>

#include "broker/core/limits.h"
#include "broker/edges/grpc/services.h"
#include "broker/fanout/session.h"
#include "gjallar/v1/subscriber_service.pb.h"

namespace gjallar::edges {

/// One subscriber's stream: a session of the hub over gRPC. Frames wait in a short queue and are written one
/// at a time as raw bytes, the head made for the session and the body shared. A write counts as written when
/// gRPC says it is done with it. Owns itself until gRPC is done with the call. Threads: the session's shard
/// sends, gRPC's own react.
class SubscribeCall final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                            public OpenCall,
                            public std::enable_shared_from_this<SubscribeCall> {
 public:
  static SubscribeCall* start(Services& services, grpc::CallbackServerContext* context);

  SubscribeCall(Services& services, grpc::CallbackServerContext* context)
      : services_(services), context_(context) {}

  // As of a fanout::Transport, on the session's shard.
  void send(const fanout::Delivery& delivery);
  void send(const v1::Frame& frame);
  void finish(const v1::Goodbye& goodbye);

  void end() override;

  // grpc::ServerBidiReactor
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  void begin(core::Result<domain::Principal> caller);
  void wait_for_start();
  void take(const v1::SubscribeRequest& request);
  void open(const v1::Start& start);
  /// Ends the call by a status once what waits is written.
  void close(grpc::Status status);
  void push(grpc::ByteBuffer frame);
  /// Starts the next write, or finishes, if nothing is under way.
  void go_on();
  /// Tells the session once that the transport is gone.
  void tell_closed();
  void linger();

  Services& services_;
  grpc::CallbackServerContext* const context_;
  std::shared_ptr<SubscribeCall> self_;
  domain::Principal principal_;
  AddressLimits::Place place_;
  grpc::ByteBuffer incoming_;
  grpc::ByteBuffer outgoing_;
  grpc::Alarm start_alarm_;   ///< the first message must come in time
  grpc::Alarm linger_alarm_;  ///< a reader that doesn't read is cut off after the goodbye

  std::mutex mutex_;
  std::deque<grpc::ByteBuffer> waiting_;
  core::Owned<fanout::SessionHandle> session_;
  grpc::Status status_;
  std::size_t written_early_ = 0;  ///< before the hub had given the session back
  bool started_ = false;           ///< start has come
  bool writing_ = false;
  bool closing_ = false;    ///< no more frames; status_ is set
  bool cancelled_ = false;  ///< the peer is gone
  bool finished_ = false;   ///< Finish was called
  bool closed_ = false;     ///< the session has been told, or will be as soon as it is there
};

}  // namespace gjallar::edges
