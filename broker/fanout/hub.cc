#include "broker/fanout/hub.h"

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "broker/core/random.h"
#include "broker/fanout/encoder.h"
#include "broker/fanout/registry.h"
#include "broker/fanout/shard.h"
#include "broker/fanout/shard_session.h"
#include "broker/fanout/token_sessions.h"

namespace gjallar::fanout {
namespace {

core::Error denied(const char* field, const char* message, const char* advice) {
  return core::make_error(gjallar::v1::ERROR_CODE_PERMISSION_DENIED, field, message, advice);
}

/// The principal's own service: registered and enabled.
core::Result<gjallar::v1::DirectoryEntry> own_service(const domain::Principal& principal,
                                                      const projections::LiveDirectory& directory) {
  const auto now = directory.now();
  const gjallar::v1::DirectoryEntry* const entry = now->find(principal.service->value());
  if (entry == nullptr) {
    return core::make_error(gjallar::v1::ERROR_CODE_UNKNOWN_SERVICE, "",
                            "The principal's service isn't registered.", "Have an operator register it.");
  }
  if (!entry->enabled()) {
    return core::make_error(gjallar::v1::ERROR_CODE_SERVICE_DISABLED, "",
                            "The principal's service is disabled.",
                            "Have an operator register it under a new id.");
  }
  return *entry;
}

core::Result<void> check_client_id(const std::string& client_id) {
  if (client_id.empty()) {
    return core::make_error(gjallar::v1::ERROR_CODE_MISSING_FIELD, "client_id",
                            "A receiving session names its client program.", "Give a stable client_id.");
  }
  if (client_id.size() > core::limits::kClientIdLengthMax) {
    return core::make_error(gjallar::v1::ERROR_CODE_TOO_LARGE, "client_id", "The client_id is too long.",
                            fmt::format("Use at most {} characters.", core::limits::kClientIdLengthMax));
  }
  if (!std::all_of(client_id.begin(), client_id.end(), [](char c) { return c > ' ' && c < 0x7f; })) {
    return core::make_error(gjallar::v1::ERROR_CODE_INVALID_ARGUMENT, "client_id",
                            "The client_id holds a character that isn't printable ASCII.",
                            "Use letters, digits, '-', '.' and '_'.");
  }
  return {};
}

/// What the principal may hear of in the session that it asks for.
core::Result<Interest> interest_of(const SessionRequest& request,
                                   const projections::LiveDirectory& directory) {
  const domain::Rights& rights = request.principal.rights;
  Interest interest;
  interest.filter = request.filter;
  if (request.filter && rights.view == domain::Scope::kAny) return interest;
  if (request.filter && rights.view == domain::Scope::kNone) {
    return denied("view", "The principal may not view.", "Ask for the right to view.");
  }
  if (!request.filter && !rights.subscribe) {
    return denied("subscribe", "The principal may not subscribe.",
                  "Ask for the right to subscribe, or open a viewer session.");
  }
  if (!request.principal.service) {
    return denied(request.filter ? "view" : "subscribe", "The principal has no service.",
                  "Connect as the principal of a service.");
  }
  const auto entry = own_service(request.principal, directory);
  if (!entry) return entry.error();
  if (!request.filter) GJALLAR_TRY(check_client_id(request.client_id));
  interest.service = entry.value().number();
  interest.service_id = entry.value().service().service_id();
  return interest;
}

}  // namespace

struct Hub::Impl {
  Impl(log::EventLog& event_log, const projections::LiveDirectory& live_directory,
       receipts::ReceiptStore& receipt_store, const core::Clock& the_clock, HubOptions hub_options)
      : log(event_log),
        log_id(event_log.id()),
        directory(live_directory),
        receipts(receipt_store),
        clock(the_clock),
        options(std::move(hub_options)),
        committed(event_log.head().seq),
        catch_up(event_log, live_directory, receipt_store, committed, options.screen_acknowledged) {
    core::SystemRandom random;
    session_prefix = fmt::format("{:08x}", random.uniform64() & 0xffffffffU);
  }

  [[nodiscard]] gjallar::v1::Hello hello(const Interest& interest, const StartPlan& plan,
                                         const log::Head& head, core::Seq received_seq) {
    gjallar::v1::Hello hello;
    hello.set_log_id(log_id.value());
    hello.set_head_seq(head.seq);
    hello.set_head_hash(std::string(core::as_view(head.hash)));
    hello.set_resumption(plan.resumption);
    hello.set_replaying(plan.replaying);
    if (interest.receiving()) hello.set_service_id(interest.service_id);
    hello.set_received_seq(received_seq);
    *hello.mutable_heartbeat_interval() = google::protobuf::util::TimeUtil::MillisecondsToDuration(
        static_cast<std::int64_t>(options.heartbeat_interval.count()));
    hello.set_session_id(fmt::format("{}-{}", session_prefix, sessions_opened.fetch_add(1) + 1));
    return hello;
  }

  /// Writing JSON takes longer than all the rest: nothing is encoded for nobody. Who comes later reads it
  /// from the log.
  [[nodiscard]] bool anybody() const { return registry->count() > 0; }

