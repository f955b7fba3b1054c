#pragma once

#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "broker/edges/http/edge_context.h"
#include "broker/edges/http/session_socket.h"
#include "broker/fanout/poller.h"
#include "broker/fanout/session.h"

namespace gjallar::edges::http {

/// A frame ready to be written: `head`, and for an event the body that all sessions share after it.
struct OutgoingFrame {
  std::shared_ptr<const std::string> head;  ///< shared by sessions that are sent the same
  fanout::SharedEvent event;
  bool counted = true;  ///< one that the hub gave, not the transport's own
  [[nodiscard]] std::string_view body() const noexcept {
    return event ? std::string_view(event->json_body) : std::string_view();
  }
};

/// Frames laid out as the pieces of one write. Reused by all sessions of a thread.
struct Layout {
  std::vector<iovec> pieces;
  std::vector<std::size_t> ends;  ///< where each frame ends, in bytes from the beginning
  std::string scratch;            ///< for pieces of its own; reserved, so that it never moves
  std::size_t size = 0;

  void clear();
  void add(std::string_view piece);
  /// Of a piece that doesn't last: it is kept here. At most 32 bytes a frame.
  void add_own(std::string_view piece);
  void end_frame() { ends.push_back(size); }
};

/// The half that WebSocket and SSE sessions share. A frame is written at once, straight to the socket; what
/// the socket doesn't take waits, and is gathered into one write once it is ready again. The hub is told what
/// was written later and, once, that the session is gone. Everything happens on the session's shard thread.
/// There are very many, most of them idle: what only one that waits for its socket needs is apart.
class PushSession : public fanout::Transport, public fanout::Pollable, public Closable {
 public:
  ~PushSession() override;
  /// Takes over the socket. `opening`: the response to the request, written before all else; `early`: what
  /// the client sent already after it.
  void start(SessionSocket socket, std::string opening, std::string_view early,
             core::Owned<fanout::SessionHandle> handle);

  fanout::Sent send(const fanout::Delivery& delivery, bool more) final;
  fanout::Sent send(const gjallar::v1::Frame& frame, bool more) final;
  [[nodiscard]] fanout::Flushed flush(std::size_t returnable) final;
  [[nodiscard]] std::size_t window() const noexcept final { return 1; }
  void finish(const gjallar::v1::Goodbye& goodbye) final;
  void close_now() final { gone(); }
  std::shared_ptr<void> keep() final;
  void on_ready() final;

 protected:
  PushSession(EdgeContext& context, std::size_t shard) noexcept;

  // --- of the transport ---
  [[nodiscard]] virtual OutgoingFrame encode(const fanout::Delivery& delivery) const = 0;
  [[nodiscard]] virtual OutgoingFrame encode(const gjallar::v1::Frame& frame) const = 0;
  /// Lays out at most `count` frames for one write, and at least one. Frames that become one message end
  /// together. `pinned`: so many of them are a message that is on its way, and come out as the same bytes
  /// again.
  virtual void lay_out(const OutgoingFrame* frames, std::size_t count, std::size_t pinned,
                       Layout& layout) const;
  /// After the last frame: says goodbye as the transport does, by raw() or gone().
  virtual void say_goodbye(gjallar::v1::GoodbyeReason reason) = 0;
  /// What the client sent. False: whatever it sends from now on is thrown away.
  [[nodiscard]] virtual bool take(std::string_view bytes) = 0;
  /// A heartbeat is about to be sent.
  virtual void before_heartbeat() {}

  // --- for the transport ---
  /// Queues bytes of the transport's own.
  void raw(std::string bytes);
  /// Says that nothing more comes. The hub is told the end; the client's own, or the close timer, ends the
  /// connection: whoever closes before all is read may take back what was just sent.
  void linger();
  /// The end, whoever made it; more than once does no harm.
  void gone();
  [[nodiscard]] bool is_gone() const noexcept { return gone_; }
  [[nodiscard]] bool finishing() const noexcept { return finishing_; }
  /// How many frames wait.
  [[nodiscard]] std::size_t waiting() const noexcept;
  /// nullptr once gone.
  [[nodiscard]] fanout::SessionHandle* handle() const noexcept { return handle_.get(); }
  [[nodiscard]] EdgeContext& context() const noexcept { return context_; }
  /// Of the session's shard.
  [[nodiscard]] SharedHeads& heads() const noexcept { return context_.heads[shard_]; }

 private:
  struct Queue;

  /// The thread's, for the next session that has to wait.
  [[nodiscard]] static std::unique_ptr<Queue>& spare() noexcept;
  [[nodiscard]] Queue& queue();
  /// Keeps nothing that it doesn't need.
  void rest() noexcept;
  /// Writes what waits, as far as the socket takes it. `written`: counted frames that went out whole.
  fanout::Flushed write_waiting();
  /// Keeps no more room for frames than it needs; the next session that has to wait has the rest.
  void leave_room();
  /// Writes one frame past an empty queue; true if all of it went out.
  bool write_alone(OutgoingFrame& frame);
  fanout::Sent put(OutgoingFrame frame, bool more);
  /// Once nothing waits any more after the last frame.
  void end_if_finished();
  void read();
  void arm_close_timer();
  void tell_closed();
  /// Lets the other sessions have their turn, and goes on.
  void come_back();

  const std::uint32_t shard_;
  EdgeContext& context_;  ///< from start on kept by what is known of the shard's connections
  core::Owned<fanout::SessionHandle> handle_;
  std::unique_ptr<Queue> queue_;  ///< an idle session has none
  [[no_unique_address]] SessionSocket socket_;
  bool known_ : 1 = false;  ///< among the connections; until it is gone it owns itself, too
  bool finishing_ : 1 = false;
  bool goodbye_said_ : 1 = false;
  bool reading_ : 1 = true;
  bool gone_ : 1 = false;
};

}  // namespace gjallar::edges::http
