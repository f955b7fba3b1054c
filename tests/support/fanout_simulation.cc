#include "tests/support/fanout_simulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "broker/core/fault.h"

namespace gjallar::testing {
namespace {

using fanout::Delivery;
using fanout::Sent;
using fanout::SharedEvent;

const core::LogId kLogId("0123456789ABCDEF");
constexpr core::ServiceNumber kServices = 3;
constexpr std::size_t kClients = 4;  // two of one service: they share what sessions of one interest share
constexpr std::size_t kSteps = 250;
constexpr std::size_t kSliceMax = 5;

bool concerns(const SharedEvent& event, core::ServiceNumber service) {
  return event->targets.contains(service);
}

}  // namespace

// ---- the log
// -----------------------------------------------------------------------------------------------

core::Seq SimulatedLog::append(std::mt19937_64& random, std::size_t count) {
  const core::Seq first = events_.size() + 1;
  for (std::size_t i = 0; i < count; ++i) {
    auto event = std::make_shared<fanout::EncodedEvent>();
    event->seq = events_.size() + 1;
    event->urgent = random() % 3 == 0;
    event->type = v1::EVENT_TYPE_ALERT_ISSUED;
    event->subject = "alert";
    for (core::ServiceNumber service = 0; service < kServices; ++service) {
      if (random() % 2 == 0) event->targets.add(service);
    }
    events_.push_back(std::move(event));
  }
  if (!core::faulty(core::Fault::kSyncSkipped)) synced_ = events_.size();
  acknowledged_ = events_.size();
  // Something else syncs sooner or later.
  if (random() % 4 == 0) synced_ = events_.size();
  return first;
}

void SimulatedLog::crash() {
  events_.resize(synced_);
}

// ---- a client
// ----------------------------------------------------------------------------------------------

void SimulatedClient::connected(const fanout::StartPlan& plan) {
  fresh_ = true;
  gap_due_ = plan.gap_reason != v1::GAP_REASON_UNSPECIFIED;
  state_due_ = !plan.position;
  if (state_due_) {
    from_.reset();
    in_order_.clear();
  } else if (!from_) {
    from_ = *plan.position;
  }
}

void SimulatedClient::forget() {
  cursor_.reset();
  from_.reset();
  in_order_.clear();
}

void SimulatedClient::apply(const Delivery& delivery, Finding& finding) {
  const core::Seq seq = delivery.event->seq;
  if (!concerns(delivery.event, service_))
    finding = fmt::format("event {} doesn't concern {}", seq, service_);
  if (delivery.overtaking) {
    if (!delivery.event->urgent) finding = fmt::format("event {} overtakes and isn't urgent", seq);
    return;
  }
  if (!from_) {
    finding = fmt::format("event {} came before the state did", seq);
    return;
  }
  const core::Seq had = in_order_.empty() ? *from_ : in_order_.back();
  if (seq <= std::max(had, cursor_.value_or(0)))
    finding = fmt::format("event {} came again, or out of order, after {}", seq, had);
  if (!in_order_.empty() && delivery.prev_seq != in_order_.back())
    finding =
        fmt::format("event {} names {} before it, and not {}", seq, delivery.prev_seq, in_order_.back());
  if (in_order_.empty() && delivery.prev_seq > *from_)
    finding = fmt::format("the first event {} names one before it that never came", seq);
  in_order_.push_back(seq);
  cursor_ = seq;
}

void SimulatedClient::apply(const v1::Frame& frame, Finding& finding) {
  if (frame.has_gap()) gap_due_ = false;
  if (frame.has_caughtup()) {
    if (gap_due_) finding = "a gap was hidden";
    cursor_ = frame.caughtup().seq();
    if (state_due_) from_ = from_ ? from_ : cursor_;
    state_due_ = false;
  }
  if (frame.has_heartbeat()) {
    // Of what came in order it names the last ones, and leaves none out between them.
    auto had = in_order_.rbegin();
    const auto& recent = frame.heartbeat().recent_seqs();
    for (auto seq = recent.rbegin(); seq != recent.rend() && had != in_order_.rend(); ++seq, ++had) {
      if (*seq != *had) finding = fmt::format("a heartbeat names {} as recent, and not {}", *seq, *had);
    }
    if (recent.empty() && !in_order_.empty()) finding = "a heartbeat names nothing as recent";
    const auto cursor = core::parse_cursor(frame.heartbeat().cursor());
    if (!cursor) {
      finding = "a heartbeat without a cursor";
    } else {
      if (cursor->seq < cursor_.value_or(0)) finding = "a heartbeat's cursor goes back";
      cursor_ = cursor->seq;
      if (!from_) from_ = cursor_;
    }
  }
  if (frame.has_state() && !from_) from_ = frame.state().seq();
}

void SimulatedClient::check(const SimulatedLog& log, Finding& finding) const {
  if (!finding.empty()) return;
  if (!from_) {
    finding = fmt::format("client {} never had a place", service_);
    return;
  }
  std::vector<core::Seq> due;
  for (core::Seq seq = *from_ + 1; seq <= log.head(); ++seq) {
    if (concerns(log.at(seq), service_)) due.push_back(seq);
  }
  if (due == in_order_) return;
  const auto differs = std::mismatch(due.begin(), due.end(), in_order_.begin(), in_order_.end());
  finding = fmt::format("client {} ended with {} of {} events; the first that differs is due {}", service_,
                        in_order_.size(), due.size(), differs.first == due.end() ? 0 : *differs.first);
}

// ---- a session, with its socket
// ----------------------------------------------------------------------------

class FanoutSimulation::Session final : public fanout::SessionPort {
 public:
  Session(FanoutSimulation& world, SimulatedClient& client, bool socket)
      : world_(world), client_(client), socket_(socket) {
    fanout::SessionRequest request;
    if (client.cursor()) request.cursor = core::Cursor{kLogId, *client.cursor()};
    const fanout::StartPlan plan = fanout::plan_start(request, kLogId, world.log_.head());
    // What the client can tell by itself: its cursor is of a log that goes further.
    ahead_ = client.cursor() && *client.cursor() > world.log_.head();
    client.connected(plan);
    fanout::Interest interest;
    interest.service = client.service();
    interest.service_id = "service-" + std::to_string(client.service());
    state_ = std::make_unique<fanout::SessionState>(interest, plan, kLogId, 0, world.dispatcher_->ring(),
                                                    *this, window());
    world.dispatcher_->add(*state_);
    state_->open(v1::Hello());
  }
  ~Session() override { world_.dispatcher_->remove(*state_); }

