#include "broker/fanout/shard_session.h"

#include <boost/asio/post.hpp>
#include <cstring>
#include <utility>

#include "broker/fanout/shard.h"

namespace gjallar::fanout {
namespace {

/// Before a session that was closed as slow, or that the broker couldn't serve, should come back; three times
/// as much at most.
constexpr std::chrono::milliseconds kSlowRetryAfter{1'000};
constexpr std::chrono::milliseconds kInternalRetryAfter{2'000};

/// Goes around after 49 days: enough to compare times that are minutes apart.
std::uint32_t milliseconds_of(core::SteadyTime time) noexcept {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count());
}

}  // namespace

core::Owned<Session> Session::make(SessionSetup setup, core::Owned<Transport> transport, Shard& shard) {
  return core::Owned<Session>(new (setup.client_id) Session(setup, std::move(transport), shard));
}

void* Session::operator new(std::size_t size, const std::string& client_id) {
  return ::operator new(size + client_id.size());
}

void Session::operator delete(void* memory, const std::string&) noexcept {
  ::operator delete(memory);
}

Session::Session(SessionSetup& setup, core::Owned<Transport> transport, Shard& shard)
    : shard_(shard),
      transport_(std::move(transport)),
      place_(std::move(setup.place)),
      token_(std::move(setup.token)),
      transport_kind_(setup.transport_kind),
      client_id_size_(static_cast<std::uint8_t>(setup.client_id.size())),
      state_(std::move(setup.interest), std::move(setup.plan), shard.parts().log_id, setup.received_seq,
             shard.ring(), *this, transport_->window()) {
  static_assert(core::limits::kClientIdLengthMax <= 0xFF);
  static_assert(sizeof(Session) <= 136, "there are very many of them");
  std::memcpy(static_cast<void*>(this + 1), setup.client_id.data(), client_id_size_);
}

std::string_view Session::client_id() const noexcept {
  return {reinterpret_cast<const char*>(this + 1), client_id_size_};
}

template <typename Work>
void Session::post(Work work) {
  boost::asio::post(shard_.context(),
                    [self = core::Owned<Session>(this), work = std::move(work)]() mutable { work(*self); });
}

template <typename T, typename Take>
CatchUpThread::Done<T> Session::answer(Take take) {
  return [self = core::Owned<Session>(this), take](core::Result<T> result) {
    self->post([take, result = std::move(result)](Session& session) mutable {
      if (session.state_.finished()) return;
      if (!result) {
        session.goodbye(gjallar::v1::GOODBYE_REASON_INTERNAL, true,
                        session.shard_.jittered(kInternalRetryAfter));
        return;
      }
      take(session, std::move(result.value()));
    });
  };
}

void Session::open(const gjallar::v1::Hello& hello) {
  // The first heartbeat comes early by chance, so that sessions that came together don't beat together.
  const auto interval = shard_.parts().options.heartbeat_interval;
  next_heartbeat_ = milliseconds_of(shard_.parts().clock.steady() + shard_.jittered(interval) / 3);
  state_.open(hello);
}

void Session::written(std::size_t frames) {
  post([frames](Session& session) { session.state_.written(frames); });
}

void Session::wrote(core::Seq seq) {
  if (interest().receiving()) shard_.note_written(*interest().service, transport_kind_, seq);
}

void Session::received(gjallar::v1::Received received) {
  post([received = std::move(received)](Session& session) { session.take_received(received); });
}

void Session::take_received(const gjallar::v1::Received& received) {
  if (state_.finished() || !interest().receiving()) return;  // a viewer gives no receipts
  auto claim = state_.received(received);
  if (!claim) {
    goodbye(gjallar::v1::GOODBYE_REASON_PROTOCOL_ERROR, false, std::chrono::milliseconds(0));
    return;
  }
  if (claim->up_to == 0 && claim->seqs.empty()) return;
  receipts::Receipt receipt;
  receipt.service = *interest().service;
  receipt.stage = receipts::Stage::kReceived;
  receipt.seqs = std::move(claim->seqs);
  receipt.after = claim->after;
  receipt.up_to = claim->up_to;
  receipt.time = shard_.parts().clock.wall();
  receipt.transport = transport_kind_;
  receipt.client_id = std::string(client_id());
  shard_.parts().receipts.record(std::move(receipt));
}

void Session::acknowledged(gjallar::v1::Acknowledged acknowledged) {
  post([acknowledged = std::move(acknowledged)](Session& session) {
    const std::string* const principal = session.place_.principal();
    if (principal == nullptr || !session.interest().receiving()) return;
    const ShardParts& parts = session.shard_.parts();
    parts.catch_up.acknowledge(*session.interest().service, *principal, acknowledged, session.transport_kind_,
                               parts.clock.wall());
  });
}

void Session::protocol_error() {
  post([](Session& session) {
    session.goodbye(gjallar::v1::GOODBYE_REASON_PROTOCOL_ERROR, false, std::chrono::milliseconds(0));
  });
}

void Session::credentials_revoked() {
  post([](Session& session) {
    if (session.state_.finished()) return;
    session.goodbye(gjallar::v1::GOODBYE_REASON_CREDENTIALS_REVOKED, false, std::chrono::milliseconds(0));
  });
}

void Session::closed() {
  post([](Session& session) {
    session.abandon();
    session.place_.leave();
    session.shard_.retire(session);
  });
}

void Session::tick(core::SteadyTime now, const log::Head& head) {
  if (state_.finished()) return;
  const HubOptions& options = shard_.parts().options;
  if (state_.stalled(now, options.slow_reader_timeout)) {
    shard_.statistics().slow_closed.add();
    goodbye(gjallar::v1::GOODBYE_REASON_SLOW, true, shard_.jittered(kSlowRetryAfter));
    return;
  }
  if (static_cast<std::int32_t>(milliseconds_of(now) - next_heartbeat_) < 0) return;
  next_heartbeat_ = milliseconds_of(now + options.heartbeat_interval);
  state_.heartbeat(head.seq, head.hash);
}

void Session::goodbye(gjallar::v1::GoodbyeReason reason, bool reconnect,
                      std::chrono::milliseconds retry_after) {
  state_.finish(reason, reconnect, retry_after);
}

void Session::abandon() noexcept {
  state_.abandon();
  transport_.reset();
}

Sent Session::send(const Delivery& delivery, bool more) {
  shard_.statistics().deliveries.add();
  if (delivery.overtaking) shard_.statistics().overtaking.add();
  return transport_ ? transport_->send(delivery, more) : Sent::kQueued;
}

Sent Session::send(const gjallar::v1::Frame& frame, bool more) {
  return transport_ ? transport_->send(frame, more) : Sent::kQueued;
}

Flushed Session::flush(std::size_t returnable) {
  return transport_ ? transport_->flush(returnable) : Flushed();
}

void Session::finish(const gjallar::v1::Goodbye& goodbye) {
  // Its transport holds on to it until the last frame is out; it doesn't hold on to its transport.
  if (const auto transport = std::exchange(transport_, nullptr)) transport->finish(goodbye);
  shard_.retire(*this);
}

void Session::want_start(const StartPlan& plan) {
  shard_.parts().catch_up.prepare(plan, interest(), answer<Prepared>([](Session& session, Prepared prepared) {
                                    session.state_.take_start(std::move(prepared));
                                  }));
}

void Session::want_slice(core::Seq after) {
  shard_.parts().catch_up.slice(interest(), after, answer<Slice>([](Session& session, Slice slice) {
                                  session.shard_.statistics().catch_up_events.add(slice.events.size());
                                  session.state_.take_slice(std::move(slice));
                                }));
}

void Session::want_restated(const SharedEvent& event) {
  shard_.parts().catch_up.restate(interest(), event,
                                  answer<Restated>([](Session& session, Restated restated) {
                                    session.state_.take_restated(std::move(restated));
                                  }));
}

}  // namespace gjallar::fanout
