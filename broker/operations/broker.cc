#include "broker/operations/broker.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <optional>

#include "broker/admission/admission.h"
#include "broker/core/random.h"
#include "broker/edges/cap/signature.h"
#include "broker/edges/contact_desk.h"
#include "broker/edges/grpc/grpc_edge.h"
#include "broker/edges/http/http_edge.h"
#include "broker/edges/token_desk.h"
#include "broker/fanout/hub.h"
#include "broker/log/local_log.h"
#include "broker/operations/chaser.h"
#include "broker/operations/counted.h"
#include "broker/operations/dev_deployment.h"
#include "broker/operations/escalation_timer.h"
#include "broker/operations/expiry_timer.h"
#include "broker/operations/folder_lock.h"
#include "broker/operations/health.h"
#include "broker/operations/metrics.h"
#include "broker/operations/operations_listener.h"
#include "broker/operations/refusals.h"
#include "broker/operations/status.h"
#include "broker/projections/folds.h"
#include "broker/security/contact_store.h"
#include "broker/security/files.h"

namespace gjallar::operations {

/// In the order in which data flows; members are destroyed in reverse.
struct Broker::Parts {
  explicit Parts(const Configuration& from) : configuration(from) {}

  /// False if it was asked to stop meanwhile.
  core::Result<bool> lock_folder();
  core::Result<void> start();
  core::Result<void> start_operations();
  core::Result<void> open_stores();
  core::Result<void> read_policy();
  core::Result<void> open_credentials();
  core::Result<void> read_cap_settings();
  core::Result<void> start_edges();
  void end_sessions_of_changed_tokens(const log::CommittedGroup& group);
  void stop();
  Answer answer(std::string_view path) const;

  Configuration configuration;
  std::optional<FolderLock> lock;  ///< given back after all else is gone
  core::SystemClock clock;
  core::SystemRandom random;
  core::WallTime started = clock.wall();
  Health health;
  /// Set once, when all that metrics are read from is there; the operations thread reads it.
  std::atomic<const MetricSources*> metrics{nullptr};
  MetricSources metric_sources;
  const MetricSources starting_sources{&health, nullptr, nullptr, nullptr, nullptr, started, nullptr};