  [[nodiscard]] fanout::SessionState& state() { return *state_; }
  [[nodiscard]] bool ahead() const noexcept { return ahead_; }

  // SessionPort
  Sent send(const Delivery& delivery, bool more) override {
    sent_.insert(delivery.event->seq);
    if (!delivery.overtaking && ordinary_waiting_ >= window())
      note(fmt::format("a socket that takes no more was given event {}", delivery.event->seq));
    return put({delivery, std::nullopt}, more);
  }
  Sent send(const v1::Frame& frame, bool more) override { return put({std::nullopt, frame}, more); }
  fanout::Flushed flush(std::size_t returnable) override {
    fanout::Flushed flushed;
    if (!socket_) return flushed;
    for (; !held_.empty(); held_.pop_front()) {
      if (waiting_.empty() && wire_.size() < room_) {
        wire_.push_back(std::move(held_.front()));
        ++flushed.written;
      } else {
        wait(std::move(held_.front()));
      }
    }
    while (waiting_.size() > 1 && flushed.returned < returnable) {
      if (is_ordinary(waiting_.back())) --ordinary_waiting_;
      sent_.erase(waiting_.back().delivery->event->seq);
      waiting_.pop_back();
      ++flushed.returned;
    }
    return flushed;
  }
  void finish(const v1::Goodbye&) override {}
  void wrote(core::Seq) override { ++wrote_; }
  void want_start(const fanout::StartPlan& plan) override { start_ = plan; }
  void want_slice(core::Seq after) override { slice_after_ = after; }
  void want_restated(const SharedEvent&) override {}

  /// The client reads some of what is on the wire; what waited goes after it.
  void read(std::size_t count) {
    for (; count > 0 && !wire_.empty(); --count) {
      const Item item = std::move(wire_.front());
      wire_.pop_front();
      if (item.delivery) client_.apply(*item.delivery, world_.finding_);
      if (item.frame) client_.apply(*item.frame, world_.finding_);
    }
    std::size_t written = 0;
    while (!waiting_.empty() && wire_.size() < room_) {
      if (is_ordinary(waiting_.front())) --ordinary_waiting_;
      wire_.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
      ++written;
    }
    if (written > 0) state_->written(written);
  }

