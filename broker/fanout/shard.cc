#include "broker/fanout/shard.h"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "broker/fanout/shard_session.h"

namespace gjallar::fanout {
namespace {

/// How often written receipts are gathered and recorded.
constexpr std::chrono::milliseconds kRecordInterval{10};
/// Ticks in the shorter of heartbeat interval and slow reader timeout.
constexpr int kTicksPerInterval = 8;
/// Goodbyes of a drain are spread over this many steps at most.
constexpr std::size_t kDrainStepsMax = 100;
/// Before a client of a draining broker should come back; three times as much at most.
constexpr std::chrono::milliseconds kDrainRetryAfter{500};

std::size_t weight_of(const EventGroup& group) {
  std::size_t bytes = 0;
  for (const SharedEvent& event : group)
    bytes += weight_of(*event);
  return bytes;
}

}  // namespace

Shard::Shard(ShardParts parts, const log::Head& head)
    : parts_(std::move(parts)),
      dispatcher_(parts_.options.ring_frames_max, parts_.options.ring_bytes_max, head.seq),
      head_(head),
      jitter_(std::random_device{}()) {}

Shard::~Shard() {
  stop();
}

void Shard::start() {
  poller_.start();
  schedule_tick();
  thread_ = std::thread([this] { context_.run(); });
}

void Shard::stop() {
  context_.stop();
  if (thread_.joinable()) thread_.join();
  record_written();
  for (const auto& session : sessions_)
    session->abandon();
  to_drain_.clear();
  sessions_.clear();
  for (Waiting* waiting = inbox_.exchange(nullptr); waiting != nullptr;) {
    const std::unique_ptr<Waiting> one(waiting);
    waiting = one->next;
  }
}

void Shard::add(core::Owned<Session> session, gjallar::v1::Hello hello) {
  boost::asio::post(context_, [this, session = std::move(session), hello = std::move(hello)] {
    session->set_place_in_shard(sessions_.size());
    sessions_.push_back(session);
    dispatcher_.add(session->state());
    session->open(hello);
  });
}

void Shard::retire(Session& session) {
  // Later: an index may be in use right now.
  boost::asio::post(context_, [this, session = core::Owned<Session>(&session)] {
    if (take_out(*session)) dispatcher_.remove(session->state());
  });
}

bool Shard::take_out(Session& session) noexcept {
  const std::size_t place = session.place_in_shard();
  if (place >= sessions_.size() || sessions_[place].get() != &session) return false;
  std::swap(sessions_[place], sessions_.back());
  sessions_[place]->set_place_in_shard(place);
  sessions_.pop_back();
  return true;
}

void Shard::committed(const std::shared_ptr<const EventGroup>& group, const log::Head& head) {
  const std::size_t weight = weight_of(*group);
  // What wouldn't fit the ring would fall off it before a session read it: it is left to the log.
  if (waiting_bytes_.load() + weight > parts_.options.ring_bytes_max && waiting_bytes_.load() > 0) return;
  waiting_bytes_.fetch_add(weight);
  auto* const waiting = new Waiting{group, head, weight, inbox_.load(std::memory_order_relaxed)};
  while (!inbox_.compare_exchange_weak(waiting->next, waiting, std::memory_order_release,
                                       std::memory_order_relaxed)) {
  }
  // Whoever finds it empty wakes the shard, which then takes all.
  if (waiting->next == nullptr) boost::asio::post(context_, [this] { take_waiting(); });
}

void Shard::take_waiting() {
  std::vector<std::unique_ptr<Waiting>> groups;
  for (Waiting* waiting = inbox_.exchange(nullptr, std::memory_order_acquire); waiting != nullptr;) {
    groups.emplace_back(waiting);
    waiting = waiting->next;
  }
  if (groups.empty()) return;
  // A count of references of its own: the shards' sessions don't pull one between them.
  std::vector<SharedEvent> own;
  std::size_t weight = 0;
  for (auto one = groups.rbegin(); one != groups.rend(); ++one) {
    for (const SharedEvent& event : *(*one)->group)
      own.emplace_back(event.get(), [event](const EncodedEvent*) {});
    weight += (*one)->weight;
  }
  std::vector<const SharedEvent*> events;
  for (const SharedEvent& event : own)
    events.push_back(&event);
  const log::Head& head = groups.front()->head;
  dispatcher_.take(events, head.seq);
  if (head.seq >= head_.seq) head_ = head;
  waiting_bytes_.fetch_sub(weight);
}

void Shard::schedule_tick() {
  const auto interval = std::min(parts_.options.heartbeat_interval, parts_.options.slow_reader_timeout);
  tick_timer_.expires_after(std::max(interval / kTicksPerInterval, std::chrono::milliseconds(1)));
  tick_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) tick();
  });
}

void Shard::tick() {
  // Groups that were left to the log and no later one has come to tell.
  const core::Seq committed = parts_.committed.load(std::memory_order_acquire);
  if (waiting_bytes_.load() == 0 && ring().last_seq() < committed) dispatcher_.restart(committed);
  const core::SteadyTime now = parts_.clock.steady();
  for (const auto& session : sessions_)
    session->tick(now, head_);
  schedule_tick();
}

std::chrono::milliseconds Shard::jittered(std::chrono::milliseconds least) {
  std::uniform_int_distribution<std::int64_t> spread(least.count(), least.count() * 3);
  return std::chrono::milliseconds(spread(jitter_));
}

void Shard::note_written(core::ServiceNumber service, receipts::TransportKind transport, core::Seq seq) {
  if (!parts_.options.notes_written) return;
  WrittenSeqs& seqs = written_[std::uint64_t{service} << 8 | static_cast<std::uint64_t>(transport)];
  if (!seqs.add(seq) || recording_) return;
  recording_ = true;
  written_since_ = parts_.clock.wall();
  record_timer_.expires_after(kRecordInterval);
  record_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) record_written();
  });
}

void Shard::record_written() {
  recording_ = false;
  std::vector<receipts::Written> written;
  written.reserve(written_.size());
  for (auto& entry : written_) {
    if (entry.second.waiting() == 0) continue;
    written.push_back({static_cast<core::ServiceNumber>(entry.first >> 8),
                       static_cast<receipts::TransportKind>(entry.first & 0xFF), entry.second.take()});
  }
  parts_.receipts.record_written(std::move(written), written_since_);
}

void Shard::drain(std::chrono::milliseconds time) {
  boost::asio::post(context_, [this, time] {
    to_drain_.clear();
    to_drain_ = sessions_;
    std::shuffle(to_drain_.begin(), to_drain_.end(), jitter_);
    const std::size_t steps = std::clamp<std::size_t>(to_drain_.size(), 1, kDrainStepsMax);
    // The last fifth of the time is for the goodbyes on their way.
    drain_interval_ = time * 4 / 5 / static_cast<std::int64_t>(steps);
    drain_count_ = (to_drain_.size() + steps - 1) / steps;
    drain_step();
  });
}

void Shard::drain_step() {
  for (std::size_t said = 0; said < drain_count_ && !to_drain_.empty();) {
    const auto session = std::move(to_drain_.back());
    to_drain_.pop_back();
    if (session->state().finished()) continue;
    session->goodbye(gjallar::v1::GOODBYE_REASON_DRAINING, true, jittered(kDrainRetryAfter));
    ++said;
  }
  if (to_drain_.empty()) return;
  drain_timer_.expires_after(drain_interval_);
  drain_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) drain_step();
  });
}

}  // namespace gjallar::fanout
