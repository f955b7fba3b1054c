#include "tests/support/fanout_simulation.h"

#include <fmt/format.h>

#include <algorithm>

namespace gjallar::testing {
namespace {

constexpr std::size_t kSteps = 250;
/// Sessions that one principal may have.
constexpr std::size_t kSessionsMax = 2;

std::string principal_of(std::size_t client) {
  return "client-" + std::to_string(client);
}

}  // namespace

FanoutSimulation::FanoutSimulation(std::uint64_t seed) : random_(seed) {
  for (core::ServiceNumber client = 0; client < kSimulatedClients; ++client)
    clients_.emplace_back(client % kSimulatedServices);
  sessions_.resize(kSimulatedClients);
  restart();
}

FanoutSimulation::~FanoutSimulation() {
  sessions_.clear();
}

std::size_t FanoutSimulation::below(std::size_t limit) {
  return static_cast<std::size_t>(random_() % limit);
}

void FanoutSimulation::restart() {
  for (auto& session : sessions_)
    session.reset();
  if (broker_.registry && broker_.registry->count() != 0) broker_.note("a place was kept by nobody");
  on_their_way_.clear();
  broker_.dispatcher = std::make_unique<fanout::Dispatcher>(2 + below(12), 1 << 20, broker_.log.head());
  broker_.registry = std::make_shared<fanout::Registry>(kSessionsMax);
}

void FanoutSimulation::publish() {
  const std::size_t count = below(3) == 0 ? 1 + below(8) : 1;
  const core::Seq first = broker_.log.append(random_, count);
  // Where too much waits, the appender leaves a group to the log.
  if (below(12) != 0) on_their_way_.push_back({first, count});
}

void FanoutSimulation::dispatch() {
  std::vector<const fanout::SharedEvent*> events;
  core::Seq head = 0;
  for (const Group& group : on_their_way_) {
    for (core::Seq seq = group.first; seq < group.first + group.count; ++seq)
      events.push_back(&broker_.log.at(seq));
    head = group.first + group.count - 1;
  }
  on_their_way_.clear();
  if (events.empty()) head = broker_.log.head();  // the tick finds what nobody told of
  std::vector<std::vector<bool>> had_place;
  for (const auto& session : sessions_) {
    std::vector<bool>& places = had_place.emplace_back();
    for (const fanout::SharedEvent* const event : events)
      places.push_back(session && session->has_place((*event)->seq));
  }
  broker_.dispatcher->take(events, head);
  for (std::size_t i = 0; i < sessions_.size(); ++i) {
    for (std::size_t at = 0; sessions_[i] && at < events.size(); ++at)
      sessions_[i]->check_urgent(*events[at], had_place[i][at]);
  }
}

void FanoutSimulation::connect(std::size_t client) {
  if (sessions_[client]) return;
  const std::string principal = principal_of(client);
  auto place = broker_.registry->enter(principal, simulated_service(clients_[client].service()));
  if (!place) return broker_.note("a client was refused for nothing");
  sessions_[client] =
      std::make_unique<SimulatedSession>(broker_, clients_[client], std::move(place.value()), below(2) == 0);
}

void FanoutSimulation::cut(std::size_t client) {
  sessions_[client].reset();
  if (below(8) == 0) clients_[client].forget();
}

void FanoutSimulation::crowd(std::size_t client) {
  if (!sessions_[client]) return;
  const std::string principal = principal_of(client);
  std::vector<core::Result<fanout::Registry::Place>> places;
  for (std::size_t more = 1; more < kSessionsMax; ++more) {
    places.push_back(broker_.registry->enter(principal, simulated_service(clients_[client].service())));
    if (!places.back()) broker_.note("a client was refused for nothing");
  }
  check_refusal(broker_.registry->enter(principal, simulated_service(clients_[client].service())),
                v1::ERROR_CODE_OVERLOADED);
}

void FanoutSimulation::check_refusal(const core::Result<fanout::Registry::Place>& place, v1::ErrorCode code) {
  if (place) return broker_.note("a client was let in that had to be refused");
  if (place.error().code != code) broker_.note("a client was refused for another reason");
  if (!place.error().retry_after) return broker_.note("a refusal without advice");
  waits_.push_back(place.error().retry_after->count());
  // Advice is drawn from seconds: four times the same is no chance.
  const bool same =
      std::all_of(waits_.begin(), waits_.end(), [this](std::int64_t wait) { return wait == waits_.front(); });
  if (waits_.size() >= 4 && same) broker_.note("everybody is told the same time");
}

void FanoutSimulation::pass_time() {
  broker_.now += std::chrono::seconds(1 + below(30));
  for (auto& session : sessions_) {
    if (session) session->tick();
  }
}

void FanoutSimulation::drain() {
  broker_.registry->refuse_new();
  for (std::size_t client = 0; client < sessions_.size(); ++client) {
    const std::string principal = principal_of(client);
    check_refusal(broker_.registry->enter(principal, simulated_service(clients_[client].service())),
                  v1::ERROR_CODE_UNAVAILABLE);
    if (sessions_[client]) sessions_[client]->drain();
    if (below(2) == 0) publish();
    dispatch();
  }
  for (auto& session : sessions_) {
    if (session) session->read(below(20));
  }
  restart();
}

void FanoutSimulation::kill() {
  for (auto& session : sessions_)
    session.reset();
  broker_.log.crash();
  if (broker_.log.head() < broker_.log.acknowledged())
    broker_.note(fmt::format("event {} was acknowledged and is lost", broker_.log.head() + 1));
  restart();
  // A client comes back with a cursor of what the broker has lost.
  if (below(3) == 0) {
    const std::size_t client = below(kSimulatedClients);
    if (clients_[client].cursor()) clients_[client].claim(broker_.log.head() + 1 + below(3));
    connect(client);
  }
}

void FanoutSimulation::restore() {
  for (auto& session : sessions_)
    session.reset();
  const core::Seq head = broker_.log.head();
  broker_.log.restore(head - below(std::min<core::Seq>(head, 12) + 1));
  const core::Seq last = broker_.log.head();
  // What a client was sent since it was last told of the head, it can't tell of.
  for (SimulatedClient& client : clients_) {
    const bool can_tell = client.seen() && client.seen()->seq > last;
    if (client.cursor() && *client.cursor() > last && !can_tell) client.forget();
  }
  restart();
  if (below(2) == 0) publish();
}

void FanoutSimulation::step() {
  const std::size_t client = below(kSimulatedClients);
  switch (below(20)) {
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
    case 9: {
      const std::size_t dice = below(40);
      if (dice < 3) return kill();
      if (dice < 5) return drain();
      if (dice < 7) return restore();
      if (dice < 17) return crowd(client);
      return;
    }
    case 10:
      if (sessions_[client]) sessions_[client]->heartbeat();
      return;
    case 11:
    case 12:
    case 13:
      if (sessions_[client]) sessions_[client]->answer();
      return;
    case 14:
      if (below(2) == 0) pass_time();
      return;
    default:
      if (sessions_[client]) sessions_[client]->read(1 + below(6));
  }
}

void FanoutSimulation::drop_those_that_are_over() {
  for (auto& session : sessions_) {
    if (session && session->over()) session.reset();
  }
}

void FanoutSimulation::settle() {
  // Bounded: a session that asks for ever is a finding too.
  for (int round = 0; round < 2'000; ++round) {
    drop_those_that_are_over();
    for (std::size_t client = 0; client < kSimulatedClients; ++client)
      connect(client);
    dispatch();
    bool idle = broker_.dispatcher->ring().last_seq() == broker_.log.head();  // the tick has found all
    for (auto& session : sessions_) {
      if (!session) continue;
      session->answer();
      session->read(100);
      idle = idle && session->idle() && !session->over();
    }
    if (idle) return;
  }
  broker_.note("the sessions never come to rest");
}

Finding FanoutSimulation::run() {
  for (std::size_t steps = 0; steps < kSteps && broker_.finding.empty(); ++steps) {
    step();
    drop_those_that_are_over();
  }
  if (broker_.finding.empty()) settle();
  for (const SimulatedClient& client : clients_)
    client.check(broker_.log, broker_.finding);
  return broker_.finding;
}

}  // namespace gjallar::testing
