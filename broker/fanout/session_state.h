#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "broker/core/clock.h"
#include "broker/core/fault.h"
#include "broker/core/limits.h"
#include "broker/fanout/interest.h"
#include "broker/fanout/ring.h"
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

/// The last seqs of some, oldest first, without memory of its own.
class RecentSeqs {
 public:
  void assign(const std::vector<core::Seq>& seqs);
  void push(core::Seq seq) noexcept;
  /// 0 if there is none.
  [[nodiscard]] core::Seq newest() const noexcept { return count_ == 0 ? 0 : seqs_[count_ - 1U]; }
  [[nodiscard]] const core::Seq* begin() const noexcept { return seqs_.data(); }
  [[nodiscard]] const core::Seq* end() const noexcept { return seqs_.data() + count_; }

 private:
  std::array<core::Seq, core::limits::kRecentSeqs> seqs_{};
  std::uint8_t count_ = 0;
};

/// What a client says it has received, checked against what it was sent.
struct ReceivedClaim {
  core::Seq after = 0;
  core::Seq up_to = 0;  ///< everything with after < seq <= up_to; 0: nothing so
  std::vector<core::Seq> seqs;
};

/// One session's whole logic, without sockets, threads or clocks: cursor, credit, catching up and going live,
/// what to send next. Register first, replay after, drop duplicates by seq. Ring and port must outlive it.
/// Not synchronised.
class SessionState {
 public:
  /// `received_seq`: up to where the client program has acknowledged reception in earlier sessions; 0: not
  /// known. `window`: of the transport.
  SessionState(Interest interest, StartPlan plan, core::LogId log_id, core::Seq received_seq,
               const Ring& ring, SessionPort& port, std::size_t window = core::limits::kSessionInFlightMax);

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

  [[nodiscard]] const Interest& interest() const noexcept { return interest_; }
  [[nodiscard]] bool finished() const noexcept { return stage_ == Stage::kFinished; }
  [[nodiscard]] bool live() const noexcept { return live_; }
  /// Everything up to here that concerns it was sent.
  [[nodiscard]] core::Seq cursor() const noexcept;
  /// Where its dispatcher keeps it.
  [[nodiscard]] std::size_t place() const noexcept { return place_; }
  void set_place(std::size_t place) noexcept { place_ = static_cast<std::uint32_t>(place); }
  [[nodiscard]] std::uint64_t overtaking_sent() const noexcept { return overtaking_sent_; }

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
  /// What a session says before all else; nothing once it is said.
  struct Beginning {
    gjallar::v1::Hello hello;         ///< held back while the log is asked
    core::Seq overtaken_from = 0;     ///< the first urgent event that came since it was opened
    std::vector<SharedEvent> urgent;  ///< from `next` on
    std::size_t next = 0;
  };
  /// Where it stood before the frames of the ring that are held back.
  struct Place {
    core::Seq cursor = 0;
    core::Seq told_up_to = 0;
    core::Seq sent_max = 0;
    RecentSeqs recent;
  };

  /// What it was given to send before it goes on with the ring.
  struct Reading {
    std::vector<gjallar::v1::Frame> states;  ///< gap and state frames that come before anything else
    std::size_t states_next = 0;
    Slice slice;
    std::size_t slice_next = 0;
  };

  [[nodiscard]] Reading& reading();
  /// Whether frames of a gap or state are still to be sent.
  [[nodiscard]] bool has_states() const noexcept {
    return reading_ && reading_->states_next < reading_->states.size();
  }
  [[nodiscard]] bool has_credit() const noexcept {
    return core::faulty(core::Fault::kWindowIgnored) ||
           (ordinary_in_flight_ < core::limits::kSessionInFlightMax && ordinary_in_flight_ - held_ < window_);
  }
  void send_control(const gjallar::v1::Frame& frame, Credit credit, core::Seq seq, bool more);
  /// Books a frame that the transport was given.
  void book(InFlight frame, Sent sent, bool more);
  /// Takes frames that are written off the books.
  void settle(std::size_t frames);
  /// Has the transport write what it holds back; true if that made room.
  [[nodiscard]] bool flush();
  /// Goes back to before the newest frames of the ring, so many of those held back.
  void take_back(std::size_t frames);
  void queue_state(std::optional<gjallar::v1::Gap> gap, std::vector<gjallar::v1::State> states);
  void deliver(const SharedEvent& event, bool more, bool from_ring = false);
  void overtake(const SharedEvent& event);
  /// Sends the hello that was held back, once it is known what it says; true if one was.
  bool greet(bool forked);
  void queue_urgent(Prepared& prepared, bool was_held);
  void send_ahead();
  void reach_head();
  /// One step of go_on; false if nothing more can be done now.
  [[nodiscard]] bool step();

  const Interest interest_;
  StartPlan plan_;
  const core::LogId log_id_;
  const Ring& ring_;
  SessionPort& port_;
  const std::uint32_t window_;
  std::uint32_t place_ = 0;

  Stage stage_ = Stage::kPreparing;
  Waiting waiting_ = Waiting::kNothing;
  bool live_ = false;   ///< everything up to the ring's end was sent
  bool awake_ = false;  ///< told of several events: `go_on` sends them
  bool caught_up_sent_ = false;
  core::Seq cursor_ = 0;                  ///< while not live
  RecentSeqs recent_;                     ///< the last ones that concerned it, up to the cursor
  std::unique_ptr<Reading> reading_;      ///< while there is any: an idle session has none
  std::unique_ptr<Beginning> beginning_;  ///< what is sent ahead; an idle session has none

  std::vector<InFlight> in_flight_;  ///< from in_flight_next_ on; without memory when nothing is
  std::uint32_t in_flight_next_ = 0;
  std::uint32_t ordinary_in_flight_ = 0;
  std::uint32_t held_ = 0;            ///< of these, held back until the next flush
  std::uint32_t held_from_ring_ = 0;  ///< of these, the newest
  Place* before_ring_ = nullptr;      ///< during go_on
  std::uint32_t overtaking_in_flight_ = 0;
  bool flush_is_due_ = false;
  bool heartbeat_in_flight_ = false;
  std::uint64_t written_total_ = 0;
  std::uint64_t overtaking_sent_ = 0;
  std::uint64_t written_seen_ = 0;
  std::optional<core::SteadyTime> stalled_since_;

  core::Seq received_base_ = 0;  ///< up to where the client has acknowledged, or needn't
  core::Seq told_up_to_ = 0;     ///< highest position that the client was told
  core::Seq sent_max_ = 0;       ///< highest seq of any frame
};

}  // namespace gjallar::fanout
