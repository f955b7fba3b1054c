// Whatever clients and network do, each client ends with exactly what domain::targets_of says, in order and
// once.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "broker/domain/concerns.h"
#include "broker/projections/alerts.h"
#include "tests/support/fanout_fixture.h"
#include "tests/support/rounds.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"

namespace gjallar::testing {
namespace {

const std::vector<std::string> kAreas = {"SE", "SE-01", "SE-0180", "SE-12", "NO-46", "NO-4601"};
const std::vector<std::string> kRoles = {"syringe-exchange", "ambulance", "laro"};

/// A client program: applies what it takes, remembers its cursor, and comes back after a cut.
class ModelClient {
 public:
  explicit ModelClient(std::string service) : service_(std::move(service)) {}

  void connect(FanoutFixture& world) {
    fanout::SessionRequest request = FanoutFixture::receiving(service_);
    if (cursor_) request.cursor = core::parse_cursor(*cursor_);
    auto fresh = core::make_owned<MemoryTransport>();
    auto opened = world.try_open(request, fresh);
    if (!opened) {
      REQUIRE(opened.error().code == v1::ERROR_CODE_SERVICE_DISABLED);
      ended_ = true;
      return;
    }
    transport_ = fresh;
    transport_->attach(std::move(opened.value()));
  }
  void cut() {
    if (transport_) transport_->cut();
    transport_.reset();
  }
  void take(std::size_t max) {
    if (!transport_) return;
    for (const MemoryTransport::Sent& sent : transport_->take_some(max))
      apply(sent);
  }
  void take_until_goodbye() {
    while (transport_)
      apply(transport_->take());
  }

  [[nodiscard]] bool connected() const { return transport_ != nullptr; }
  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] const std::string& service() const { return service_; }
  /// Everything delivered in order, since it first connected or lost its place before it had one.
  [[nodiscard]] const std::vector<core::Seq>& delivered() const { return delivered_; }
  /// The seq before the first delivered one, as the first delivery says.
  [[nodiscard]] core::Seq before_first() const { return before_first_; }
  [[nodiscard]] const std::map<std::string, v1::Alert>& alerts() const { return alerts_; }
  [[nodiscard]] std::size_t overtaken() const { return overtaken_; }
  /// Cursor of the last heartbeat; 0: none yet in this session.
  [[nodiscard]] core::Seq heartbeat_position() const { return heartbeat_position_; }

 private:
  void apply(const MemoryTransport::Sent& sent) {
    if (sent.goodbye) {
      ended_ = !sent.goodbye->reconnect();
      cut();
      return;
    }
    if (sent.frame) {
      apply(*sent.frame);
      return;
    }
    v1::Event event;
    REQUIRE(event.ParseFromString(sent.event->event->proto_body));
    if (event.payload().has_alert()) keep(event.payload().alert());
    if (sent.event->overtaking) {
      ++overtaken_;
      REQUIRE((event.urgent() || event.type() == v1::EVENT_TYPE_ALERT_RETRACTED));
      return;
    }
    if (delivered_.empty()) before_first_ = sent.event->prev_seq;
    REQUIRE(sent.event->prev_seq == (delivered_.empty() ? before_first_ : delivered_.back()));
    REQUIRE(event.seq() > sent.event->prev_seq);
    delivered_.push_back(event.seq());
    cursor_ = core::to_text(core::Cursor{log_id_, event.seq()});
  }
  void apply(const v1::Frame& frame) {
    if (frame.has_hello()) {
      caught_up_ = false;
      heartbeat_position_ = 0;
      log_id_ = core::LogId(frame.hello().log_id());
      if (frame.hello().resumption() == v1::RESUMPTION_STATE) alerts_.clear();
    }
    if (frame.has_gap()) alerts_.clear();
    if (frame.has_state()) keep(frame.state().alert());
    if (frame.has_caughtup()) {
      REQUIRE_FALSE(caught_up_);  // once a session
      caught_up_ = true;
      cursor_ = frame.caughtup().cursor();
    }
    if (frame.has_heartbeat()) {
      for (const core::Seq seq : frame.heartbeat().recent_seqs()) {
        const bool known = delivered_.empty() || seq <= before_first_ || seq < delivered_.front() ||
                           std::find(delivered_.begin(), delivered_.end(), seq) != delivered_.end();
        REQUIRE(known);
      }
      cursor_ = frame.heartbeat().cursor();
      heartbeat_position_ = core::parse_cursor(*cursor_)->seq;
    }
  }
  /// By the rule that receivers follow: only a higher version counts.
  void keep(const v1::Alert& alert) {
    v1::Alert& held = alerts_[alert.alert_id()];
    if (alert.version() > held.version()) held = alert;
  }