  std::unique_ptr<OperationsListener> operations;
  security::Policy policy;
  std::shared_ptr<projections::LiveDirectory> directory = std::make_shared<projections::LiveDirectory>();
  std::shared_ptr<projections::LiveTokens> live_tokens = std::make_shared<projections::LiveTokens>();
  std::unique_ptr<log::EventLog> local_log;
  std::optional<CountedLog> log;
  std::unique_ptr<receipts::ReceiptStore> receipt_store;
  std::optional<CountedReceipts> receipts;
  std::unique_ptr<security::ContactStore> contacts;
  std::unique_ptr<security::TokenStore> tokens;
  security::DevAuthority dev_authority;
  std::optional<security::Authenticator> authenticator;
  Refusals refusals;
  std::optional<admission::Admission> admission;
  std::optional<edges::TokenDesk> token_desk;
  std::optional<edges::ContactDesk> contact_desk;
  std::optional<admission::Expirer> expirer;
  std::optional<Chaser> chaser;
  std::optional<EscalationTimer> escalation;
  std::optional<fanout::Hub> hub;
  std::optional<StatusReporter> reporter;
  std::optional<ExpiryTimer> expiry;
  edges::cap::Settings cap;
  std::unique_ptr<edges::HttpEdge> http;
  std::unique_ptr<edges::GrpcEdge> grpc;
  bool stopped = false;
};

Answer Broker::Parts::answer(std::string_view path) const {
  if (path == "/healthz" || path == "/livez") return {200, "text/plain; charset=utf-8", "ok\n"};
  const MetricSources* sources = metrics.load(std::memory_order_acquire);
  if (path == "/readyz") {
    Phase phase = health.phase();
    const bool failing =
        sources != nullptr && (!sources->log->finding().empty() || !sources->receipts->finding().empty());
    if (phase == Phase::kReady && failing) phase = Phase::kFailed;
    return {phase == Phase::kReady ? 200U : 503U, "text/plain; charset=utf-8",
            std::string(phase_name(phase)) + "\n"};
  }
  if (path == "/metrics") {
    return {200, "text/plain; version=0.0.4; charset=utf-8",
            metrics_text(sources != nullptr ? *sources : starting_sources)};
  }
  return {404, "text/plain; charset=utf-8", "not found: /healthz /livez /readyz /metrics\n"};
}

core::Result<void> Broker::Parts::start_operations() {
  const auto address = parse_address(configuration.operations.address, "operations.address");
  if (!address) return address.error();
  auto listener = OperationsListener::start(*address, [this](std::string_view path) { return answer(path); });
  if (!listener) return listener.error();
  operations = std::move(*listener);
  return {};
}

core::Result<void> Broker::Parts::read_policy() {
  auto read = configuration.policy.empty() ? security::Policy::parse(dev_policy(), "the development policy")
                                           : security::Policy::load(configuration.policy);
  if (!read) return read.error();
  policy = std::move(*read);
  return {};
}

core::Result<bool> Broker::Parts::lock_folder() {
  GJALLAR_TRY(security::make_private_folder(configuration.data_dir));
  auto taken = FolderLock::take(configuration.data_dir, configuration.wait_for_lock, [this] {
    spdlog::info("waiting for the data folder {}: another broker holds it", configuration.data_dir.string());
  });
  if (!taken) return taken.error();
  lock = std::move(*taken);
  return lock.has_value();
}

core::Result<void> Broker::Parts::open_stores() {
  log::LocalLogOptions options;
  options.directory = configuration.data_dir / "log";
  options.folds = projections::fold_factory(directory, live_tokens);
  options.clock = &clock;
  options.random = &random;
  auto opened = log::open_local_log(std::move(options));
  if (!opened) return opened.error();
  local_log = std::move(*opened);
  log.emplace(*local_log);
  directory->publish();  // no append is under way yet
  live_tokens->publish();
  auto store = receipts::open_receipt_store(configuration.data_dir / "receipts", *log);
  if (!store) return store.error();
  receipt_store = std::move(*store);
  receipts.emplace(*receipt_store, log->exercises());
  auto contact_store = security::ContactStore::open(configuration.data_dir / "contacts");
  if (!contact_store) return contact_store.error();
  contacts = std::move(*contact_store);
  return {};
}

core::Result<void> Broker::Parts::open_credentials() {
  const auto file =
      configuration.tokens.empty() ? configuration.data_dir / "tokens.toml" : configuration.tokens;
  auto store = security::TokenStore::open(file);
  if (!store) return store.error();
  tokens = std::move(*store);
  authenticator.emplace(policy, *tokens, *live_tokens, clock);
  if (!configuration.dev) return {};
  auto deployment = make_dev_deployment(configuration.data_dir / "dev", policy, *tokens, random);
  if (!deployment) return deployment.error();
  dev_authority = std::move(*deployment);
  return {};
}

core::Result<void> Broker::Parts::read_cap_settings() {
  cap.sender = configuration.cap_sender;
  const edges::cap::SignatureFiles& files = configuration.cap_signatures;
  if (!files.signing_key.empty()) {
    auto signer = edges::cap::Signer::load(files);
    if (!signer) return signer.error();
    cap.signer = std::move(*signer);
  }
  if (!files.trusted_certificates.empty()) {
    auto verifier = edges::cap::Verifier::load(files);
    if (!verifier) return verifier.error();
    cap.verifier = std::move(*verifier);
  }
  return {};
}

core::Result<void> Broker::Parts::start_edges() {
  const edges::Parts parts{*log,
                           *directory,
                           *admission,
                           *receipts,
                           *hub,
                           *authenticator,
                           clock,
                           [this] { return reporter->report(); },
                           cap,
                           &*token_desk,
                           &*contact_desk,
                           [this](const std::string& name) {
                             const domain::Principal* const principal = policy.find(name);
                             return principal != nullptr && principal->service ? principal->service->value()
                                                                               : std::string();
                           },
                           configuration.heartbeat};
  edges::HttpEdgeOptions http_options;
  http_options.address = configuration.http.address;
  http_options.certificate_file = configuration.http.certificate.string();
  http_options.key_file = configuration.http.key.string();
  http_options.connections_per_address = per_address(configuration);
  auto http_edge = edges::HttpEdge::start(parts, http_options);
  if (!http_edge) return http_edge.error();
  http = std::move(*http_edge);

  const bool dev = configuration.dev;
  edges::GrpcEdgeOptions grpc_options;
  grpc_options.address = configuration.grpc.address;
  grpc_options.certificate_file =
      (dev ? dev_authority.server_certificate : configuration.grpc.certificate).string();
  grpc_options.key_file = (dev ? dev_authority.server_key : configuration.grpc.key).string();
  grpc_options.client_ca_file = (dev ? dev_authority.certificate : configuration.grpc_client_ca).string();
  grpc_options.connections_per_address = per_address(configuration);
  auto grpc_edge = edges::GrpcEdge::start(parts, grpc_options);
  if (!grpc_edge) return grpc_edge.error();
  grpc = std::move(*grpc_edge);
  return {};
}

core::Result<void> Broker::Parts::start() {
  GJALLAR_TRY(start_operations());
  GJALLAR_TRY(open_stores());
  GJALLAR_TRY(open_credentials());
  admission::AdmissionOptions admission_options;
  admission_options.privacy = configuration.privacy;
  admission_options.overdose_thresholds = configuration.overdoses;
  admission_options.duplicates_within = std::chrono::hours(24 * configuration.duplicate_days);
  admission_options.on_refused = [this](const admission::Refusal& refusal) { refusals.note(refusal); };
  admission.emplace(*log, *directory, policy.roles(), clock, random, std::move(admission_options));
  token_desk.emplace(*admission, policy, random);
  contact_desk.emplace(*admission, *directory, *contacts);
  expirer.emplace(*admission, *log, clock);
  chaser.emplace(*admission, *log, *receipts, *directory, *expirer, clock, configuration.escalation);
  escalation.emplace(*chaser, clock);
  fanout::HubOptions hub_options;
  hub_options.shards = configuration.shards;
  hub_options.heartbeat_interval = configuration.heartbeat;
  hub_options.slow_reader_timeout = configuration.slow_reader;
  hub_options.screen_acknowledged = [this](const std::string& principal, v1::Acknowledged& acknowledged) {
    admission->leave_out_what_may_not_pass(principal, acknowledged);
  };
  hub.emplace(*log, *directory, *receipts, clock, hub_options);
  log->on_prepared([this](const log::CommittedGroup& group) { hub->on_prepared(group); });
  log->on_committed([this](const log::CommittedGroup& group, const log::Head& head) {
    directory->publish();
    live_tokens->publish();
    end_sessions_of_changed_tokens(group);
    hub->on_committed(group, head);
    if (chaser->on_committed(group)) escalation->wake();
  });
  reporter.emplace(*log, *directory, *receipts, *hub, *expirer, health, started);
  metric_sources = {&health, &*log, &*receipts, &*hub, directory.get(), started, &refusals};
  metrics.store(&metric_sources, std::memory_order_release);
  GJALLAR_TRY(start_edges());
  expiry.emplace(operations->context(), *expirer, *log, clock);
  expiry->start();
  escalation->start();
  health.set(Phase::kReady);
  return {};
}

void Broker::Parts::end_sessions_of_changed_tokens(const log::CommittedGroup& group) {
  for (const auto& event : group) {
    const log::Header& header = event->record.header;
    if (header.subject_kind == domain::SubjectKind::kToken)
      hub->end_sessions_of_token(header.subject, live_tokens->oldest_secret_in_force(header.subject));
  }
}

void Broker::Parts::stop() {
  if (stopped) return;
  stopped = true;
  health.set(Phase::kDraining);
  if (http) http->set_draining();
  if (grpc) grpc->set_draining();
  if (hub) hub->drain(core::limits::kDrainTime);
  if (grpc) grpc->shutdown(core::limits::kDrainTime);
  if (http) http->shutdown();
  // The operations thread submits expiries, another one escalations: they end before the log does.
  if (operations) operations->stop();
  if (escalation) escalation->stop();
  if (local_log) local_log->close();
  if (hub) hub->stop();
  if (receipt_store) {
    receipt_store->flush();
    receipt_store->close();
  }
}

Broker::Broker(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Broker::~Broker() {
  stop();
}

core::Result<std::unique_ptr<Broker>> Broker::start(const Configuration& configuration) {
  std::unique_ptr<Broker> broker(new Broker(std::make_unique<Parts>(configuration)));
  // What is wrong with the configuration is said before any wait.
  GJALLAR_TRY(broker->parts_->read_policy());
  GJALLAR_TRY(broker->parts_->read_cap_settings());
  const auto locked = broker->parts_->lock_folder();
  if (!locked) return locked.error();
  if (!*locked) return std::unique_ptr<Broker>();
  GJALLAR_TRY(broker->parts_->start());
  const log::Head head = broker->parts_->log->head();
  spdlog::info("log {} at seq {}, {} services", broker->parts_->log->id().value(), head.seq,
               broker->parts_->directory->now()->enabled_count());
  spdlog::info("ready: HTTP port {}, gRPC port {}, operations port {}", broker->http_port(),
               broker->grpc_port(), broker->operations_port());
  return broker;
}

void Broker::stop() {
  parts_->stop();
}
int Broker::http_port() const noexcept {
  return parts_->http->port();
}
int Broker::grpc_port() const noexcept {
  return parts_->grpc->port();
}
int Broker::operations_port() const noexcept {
  return parts_->operations->port();
}
v1::GetStatusResponse Broker::status() const {
  return parts_->reporter->report();
}

}  // namespace gjallar::operations
