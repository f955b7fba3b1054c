#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "broker/core/clock.h"
#include "broker/core/fault.h"
#include "broker/core/limits.h"
#include "broker/fanout/listeners.h"
#include "broker/fanout/session.h"
#include "broker/fanout/start.h"

namespace gjallar::fanout {

/// What a session asks of its surroundings; implemented by Session, recorded by tests. Nothing calls the
/// session back before it returns.
class SessionPort {
 public:
  virtual ~SessionPort() = default;
  // As of a Transport.
  virtual Sent send(const Delivery& delivery, bool more) = 0;
  virtual Sent send(const gjallar::v1::Frame& frame, bool more) = 0;
  [[nodiscard]] virtual Flushed flush(std::size_t returnable) = 0;
  virtual void finish(const gjallar::v1::Goodbye& goodbye) = 0;
  /// An event or a state of this seq is in the socket.
  virtual void wrote(core::Seq seq) = 0;
  /// Answered by take_start, take_slice and take_restated, or by finish. At most one is outstanding.
  virtual void want_start(const StartPlan& plan) = 0;
  virtual void want_slice(core::Seq after) = 0;
  virtual void want_restated(const SharedEvent& event) = 0;
};

/// What a client says it has received, checked against what it was sent.
struct ReceivedClaim {
  core::Seq after = 0;
  core::Seq up_to = 0;  ///< everything with after < seq <= up_to; 0: nothing so
  std::vector<core::Seq> seqs;
};

/// One session's whole logic, without sockets, threads or clocks: cursor, credit, catching up and going live,
/// what to send next. Register first, replay after, drop duplicates by seq. What only a session that begins,
/// catches up or waits for its reader needs is apart: most are idle. Ring, log id and port must outlive it.
/// Not synchronised.
class SessionState {
 public:
  /// `received_seq`: up to where the client program has acknowledged reception in earlier sessions; 0: not
  /// known. `window`: of the transport.
  SessionState(Interest interest, StartPlan plan, const core::LogId& log_id, core::Seq received_seq,
               const Ring& ring, SessionPort& port, std::size_t window = core::limits::kSessionInFlightMax);
  ~SessionState();
  SessionState(const SessionState&) = delete;
  SessionState& operator=(const SessionState&) = delete;

  /// Sends hello, unless the log must be asked first what it says, and asks for the start.
  void open(const gjallar::v1::Hello& hello);
  void take_start(Prepared prepared);
  void take_slice(Slice slice);
  void take_restated(Restated restated);

  /// A live event that concerns it, just pushed to the ring: sent at its place; or overtaking if it is urgent
  /// and others come first.
  void on_event(const SharedEvent& event);
  /// As on_event, for one of several that were pushed to the ring together: true if `go_on` is to be called
  /// once all of them were told, which gathers what concerns it into few writes.
  [[nodiscard]] bool wake(const SharedEvent& event);
  /// The ring is about to lose its continuity: what the session was sent lives on in its cursor; call `go_on`
  /// after it.
  void detach();
  /// Sends what can be sent now.
  void go_on();
  /// The transport has written this many frames that waited.
  void written(std::size_t frames);
  /// The transport has frames that wait, and its socket is ready again: gathers what may follow them, and has
  /// all of it flushed.
  void writable();
  /// Nothing if it claims more than was sent, or nothing at all can have been: a breach of the protocol.
  [[nodiscard]] std::optional<ReceivedClaim> received(const gjallar::v1::Received& received);
  /// Sends one, unless the one before isn't written yet or the session is in the middle of a state.
  void heartbeat(core::Seq head_seq, const core::Digest& head_hash);
  /// True once nothing was written for `timeout` while frames were in flight. Called now and then.
  [[nodiscard]] bool stalled(core::SteadyTime now, std::chrono::milliseconds timeout);
  /// Sends the last frame. Nothing is sent after it.
  void finish(gjallar::v1::GoodbyeReason reason, bool reconnect, std::chrono::milliseconds retry_after);
  /// Ends without a word: the transport is gone.
  void abandon() noexcept { stage_ = Stage::kFinished; }