  /// The log's reader answers what the session has asked for.
  void answer() {
    if (start_) {
      fanout::Prepared prepared;
      const fanout::StartPlan plan = *std::exchange(start_, std::nullopt);
      prepared.cursor = plan.position.value_or(world_.log_.head());
      for (core::Seq seq = prepared.cursor; seq > 0 && prepared.recent.size() < core::limits::kRecentSeqs;
           --seq) {
        if (seq <= world_.log_.head() && concerns(world_.log_.at(seq), client_.service()))
          prepared.recent.insert(prepared.recent.begin(), seq);
      }
      prepared.head = world_.log_.head();
      for (core::Seq seq = prepared.cursor + 1; plan.urgent_first && seq <= prepared.head; ++seq) {
        if (world_.log_.at(seq)->urgent && concerns(world_.log_.at(seq), client_.service()))
          prepared.urgent.push_back(world_.log_.at(seq));
      }
      if (plan.gap_reason != v1::GAP_REASON_UNSPECIFIED) prepared.gap.emplace().set_reason(plan.gap_reason);
      if (!plan.position) prepared.states.emplace_back().set_seq(prepared.cursor);
      state_->take_start(std::move(prepared));
    } else if (slice_after_) {
      fanout::Slice slice;
      const core::Seq after = *std::exchange(slice_after_, std::nullopt);
      slice.up_to = world_.log_.head();
      for (core::Seq seq = after + 1; seq <= world_.log_.head(); ++seq) {
        if (!concerns(world_.log_.at(seq), client_.service())) continue;
        slice.events.push_back(world_.log_.at(seq));
        if (slice.events.size() == kSliceMax) slice.up_to = seq;
        if (slice.events.size() == kSliceMax) break;
      }
      state_->take_slice(std::move(slice));
    }
  }
  [[nodiscard]] bool asked() const noexcept { return start_ || slice_after_; }
  [[nodiscard]] bool idle() const noexcept { return wire_.empty() && waiting_.empty() && !asked(); }

  /// After an urgent event was dispatched: it is on its way, wherever the session stands.
  void check_urgent(const SharedEvent& event, bool had_place) {
    if (!had_place || !event->urgent || !concerns(event, client_.service())) return;
    if (sent_.count(event->seq) == 0 && overtaking_waiting() < core::limits::kSessionOvertakingMax)
      note(fmt::format("urgent event {} waits its turn", event->seq));
  }
  /// Whether urgent events may overtake: it has a position, and doesn't hold the event already.
  [[nodiscard]] bool has_place(core::Seq seq) const {
    return client_.cursor().has_value() && !ahead_ && state_->cursor() < seq;
  }

 private:
  struct Item {
    std::optional<Delivery> delivery;
    std::optional<v1::Frame> frame;
  };

  [[nodiscard]] std::size_t window() const noexcept {
    return socket_ ? 1 : core::limits::kSessionInFlightMax;
  }
  static bool is_ordinary(const Item& item) { return item.delivery && !item.delivery->overtaking; }
  [[nodiscard]] std::size_t overtaking_waiting() const {
    return static_cast<std::size_t>(std::count_if(waiting_.begin(), waiting_.end(), [](const Item& item) {
      return item.delivery && item.delivery->overtaking;
    }));
  }

  void wait(Item item) {
    if (is_ordinary(item)) ++ordinary_waiting_;
    waiting_.push_back(std::move(item));
  }
  Sent put(Item item, bool more) {
    if (socket_ && more) {
      held_.push_back(std::move(item));
      return Sent::kQueued;
    }
    if (socket_ && waiting_.empty() && wire_.size() < room_) {
      wire_.push_back(std::move(item));
      return Sent::kWritten;
    }
    wait(std::move(item));
    return Sent::kQueued;
  }
  void note(std::string what) {
    if (world_.finding_.empty()) world_.finding_ = std::move(what);
  }