  const std::string service_;
  core::Owned<MemoryTransport> transport_;
  bool caught_up_ = false;
  core::Seq heartbeat_position_ = 0;
  std::optional<std::string> cursor_;
  core::LogId log_id_;
  std::vector<core::Seq> delivered_;
  core::Seq before_first_ = 0;
  std::map<std::string, v1::Alert> alerts_;
  std::size_t overtaken_ = 0;
  bool ended_ = false;
};

class Schedule {
 public:
  explicit Schedule(std::uint64_t seed) : world_(options(), seed), random_(seed) {
    for (int n = 0; n < 5; ++n) {
      const std::string id = "service-" + std::to_string(n);
      world_.broker.add(sample_service(id, areas(), roles(),
                                       n == 0 ? v1::GRADE_LEVEL_WARNING : v1::GRADE_LEVEL_UNSPECIFIED));
      clients_.emplace_back(id);
    }
    clients_.emplace_back("service-0");  // two programs of one service
  }

  void run(int steps) {
    for (int step = 0; step < steps; ++step) {
      const int dice = pick(100);
      if (dice < 45) {
        command();
      } else if (dice < 47) {
        change_directory();
      } else if (dice < 50) {
        for (int n = 0; n < 80; ++n)
          command();  // more than the credit and the ring hold
      } else if (dice < 58) {
        client().cut();
      } else if (dice < 68) {
        ModelClient& one = client();
        if (!one.connected() && !one.ended()) one.connect(world_);
      } else if (dice < 70) {
        world_.broker.clock.advance(std::chrono::milliseconds(50));  // heartbeats
      } else {
        client().take(static_cast<std::size_t>(pick(40)));
      }
    }
    if (pick(2) == 0) disable(clients_.at(static_cast<std::size_t>(1 + pick(4))).service());
    finish();
  }

 private:
  static fanout::HubOptions options() {
    fanout::HubOptions options;
    options.ring_frames_max = 24;
    options.heartbeat_interval = std::chrono::milliseconds(40);
    options.slow_reader_timeout = std::chrono::hours(24 * 365);  // nobody is too slow here
    return options;
  }

  int pick(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }
  const std::string& one_of(const std::vector<std::string>& choices) {
    return choices[static_cast<std::size_t>(pick(static_cast<int>(choices.size())))];
  }
  std::vector<std::string> areas() { return {one_of(kAreas)}; }
  std::vector<std::string> roles() { return {one_of(kRoles)}; }
  ModelClient& client() {
    return clients_[static_cast<std::size_t>(pick(static_cast<int>(clients_.size())))];
  }
  v1::GradeLevel level() {
    return pick(4) == 0   ? v1::GRADE_LEVEL_URGENT
           : pick(2) == 0 ? v1::GRADE_LEVEL_WARNING
                          : v1::GRADE_LEVEL_INFORMATION;
  }

  void command() {
    if (alerts_.empty() || pick(3) == 0) {
      const auto issued = world_.broker.submit_and_wait(
          police(), issue_command(sample_content(areas(), pick(3) == 0 ? std::vector<std::string>() : roles(),
                                                 level())));
      alerts_.push_back(issued.value().alert_id());
      return;
    }
    const std::string& alert = one_of(alerts_);
    // Refusals (ended, nothing to change) are part of life and change nothing.
    switch (pick(4)) {
      case 0:
        (void)submit(retract_command(alert));
        break;
      case 1:
        (void)submit(grade_command(alert, level()));
        break;
      case 2:
        (void)submit(widen_command(alert, sample_audience(areas(), roles())));
        break;
      default:
        (void)submit(revise_command(alert, sample_content(areas(), roles()), {"audience"}));
        break;
    }
  }
  bool submit(const v1::Command& command) {
    return world_.broker.submit_and_wait(police(), command).has_value();
  }

  void change_directory() {
    const std::string id = "service-" + std::to_string(pick(5));
    if (pick(3) == 0) {
      (void)world_.broker.submit_and_wait(
          operator_principal(),
          register_command(sample_service("late-" + std::to_string(late_), areas(), roles())));
      clients_.emplace_back("late-" + std::to_string(late_++));
      return;
    }
    (void)world_.broker.submit_and_wait(operator_principal(),
                                        change_command(sample_service(id, areas(), roles())));
  }
  void disable(const std::string& service) {
    (void)world_.broker.submit_and_wait(operator_principal(), disable_command(service)).value();
    disabled_[service] = world_.head();
  }

