#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "broker/edges/http/edge_context.h"
#include "broker/fanout/session.h"

namespace gjallar::edges::http {

/// A frame ready to be written: `head`, and for an event the body that all sessions share after it.
struct OutgoingFrame {
  std::string head;
  fanout::SharedEvent event;
  [[nodiscard]] std::string_view body() const noexcept {
    return event ? std::string_view(event->json_body) : std::string_view();
  }
};

/// The half that WebSocket and SSE sessions share: frames wait their turn, one write at a time takes what
/// waits, and the hub is told what was written and, once, that the session is gone. Everything happens on the
/// session's shard thread.
class PushSession : public fanout::Transport,
                    public Closable,
                    public std::enable_shared_from_this<PushSession> {
 public:
  void send(const fanout::Delivery& delivery) final;
  void send(const gjallar::v1::Frame& frame) final;
  void finish(const gjallar::v1::Goodbye& goodbye) final;
  void close_now() final { gone(); }

 protected:
  PushSession(std::shared_ptr<EdgeContext> context, std::size_t shard);

  // --- of the transport ---
  [[nodiscard]] virtual OutgoingFrame encode(const fanout::Delivery& delivery) const = 0;
  [[nodiscard]] virtual OutgoingFrame encode(const gjallar::v1::Frame& frame) const = 0;
  /// How many frames one write may take.
  [[nodiscard]] virtual std::size_t gather_max() const = 0;
  /// Writes writing(), which stay where they are, and then calls on_written.
  virtual void write() = 0;
  /// After the last frame: says goodbye as the transport does, and then calls gone().
  virtual void say_goodbye(gjallar::v1::GoodbyeReason reason) = 0;
  /// Cuts the socket.
  virtual void cut() = 0;

  // --- for the transport ---
  /// The hub has taken the session; the shutdown knows it from now on.
  void taken(std::shared_ptr<fanout::SessionHandle> handle);
  /// Writing may begin.
  void opened();
  void on_written(boost::system::error_code failed);
  /// The end, whoever made it; more than once does no harm.
  void gone();
  [[nodiscard]] bool is_gone() const noexcept { return gone_; }
  [[nodiscard]] bool finishing() const noexcept { return finishing_; }
  [[nodiscard]] const std::vector<OutgoingFrame>& writing() const noexcept { return writing_; }
  /// nullptr once gone.
  [[nodiscard]] fanout::SessionHandle* handle() const noexcept { return handle_.get(); }
  [[nodiscard]] EdgeContext& context() const noexcept { return *context_; }
  [[nodiscard]] std::size_t shard() const noexcept { return shard_; }

 private:
  void pump();

  std::shared_ptr<EdgeContext> context_;
  const std::size_t shard_;
  Connections::Ticket ticket_;
  std::shared_ptr<fanout::SessionHandle> handle_;
  boost::asio::steady_timer close_timer_;
  std::deque<OutgoingFrame> waiting_;
  std::vector<OutgoingFrame> writing_;
  gjallar::v1::GoodbyeReason reason_ = gjallar::v1::GOODBYE_REASON_UNSPECIFIED;
  bool open_ = false;
  bool finishing_ = false;
  bool goodbye_said_ = false;
  bool gone_ = false;
};

/// A session that is opened at the hub before it has its stream, so that a refusal can still be answered as a
/// problem.
template <typename Stream>
class StreamSession : public PushSession {
 public:
  StreamSession(std::shared_ptr<EdgeContext> context, std::size_t shard)
      : PushSession(std::move(context), shard) {}
  /// Takes over the stream; `request` asked for the session.
  virtual void start(Stream stream, WireRequest request, std::shared_ptr<fanout::SessionHandle> handle) = 0;
};

}  // namespace gjallar::edges::http
