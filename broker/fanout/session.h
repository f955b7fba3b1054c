#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "broker/core/identity.h"
#include "broker/domain/principal.h"
#include "broker/fanout/frame.h"
#include "broker/receipts/receipt_store.h"
#include "gjallar/v1/delivery.pb.h"

namespace gjallar::fanout {

/// A session's way out; implemented by the edges. All calls come on the session's shard thread and must
/// neither block nor call the session back before they return. A session has at most
/// limits::kSessionInFlightMax + kSessionOvertakingMax event frames and a few control frames handed over and
/// not yet reported written.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual void send(const Delivery& delivery) = 0;
  /// hello, state, caughtup, gap, heartbeat.
  virtual void send(const gjallar::v1::Frame& frame) = 0;
  /// Sends the last frame, then closes. No call comes after it.
  virtual void finish(const gjallar::v1::Goodbye& goodbye) = 0;
};

/// What a client asked for, already authenticated.
struct SessionRequest {
  domain::Principal principal;
  std::string client_id;                     ///< receiving sessions
  std::optional<core::Cursor> cursor;        ///< resume after it
  std::optional<core::Seq> after;            ///< or after this seq of the present log; 0: all history
  std::optional<domain::ViewFilter> filter;  ///< set: a viewer session
  receipts::TransportKind transport = receipts::TransportKind::kUnknown;
};

/// One subscriber: a cursor, an interest and a credit, not a queue. Handles may be used on any thread; what
/// they ask for happens on the session's shard.
class SessionHandle {
 public:
  virtual ~SessionHandle() = default;
  /// The transport has written this many frames (event or control) to its socket.
  virtual void written(std::size_t frames) = 0;
  /// The client program has it. More than was sent is a protocol error: goodbye.
  virtual void received(gjallar::v1::Received received) = 0;
  /// A human confirmed it.
  virtual void acknowledged(gjallar::v1::Acknowledged acknowledged) = 0;
  /// The client broke the protocol.
  virtual void protocol_error() = 0;
  /// The transport is gone; it is not called any more after the shard has seen this.
  virtual void closed() = 0;
};

}  // namespace gjallar::fanout
