#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "broker/fanout/catch_up_thread.h"
#include "broker/fanout/registry.h"
#include "broker/fanout/session.h"
#include "broker/fanout/session_state.h"
#include "broker/fanout/token_sessions.h"

namespace gjallar::fanout {

class Shard;

/// What makes a session, decided before it reaches its shard.
struct SessionSetup {
  Interest interest;
  StartPlan plan;
  core::Seq received_seq = 0;  ///< by its client program, in earlier sessions
  std::string client_id;
  receipts::TransportKind transport_kind = receipts::TransportKind::kUnknown;
  Registry::Place place;
  std::unique_ptr<TokenSessions::Ticket> token;  ///< nullptr: not by a token of the log
};

/// Binds the pure session to its shard, its transport and the receipts. Handle calls come on any thread and
/// are posted to the shard; everything else happens there. The shard must outlive the calls.
/// There are very many, most of them idle: it counts its owners in itself, and its client's id comes right
/// after it.
class Session final : public SessionPort, public SessionHandle {
 public:
  [[nodiscard]] static core::Owned<Session> make(SessionSetup setup, core::Owned<Transport> transport,
                                                 Shard& shard);

  // --- any thread ---
  void written(std::size_t frames) override;
  void writable() override { state_.writable(); }
  void received(gjallar::v1::Received received) override;
  void acknowledged(gjallar::v1::Acknowledged acknowledged) override;
  void protocol_error() override;
  void closed() override;
  /// The credentials that opened it are no longer valid: goodbye.
  void credentials_revoked();

  // --- the shard's thread ---
  void open(const gjallar::v1::Hello& hello);
  [[nodiscard]] SessionState& state() noexcept { return state_; }
  [[nodiscard]] const Interest& interest() const noexcept { return state_.interest(); }
  /// Where its shard keeps it.
  [[nodiscard]] std::size_t place_in_shard() const noexcept { return place_in_shard_; }
  void set_place_in_shard(std::size_t place) noexcept { place_in_shard_ = static_cast<std::uint32_t>(place); }
  /// Heartbeat if it is due; goodbye if it stalls.
  void tick(core::SteadyTime now, const log::Head& head);
  void goodbye(gjallar::v1::GoodbyeReason reason, bool reconnect, std::chrono::milliseconds retry_after);
  /// Lets go of the transport without a word; its place is given back when the transport is gone or it is
  /// destroyed.
  void abandon() noexcept;

  // SessionPort
  Sent send(const Delivery& delivery, bool more) override;
  Sent send(const gjallar::v1::Frame& frame, bool more) override;
  [[nodiscard]] Flushed flush(std::size_t returnable) override;
  void wrote(core::Seq seq) override;
  void finish(const gjallar::v1::Goodbye& goodbye) override;
  void want_start(const StartPlan& plan) override;
  void want_slice(core::Seq after) override;
  void want_restated(const SharedEvent& event) override;

 private:
  Session(SessionSetup& setup, core::Owned<Transport> transport, Shard& shard);
  // With room for the client's id.
  static void* operator new(std::size_t size, const std::string& client_id);
  static void operator delete(void* memory, const std::string& client_id) noexcept;

 public:
  static void operator delete(void* memory) noexcept { ::operator delete(memory); }

 private:
  [[nodiscard]] std::string_view client_id() const noexcept;
  /// Runs `work(session)` on the shard's thread.
  template <typename Work>
  void post(Work work);
  /// An answer for the catch-up thread to give: `take` gets the value on the shard's thread, an error ends
  /// the session.
  template <typename T, typename Take>
  [[nodiscard]] CatchUpThread::Done<T> answer(Take take);
  void take_received(const gjallar::v1::Received& received);

  std::uint32_t place_in_shard_ = 0;
  Shard& shard_;
  core::Owned<Transport> transport_;
  Registry::Place place_;
  const std::unique_ptr<TokenSessions::Ticket> token_;
  std::uint32_t next_heartbeat_ = 0;  ///< in milliseconds of the steady clock, the lower half
  const receipts::TransportKind transport_kind_;
  const std::uint8_t client_id_size_;
  SessionState state_;
};

}  // namespace gjallar::fanout