  [[nodiscard]] const Interest& interest() const noexcept { return listeners_->interest; }
  [[nodiscard]] bool finished() const noexcept { return stage_ == Stage::kFinished; }
  [[nodiscard]] bool live() const noexcept { return live_; }
  /// Live, and nothing of its own is kept but where it stands.
  [[nodiscard]] bool idle() const noexcept { return live_ && busy_ == nullptr; }
  /// Everything up to here that concerns it was sent.
  [[nodiscard]] core::Seq cursor() const noexcept;

  // --- for its dispatcher ---
  [[nodiscard]] const core::Owned<Listeners>& listeners() const noexcept { return listeners_; }
  /// Becomes one of those with the same interest, ring and log; before it is opened.
  void join(core::Owned<Listeners> listeners) noexcept { listeners_ = std::move(listeners); }
  /// Where it is among its listeners.
  [[nodiscard]] std::size_t place() const noexcept { return place_; }
  void set_place(std::size_t place) noexcept { place_ = static_cast<std::uint32_t>(place); }

 private:
  enum class Stage : std::uint8_t { kPreparing, kRunning, kFinished };
  enum class Waiting : std::uint8_t { kNothing, kSlice, kRestated };
  enum class Credit : std::uint8_t { kNone, kOrdinary, kOvertaking };
  /// A frame handed to the transport and not yet written.
  struct InFlight {
    core::Seq seq = 0;
    Credit credit = Credit::kNone;
    bool heartbeat = false;
    bool from_ring = false;  ///< can be sent from there again
  };
  /// Where it stood before the frames of the ring that are held back.
  struct Place {
    core::Seq cursor = 0;
    core::Seq previous = 0;
    core::Seq told_up_to = 0;
    core::Seq sent_max = 0;
  };
  struct Beginning;
  struct Reading;
  struct Busy;

  /// The thread's, for the next one that becomes busy: what is live passes here without allocation.
  [[nodiscard]] static std::unique_ptr<Busy>& spare() noexcept;
  [[nodiscard]] Busy& busy();
  /// Keeps nothing that it doesn't need.
  void rest() noexcept;
  [[nodiscard]] Reading& reading();
  /// Whether frames of a gap or state are still to be sent.
  [[nodiscard]] bool has_states() const noexcept;
  [[nodiscard]] bool has_credit() const noexcept;
  void send_control(const gjallar::v1::Frame& frame, Credit credit, core::Seq seq, bool more);
  /// Books a frame that the transport was given.
  void book(InFlight frame, Sent sent, bool more);
  /// Takes frames that are written off the books.
  void settle(std::size_t frames);
  /// Has the transport write what it holds back; true if that made room.
  [[nodiscard]] bool flush(const Place& before_ring);
  /// Keeps of what is in flight no more room than it needs; the next session has the rest.
  void leave_room();
  /// Goes back to before the newest frames of the ring, so many of those held back.
  void take_back(std::size_t frames, const Place& before_ring);
  void queue_state(std::optional<gjallar::v1::Gap> gap, std::vector<gjallar::v1::State> states);
  /// `before_ring`: set for an event of the ring that is given back if the socket doesn't take it.
  void deliver(const SharedEvent& event, bool more, Place* before_ring = nullptr);
  void overtake(const SharedEvent& event);
  /// Sends the hello that was held back, once it is known what it says; true if one was.
  bool greet(bool forked);
  void queue_urgent(Prepared& prepared, bool was_held);
  void send_ahead();
  void reach_head();
  /// One step of go_on; false if nothing more can be done now.
  [[nodiscard]] bool step(Place& before_ring);

  core::Owned<Listeners> listeners_;  ///< never nullptr
  SessionPort& port_;
  std::unique_ptr<Busy> busy_;   ///< an idle session has none
  core::Seq cursor_ = 0;         ///< while not live
  core::Seq previous_ = 0;       ///< the last one that concerned it, up to the cursor
  core::Seq received_base_ = 0;  ///< up to where the client has acknowledged, or needn't
  core::Seq told_up_to_ = 0;     ///< highest position that the client was told
  core::Seq sent_max_ = 0;       ///< highest seq of any frame
  std::uint32_t place_ = 0;
  const std::uint8_t window_;
  Stage stage_ : 2 = Stage::kPreparing;
  Waiting waiting_ : 2 = Waiting::kNothing;
  bool live_ : 1 = false;   ///< everything up to the ring's end was sent
  bool awake_ : 1 = false;  ///< told of several events: `go_on` sends them
  bool caught_up_sent_ : 1 = false;
};

}  // namespace gjallar::fanout