  /// All come back, hear everything, and are sent away.
  void finish() {
    for (ModelClient& one : clients_) {
      if (!one.connected() && !one.ended()) one.connect(world_);
    }
    for (ModelClient& one : clients_)
      settle(one);
    std::thread draining([this] { world_.hub->drain(std::chrono::milliseconds(200)); });
    for (ModelClient& one : clients_)
      one.take_until_goodbye();
    draining.join();
    const auto expected = targets_by_rule();
    for (const ModelClient& one : clients_)
      check(one, expected.at(number_of(one.service())));
  }
  /// Takes until a heartbeat says that it has everything: not even a state is on its way then.
  void settle(ModelClient& one) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (one.connected() && one.heartbeat_position() < world_.head() &&
           std::chrono::steady_clock::now() < give_up) {
      world_.broker.clock.advance(std::chrono::milliseconds(50));
      one.take(1'000);
      std::this_thread::yield();
    }
  }

  core::ServiceNumber number_of(const std::string& service) {
    return world_.broker.directory->now()->find(service)->number();
  }

  /// By service: every event that concerns it, computed from the headers and the directory events alone.
  std::map<core::ServiceNumber, std::vector<core::Seq>> targets_by_rule() {
    std::map<core::ServiceNumber, std::vector<core::Seq>> by_service;
    domain::Directory directory;
    std::map<std::string, domain::ServiceSet> already;
    const auto snapshot = world_.broker.log->snapshot();
    const auto visited = snapshot->for_each(1, snapshot->head().seq, [&](const log::CommittedEvent& event) {
      const log::Header& header = event.record.header;
      if (header.subject_kind == domain::SubjectKind::kService) {
        v1::EventPayload payload;
        REQUIRE(payload.ParseFromString(event.record.payload->bytes));
        directory.apply(payload.service());
      }
      domain::ServiceSet& targeted = already[header.subject];
      if (header.subject_kind != domain::SubjectKind::kAlert) targeted = {};
      const domain::ServiceSet targets = domain::targets_of(header.type, header.reach, targeted, directory);
      targeted |= targets;
      targets.for_each([&](core::ServiceNumber service) { by_service[service].push_back(header.seq); });
      return true;
    });
    REQUIRE(visited.has_value());
    return by_service;
  }

  void check(const ModelClient& one, std::vector<core::Seq> concerned) {
    INFO("client of " << one.service());
    const auto disabled = disabled_.find(one.service());
    if (disabled != disabled_.end()) {
      while (concerned.back() > disabled->second)
        concerned.pop_back();
    }
    const std::vector<core::Seq>& delivered = one.delivered();
    if (!delivered.empty()) {
      const auto first = std::find(concerned.begin(), concerned.end(), delivered.front());
      REQUIRE(first != concerned.end());
      CHECK(one.before_first() == (first == concerned.begin() ? 0 : *(first - 1)));
      // One that was away when its service was disabled isn't let in again: it has a beginning of the rest.
      const bool shut_out = disabled != disabled_.end() && delivered.back() != disabled->second;
      const std::vector<core::Seq> rest(
          first, shut_out ? first + static_cast<std::ptrdiff_t>(delivered.size()) : concerned.end());
      CHECK(delivered == rest);
    }
    if (disabled != disabled_.end()) return;
    check_knowledge(one);
  }
  /// What it holds is what stands; and it holds everything that stands for it.
  void check_knowledge(const ModelClient& one) {
    const auto snapshot = world_.broker.log->snapshot();
    for (const auto& held : one.alerts()) {
      const auto stands = projections::find_alert(snapshot->rows(), held.first).value();
      REQUIRE(stands);
      CHECK(held.second.version() == stands->alert.version());
      CHECK(held.second.phase() == stands->alert.phase());
    }
    const auto directory = world_.broker.directory->now();
    for (const auto& live :
         projections::live_alerts_for(snapshot->rows(), *directory->find(one.service())).value()) {
      CHECK(one.alerts().count(live.alert.alert_id()) == 1);
    }
  }

  FanoutFixture world_;
  std::mt19937_64 random_;
  std::vector<ModelClient> clients_;
  std::vector<std::string> alerts_;
  std::map<std::string, core::Seq> disabled_;
  int late_ = 0;
};

TEST_CASE("each client ends with exactly what concerns its service, whatever happens on the way") {
  const std::uint64_t seed = GENERATE(range(1, 13));
  INFO("seed " << seed);
  Schedule schedule(static_cast<std::uint64_t>(seed));
  schedule.run(rounds(250));
}

}  // namespace
}  // namespace gjallar::testing
