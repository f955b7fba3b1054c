#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "broker/edges/delivery_watch.h"
#include "broker/edges/http/edge_context.h"

namespace gjallar::edges::http {

/// The connection that a stream of ledgers is written to. On its shard's thread.
class StreamWire {
 public:
  virtual ~StreamWire() = default;
  /// Answers with a problem instead of a stream; nothing is written after it.
  virtual void refuse_stream(const core::Error& error) = 0;
  /// Writes bytes; DeliveryStream::written() is called once they are out. One write at a time. `last`: the
  /// stream ends with them.
  virtual void write_stream(std::string bytes, bool last) = 0;
};

/// What GET …/delivery?watch=1 asks for.
struct DeliveryStreamRequest {
  gjallar::v1::WatchDeliveryRequest watch;
  std::string authorization;  ///< proven again at each look
  std::string last_event_id;
  bool chunked = true;  ///< HTTP/1.1
};

/// One watch of a ledger as Server-Sent Events: looks at it on the bulk reader's thread at once and then once
/// an interval, and writes it whenever it has changed; a comment when nothing was written for so long as
/// between two heartbeats. An error ends it: before the first ledger as a problem, after it as an event
/// `gjallar.v1.error` with the same JSON. Exactly one step is under way at any time: a look, a write or a
/// wait, so a slow reader holds one ledger. All but the look itself happens on the shard's thread.
class DeliveryStream : public std::enable_shared_from_this<DeliveryStream> {
 public:
  /// `wire` must not be gone during a call of its own; once it is, nothing is written any more.
  DeliveryStream(std::shared_ptr<EdgeContext> context, std::size_t shard, std::weak_ptr<StreamWire> wire,
                 DeliveryStreamRequest request, std::chrono::milliseconds interval);

  void begin();
  void written();
  /// The broker is stopping: says so as soon as no write is under way.
  void end();
  /// The client is gone.
  void stop();

 private:
  using Time = std::chrono::steady_clock::time_point;

  void look();
  /// On the reader's thread: the event to be written, or nothing.
  [[nodiscard]] core::Result<std::optional<std::string>> read_ledger();
  void looked(core::Result<std::optional<std::string>> event);
  /// Until the next look or the next comment.
  void wait();
  void fail(const core::Error& error);
  void write(std::string text, bool last = false);

  const std::shared_ptr<EdgeContext> context_;
  const std::size_t shard_;
  const std::weak_ptr<StreamWire> wire_;
  const DeliveryStreamRequest request_;
  const std::chrono::milliseconds interval_;
  DeliveryWatch watch_;
  bool first_ = true;  ///< of the reader's thread
  boost::asio::steady_timer timer_;
  Time next_look_{};
  Time next_comment_{};
  bool begun_ = false;  ///< the head of the response is out
  bool waiting_ = false;
  bool ending_ = false;
  bool stopped_ = false;
};

/// version, watch, interval ("0.5s"). INVALID_ARGUMENT.
[[nodiscard]] core::Result<gjallar::v1::WatchDeliveryRequest> watch_delivery_request(const Route& route);
/// Whether a request for a ledger asks to watch it. INVALID_ARGUMENT.
[[nodiscard]] core::Result<bool> asks_to_watch(const Route& route);

// --- the form, pure ---
/// An event with a ledger; its id is made of what it says.
[[nodiscard]] std::string delivery_event(const std::string& json);
[[nodiscard]] std::string delivery_event_id(const std::string& json);
/// The last event, with the JSON of the problem and `retry:` if the error says when to come back.
[[nodiscard]] std::string error_event(const core::Error& error);

}  // namespace gjallar::edges::http