  FanoutSimulation& world_;
  SimulatedClient& client_;
  const bool socket_;
  bool ahead_ = false;
  std::unique_ptr<fanout::SessionState> state_;
  std::size_t room_ = 3;  ///< frames that the kernel holds
  std::deque<Item> wire_, waiting_, held_;
  std::size_t ordinary_waiting_ = 0;
  std::size_t wrote_ = 0;
  std::set<core::Seq> sent_;
  std::optional<fanout::StartPlan> start_;
  std::optional<core::Seq> slice_after_;
};

// ---- the world
// ---------------------------------------------------------------------------------------------

FanoutSimulation::FanoutSimulation(std::uint64_t seed) : random_(seed) {
  dispatcher_ = std::make_unique<fanout::Dispatcher>(2 + below(12), 1 << 20, 0);
  for (core::ServiceNumber client = 0; client < kClients; ++client)
    clients_.emplace_back(client % kServices);
  sessions_.resize(kClients);
}

FanoutSimulation::~FanoutSimulation() {
  sessions_.clear();
}

std::size_t FanoutSimulation::below(std::size_t limit) {
  return static_cast<std::size_t>(random_() % limit);
}

void FanoutSimulation::publish() {
  const std::size_t count = below(3) == 0 ? 1 + below(8) : 1;
  const core::Seq first = log_.append(random_, count);
  // Where too much waits, the appender leaves a group to the log.
  if (below(12) != 0) on_their_way_.push_back({first, count});
}

void FanoutSimulation::dispatch() {
  std::vector<const SharedEvent*> events;
  core::Seq head = 0;
  for (const Group& group : on_their_way_) {
    for (core::Seq seq = group.first; seq < group.first + group.count; ++seq)
      events.push_back(&log_.at(seq));
    head = group.first + group.count - 1;
  }
  on_their_way_.clear();
  if (events.empty()) head = log_.head();  // the tick finds what nobody told of
  std::vector<std::vector<bool>> had_place;
  for (const auto& session : sessions_) {
    std::vector<bool>& places = had_place.emplace_back();
    for (const SharedEvent* const event : events)
      places.push_back(session && session->has_place((*event)->seq));
  }
  dispatcher_->take(events, head);
  for (std::size_t i = 0; i < sessions_.size(); ++i) {
    for (std::size_t at = 0; sessions_[i] && at < events.size(); ++at)
      sessions_[i]->check_urgent(*events[at], had_place[i][at]);
  }
}

void FanoutSimulation::connect(std::size_t client) {
  if (sessions_[client]) return;
  sessions_[client] = std::make_unique<Session>(*this, clients_[client], below(2) == 0);
  if (sessions_[client]->ahead()) clients_[client].forget();
}

void FanoutSimulation::cut(std::size_t client) {
  sessions_[client].reset();
  if (below(8) == 0) clients_[client].forget();
}

void FanoutSimulation::kill() {
  for (auto& session : sessions_)
    session.reset();
  on_their_way_.clear();
  log_.crash();
  if (log_.head() < log_.acknowledged() && finding_.empty())
    finding_ = fmt::format("event {} was acknowledged and is lost", log_.head() + 1);
  dispatcher_ = std::make_unique<fanout::Dispatcher>(2 + below(12), 1 << 20, log_.head());
  // A client comes back with a cursor of what isn't in this log.
  if (below(3) == 0) {
    const std::size_t client = below(kClients);
    if (clients_[client].cursor()) clients_[client].claim(log_.head() + 1 + below(3));
    connect(client);
  }
}

void FanoutSimulation::step() {
  const std::size_t client = below(kClients);
  switch (below(16)) {
    case 0:
    case 1:
    case 2:
      return publish();
    case 3:
    case 4:
    case 5:
      return dispatch();
    case 6:
    case 7:
      return connect(client);
    case 8:
      if (below(3) == 0) cut(client);
      return;
    case 9:
      if (below(20) == 0) kill();
      return;
    case 10:
      if (sessions_[client]) sessions_[client]->state().heartbeat(log_.head(), core::Digest{});
      return;
    case 11:
    case 12:
      if (sessions_[client]) sessions_[client]->answer();
      return;
    default:
      if (sessions_[client]) sessions_[client]->read(1 + below(6));
  }
}

void FanoutSimulation::settle() {
  for (std::size_t client = 0; client < kClients; ++client)
    connect(client);
  // Bounded: a session that asks for ever is a finding too.
  for (int round = 0; round < 2'000; ++round) {
    dispatch();
    bool idle = true;
    for (auto& session : sessions_) {
      session->answer();
      session->read(100);
      idle = idle && session->idle();
    }
    if (idle) return;
  }
  if (finding_.empty()) finding_ = "the sessions never come to rest";
}

Finding FanoutSimulation::run() {
  for (std::size_t steps = 0; steps < kSteps && finding_.empty(); ++steps)
    step();
  if (finding_.empty()) settle();
  for (const SimulatedClient& client : clients_)
    client.check(log_, finding_);
  return finding_;
}

}  // namespace gjallar::testing