  log::EventLog& log;
  const core::LogId log_id;
  const projections::LiveDirectory& directory;
  receipts::ReceiptStore& receipts;
  const core::Clock& clock;
  const HubOptions options;
  std::string session_prefix;
  std::atomic<std::uint64_t> sessions_opened{0};
  std::atomic<std::size_t> next_shard{0};
  std::atomic<core::Seq> committed;
  const std::shared_ptr<Registry> registry = std::make_shared<Registry>();
  const std::shared_ptr<TokenSessions> token_sessions = std::make_shared<TokenSessions>();
  CatchUpThread catch_up;
  Encoder encoder{log_id};
  std::vector<std::unique_ptr<Shard>> shards;
};

Hub::Hub(log::EventLog& log, const projections::LiveDirectory& directory, receipts::ReceiptStore& receipts,
         const core::Clock& clock, HubOptions options)
    : impl_(std::make_unique<Impl>(log, directory, receipts, clock, std::move(options))) {
  std::size_t count = impl_->options.shards;
  if (count == 0) count = std::max<std::size_t>(std::thread::hardware_concurrency(), 1);
  const log::Head head = log.head();
  for (std::size_t number = 0; number < count; ++number) {
    impl_->shards.push_back(std::make_unique<Shard>(
        ShardParts{impl_->log_id, impl_->catch_up, receipts, clock, impl_->options, impl_->committed}, head));
  }
  impl_->catch_up.start();
  for (const auto& shard : impl_->shards)
    shard->start();
}

Hub::~Hub() {
  stop();
}

void Hub::on_prepared(const log::CommittedGroup& group) {
  if (impl_->anybody()) impl_->encoder.begin(group);
}

void Hub::on_committed(const log::CommittedGroup& group, const log::Head& head) {
  // Of what is missing (nobody was there, or an event can't be encoded) the shards notice the seq and leave
  // it to the catch-up, which ends the sessions that an unreadable one concerns.
  const auto encoded =
      std::make_shared<const EventGroup>(impl_->anybody() ? impl_->encoder.take(group) : EventGroup());
  for (const auto& shard : impl_->shards)
    shard->committed(encoded, head);
  impl_->committed.store(head.seq, std::memory_order_release);
}

std::size_t Hub::pick_shard() noexcept {
  return impl_->next_shard.fetch_add(1) % impl_->shards.size();
}
std::size_t Hub::shard_count() const noexcept {
  return impl_->shards.size();
}
boost::asio::io_context& Hub::shard_context(std::size_t shard) noexcept {
  return impl_->shards[shard]->context();
}

Poller& Hub::poller(std::size_t shard) noexcept {
  return impl_->shards[shard]->poller();
}

core::Result<core::Owned<SessionHandle>> Hub::open(SessionRequest request, core::Owned<Transport> transport,
                                                   std::size_t shard) {
  auto interest = interest_of(request, impl_->directory);
  if (!interest) return interest.error();
  const bool receiving = interest.value().receiving();
  auto place =
      impl_->registry->enter(request.principal.name.value(), receiving ? interest.value().service_id : "");
  if (!place) return place.error();
  core::Seq received_seq = 0;
  if (receiving) {
    const auto known = impl_->receipts.received_up_to(*interest.value().service, request.client_id);
    if (!known) return known.error();
    received_seq = known.value();
  }
  const log::Head head = impl_->log.head();
  SessionSetup setup;
  if (request.principal.token) {
    auto ticket = impl_->token_sessions->enter(*request.principal.token);
    if (!ticket) return ticket.error();
    setup.token = std::move(ticket.value());
  }
  TokenSessions::Ticket* const token = setup.token.get();
  setup.plan = plan_start(request, impl_->log_id, head.seq);
  // Most that come back saw the very head: nothing needs to be read.
  if (setup.plan.to_check && setup.plan.to_check->seq == head.seq) {
    const bool held = setup.plan.to_check->hash == head.hash;
    setup.plan = after_check(std::move(setup.plan), held);
  }
  setup.received_seq = received_seq;
  gjallar::v1::Hello hello = impl_->hello(interest.value(), setup.plan, head, received_seq);
  setup.interest = std::move(interest.value());
  setup.client_id = std::move(request.client_id);
  setup.transport_kind = request.transport;
  setup.place = std::move(place.value());
  Shard& home = *impl_->shards[shard % impl_->shards.size()];
  const auto session = Session::make(std::move(setup), std::move(transport), home);
  home.add(session, std::move(hello));
  if (token != nullptr && !token->bind(session.get())) session->credentials_revoked();
  return core::Owned<SessionHandle>(session);
}

void Hub::end_sessions_of_token(const std::string& token_id, core::Version oldest) {
  for (const auto& session : impl_->token_sessions->end_before(token_id, oldest))
    session->credentials_revoked();
}

void Hub::drain(std::chrono::milliseconds time) {
  impl_->registry->refuse_new();
  for (const auto& shard : impl_->shards)
    shard->drain(time);
  (void)impl_->registry->wait_until_empty(time);
}

void Hub::stop() {
  impl_->catch_up.stop();
  for (const auto& shard : impl_->shards)
    shard->stop();
}

HubStatistics Hub::statistics() const {
  HubStatistics statistics;
  statistics.sessions = impl_->registry->count();
  statistics.connected_services = impl_->registry->services();
  statistics.committed_seq = impl_->committed.load(std::memory_order_acquire);
  for (const auto& shard : impl_->shards) {
    const Shard::Statistics& one = shard->statistics();
    statistics.deliveries += one.deliveries.load();
    statistics.overtaking += one.overtaking.load();
    statistics.catch_up_events += one.catch_up_events.load();
    statistics.slow_closed += one.slow_closed.load();
  }
  return statistics;
}

}  // namespace gjallar::fanout
