#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "broker/core/counted.h"
#include "broker/core/digest.h"
#include "broker/core/identity.h"
#include "broker/domain/principal.h"
#include "broker/fanout/frame.h"
#include "broker/receipts/receipt_store.h"
#include "gjallar/v1/delivery.pb.h"

namespace gjallar::fanout {

/// What became of a frame that a transport was given.
enum class Sent : std::uint8_t {
  kWritten,  ///< it is in the socket already
  kQueued    ///< it waits; `flush` or SessionHandle::written tells
};

/// What became of frames that a transport held back.
struct Flushed {
  std::size_t written = 0;   ///< of all that waited, the oldest first
  std::size_t returned = 0;  ///< the newest, which the transport knows nothing of any more
  bool full = false;         ///< the socket takes no more now; it will be ready again
};

/// A session's way out; implemented by the edges. All calls come on the session's shard thread and must
/// neither block nor call the session back before they return. A session has at most
/// limits::kSessionInFlightMax + kSessionOvertakingMax event frames and a few control frames handed over and
/// not yet written.
class Transport : public core::Counted {
 public:
  /// `more`: others follow at once; it may be held back until `flush`, to be written with them.
  virtual Sent send(const Delivery& delivery, bool more) = 0;
  /// hello, state, caughtup, gap, heartbeat.
  virtual Sent send(const gjallar::v1::Frame& frame, bool more) = 0;
  /// Writes what was held back, as far as possible. Where the socket takes no more, at most `returnable` of
  /// the newest frames come back, for the session to send later: it keeps no more than it must, and at least
  /// one.
  [[nodiscard]] virtual Flushed flush(std::size_t returnable) = 0;
  /// How many event frames may wait in it beside those held back: 1 for one that tells at once what is
  /// written.
  [[nodiscard]] virtual std::size_t window() const noexcept = 0;
  /// Sends the last frame, then closes. No call comes after it.
  virtual void finish(const gjallar::v1::Goodbye& goodbye) = 0;
};

/// A log's head as a client last heard of it, from hello or a heartbeat.
struct SeenHead {
  core::Seq seq = 0;
  core::Digest hash{};
};

/// What a client asked for, already authenticated.
struct SessionRequest {
  domain::Principal principal;
  std::string client_id;                     ///< receiving sessions
  std::optional<core::Cursor> cursor;        ///< resume after it
  std::optional<core::Seq> after;            ///< or after this seq of the present log; 0: all history
  std::optional<domain::ViewFilter> filter;  ///< set: a viewer session
  std::optional<SeenHead> seen;              ///< with it a log that went another way is noticed
  receipts::TransportKind transport = receipts::TransportKind::kUnknown;
};

/// One subscriber: a cursor, an interest and a credit, not a queue. Handles may be used on any thread; what
/// they ask for happens on the session's shard.
class SessionHandle : public core::Counted {
 public:
  /// The transport has written this many frames (event or control) that waited to its socket, the oldest
  /// first.
  virtual void written(std::size_t frames) = 0;
  /// The socket takes bytes again: what waited in the transport, and what is to follow it, is gathered and
  /// comes by `flush`. On the session's shard thread alone, and at once.
  virtual void writable() = 0;
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
