// Two brokers whose clocks differ chase over the same log, and are restarted at any moment: each step for
// each version is taken at most once, never for a service that has what it is called about, and none is
// missing at the end.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "broker/operations/chaser.h"
#include "broker/receipts/ledger.h"
#include "tests/support/rounds.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/test_broker.h"

using namespace gjallar;
using namespace gjallar::testing;

namespace {

constexpr int kChasedServices = 4;
constexpr int kScheduleLength = 120;
constexpr std::chrono::seconds kSkewMax{20};
constexpr std::array kSteps = {v1::ESCALATION_STEP_UNRECEIVED, v1::ESCALATION_STEP_UNACKNOWLEDGED};

/// One of the brokers, as far as it chases.
struct ChasingBroker {
  ChasingBroker(TestBroker& broker, const receipts::ReceiptStore& store, const core::Clock& clock)
      : expirer(*broker.admission, *broker.log, clock),
        chaser(*broker.admission, *broker.log, store, *broker.directory, expirer, clock,
               receipts::default_chase_policies()) {}
  admission::Expirer expirer;
  operations::Chaser chaser;
};

/// A change of an alert, by the model.
struct ModelChange {
  core::Version version = 0;
  core::Seq seq = 0;
  core::WallTime time{};
  bool starts_anew = false;
};

struct ModelAlert {
  std::string id;
  std::vector<ModelChange> changes;
  bool retracted = false;
  std::array<core::Version, kChasedServices> received{};
  std::array<core::Version, kChasedServices> acknowledged{};
};

using Taken = std::tuple<std::string, core::Version, v1::EscalationStep, std::string>;

class TwoBrokers {
 public:
  explicit TwoBrokers(std::uint64_t seed) : engine_(seed), broker_(seed) {
    broker_.listener = [this](const log::CommittedGroup& group, const log::Head&) {
      for (const auto& one : brokers_) {
        if (one) (void)one->chaser.on_committed(group);
      }
    };
    for (int i = 0; i < kChasedServices; ++i)
      numbers_.push_back(broker_.add(sample_service(name_of(i), {"NO-31"}, {"municipal-physician"})));
    (void)broker_.add(sample_service("escalator", {"NO"}, {"escalator"}));
    open();
  }

  void run() {
    for (int i = 0; i < kScheduleLength; ++i)
      step();
    // Whatever was open becomes due, and both have looked at it well after.
    for (int i = 0; i < 50; ++i) {
      pass(std::chrono::seconds(30));
      chase_with(0);
      chase_with(1);
      read_what_was_taken();
    }
  }

  /// Each step of each service that still lacks something is there.
  void check_none_is_missing() const {
    for (const ModelAlert& alert : alerts_) {
      CAPTURE(alert.id);
      for (int service = 0; service < kChasedServices; ++service) {
        for (const v1::EscalationStep step : kSteps) {
          CAPTURE(service, step, held_by(alert, service, step));
          CHECK(latest_taken(alert.id, step, service) >= wanted(alert, service, step));
        }
      }
    }
  }

  /// The ledger of every version tells every step, also of versions that others followed.
  void check_ledgers() const {
    for (const ModelAlert& alert : alerts_) {
      v1::GetDeliveryRequest request;
      request.set_alert_id(alert.id);
      request.set_version(1);
      const auto ledger = receipts::get_delivery(*broker_.log->snapshot(), *store_, police(), request,
                                                 {broker_.clock.wall(), {}})
                              .value();
      std::set<Taken> told;
      for (const v1::ServiceDelivery& service : ledger.services()) {
        for (const v1::EscalationRecord& record : service.escalations())
          CHECK(told.emplace(alert.id, record.version(), record.step(), service.service_id()).second);
      }
      std::set<Taken> meant;
      std::copy_if(taken_.begin(), taken_.end(), std::inserter(meant, meant.end()),
                   [&alert](const Taken& one) { return std::get<0>(one) == alert.id; });
      CHECK(told == meant);
    }
    CHECK(broker_.log->rebuild().value().differences == 0);
  }

  [[nodiscard]] std::size_t taken() const { return taken_.size(); }

 private:
  static std::string name_of(int service) { return "clinic-" + std::to_string(service); }
  int pick(int below) { return static_cast<int>(engine_() % static_cast<std::uint64_t>(below)); }

  void step() {
    switch (pick(12)) {
      case 0:
        if (alerts_.size() < 6) issue();
        break;
      case 1:
        change();
        break;
      case 2:
      case 3:
        confirm(pick(kChasedServices), pick(2) == 0);
        break;
      case 4:
        restart(pick(2));
        break;
      case 5:
        if (pick(4) == 0) restart_all();
        break;
      case 6:
        skew(pick(2));
        break;
      case 7:
        report();
        break;
      default:
        pass(std::chrono::seconds(1 + pick(pick(4) == 0 ? 600 : 40)));
        chase();
    }
    read_what_was_taken();
  }

  void open() {
    store_ = receipts::open_receipt_store(broker_.folder.path() / "receipts", *broker_.log).value();
    restart(0);
    restart(1);
  }
  /// Nothing is under way when one is replaced: the listener knows both.
  void restart(int which) {
    settle();
    auto& one = brokers_.at(static_cast<std::size_t>(which));
    one.reset();
    one = std::make_unique<ChasingBroker>(broker_, *store_, clocks_.at(static_cast<std::size_t>(which)));
  }
  void restart_all() {
    settle();
    for (auto& one : brokers_)
      one.reset();
    store_->close();
    store_.reset();
    broker_.reopen();
    open();
  }
  /// A command after what was submitted: once it is answered, so was that.
  void settle() {
    (void)broker_.submit_and_wait(police(), retract_command("0190b8f0-0000-7000-8000-000000000000"));
  }

  void pass(core::Micros time) {
    broker_.clock.advance(time);
    for (core::ManualClock& clock : clocks_)
      clock.advance(time);
  }
  /// Puts the wall clock of one so far from the log's.
  void skew(int which) {
    core::ManualClock& clock = clocks_.at(static_cast<std::size_t>(which));
    const auto seconds = static_cast<int>(kSkewMax.count());
    const core::WallTime meant = broker_.clock.wall() + std::chrono::seconds(pick(2 * seconds) - seconds);
    clock.step_wall(meant - clock.wall());
  }
  void chase_with(int which) {
    auto& one = *brokers_.at(static_cast<std::size_t>(which));
    (void)one.chaser.run_once();
    settle();
  }
  /// One of them, one after the other, or both before either is answered.
  void chase() {
    switch (pick(3)) {
      case 0:
        chase_with(pick(2));
        break;
      case 1:
        chase_with(0);
        chase_with(1);
        break;
      default:
        (void)brokers_[0]->chaser.run_once();
        chase_with(1);
    }
  }

  void note_change(ModelAlert& alert, const v1::CommandOutcome& outcome, bool starts_anew) {
    const auto header = broker_.log->snapshot()->read_header(outcome.seq()).value().record.header;
    alert.changes.push_back({header.version, header.seq, header.time, starts_anew});
  }
  void issue() {
    ModelAlert alert;
    const auto outcome =
        broker_.must(police(), issue_command(sample_content({"NO-31"}, {"municipal-physician"})));
    alert.id = outcome.alert_id();
    note_change(alert, outcome, true);
    alerts_.push_back(std::move(alert));
  }
  void change() {
    if (alerts_.empty()) return;
    ModelAlert& alert = alerts_[static_cast<std::size_t>(pick(static_cast<int>(alerts_.size())))];
    if (alert.retracted) return;
    if (pick(3) == 0) {
      alert.retracted = true;
      note_change(alert, broker_.must(police(), retract_command(alert.id)), true);
      return;
    }
    v1::AlertContent content = sample_content();
    content.mutable_texts(0)->set_headline("Heroin, " + std::string(alert.changes.size(), 'x'));
    note_change(alert, broker_.must(police(), revise_command(alert.id, content, {"texts"})), false);
  }

  /// A program of the service has everything, or a human there read one alert.
  void confirm(int service, bool human) {
    receipts::Receipt receipt;
    receipt.service = numbers_.at(static_cast<std::size_t>(service));
    receipt.time = broker_.clock.wall();
    const auto index = static_cast<std::size_t>(service);
    if (human) {
      if (alerts_.empty()) return;
      ModelAlert& alert = alerts_[static_cast<std::size_t>(pick(static_cast<int>(alerts_.size())))];
      const ModelChange& read =
          alert.changes[static_cast<std::size_t>(pick(static_cast<int>(alert.changes.size())))];
      receipt.stage = receipts::Stage::kAcknowledged;
      receipt.seqs = {read.seq};
      alert.acknowledged.at(index) = std::max(alert.acknowledged.at(index), read.version);
      alert.received.at(index) = std::max(alert.received.at(index), read.version);
    } else {
      receipt.stage = receipts::Stage::kReceived;
      receipt.up_to = broker_.log->head().seq;
      for (ModelAlert& alert : alerts_)
        alert.received.at(index) = alert.changes.back().version;
    }
    REQUIRE(store_->record(receipt));
    store_->flush();
  }
  /// The escalator says what became of the latest call of somebody.
  void report() {
    if (taken_.empty()) return;
    auto one = taken_.begin();
    std::advance(one, pick(static_cast<int>(taken_.size())));
    const auto& [id, version, step, service] = *one;
    const int index = service.back() - '0';
    const auto outcome = pick(2) == 0 ? v1::ESCALATION_OUTCOME_REACHED : v1::ESCALATION_OUTCOME_NO_ANSWER;
    const auto answer = broker_.submit_and_wait(
        service_principal("escalator"), report_escalation_command(id, version, step, service, outcome));
    if (answer) {
      CHECK(version == latest_taken(id, step, index));
    } else {
      const bool known = answer.error().code == v1::ERROR_CODE_NOTHING_TO_CHANGE ||
                         answer.error().code == v1::ERROR_CODE_STALE_VERSION;
      CHECK(known);
    }
  }

  [[nodiscard]] core::Version latest_taken(const std::string& id, v1::EscalationStep step,
                                           int service) const {
    core::Version latest = 0;
    for (const Taken& one : taken_) {
      if (std::get<0>(one) == id && std::get<2>(one) == step && std::get<3>(one) == name_of(service))
        latest = std::max(latest, std::get<1>(one));
    }
    return latest;
  }
  static core::Version held_by(const ModelAlert& alert, int service, v1::EscalationStep step) {
    const auto index = static_cast<std::size_t>(service);
    return step == v1::ESCALATION_STEP_UNRECEIVED ? alert.received.at(index) : alert.acknowledged.at(index);
  }
  /// The version for which, or for a later one, the step must have been taken; 0: for none.
  static core::Version wanted(const ModelAlert& alert, int service, v1::EscalationStep step) {
    const core::Version held = held_by(alert, service, step);
    core::Version wanted = 0;
    for (const ModelChange& change : alert.changes) {
      if (change.version <= held) continue;
      const bool first = step == v1::ESCALATION_STEP_UNRECEIVED && wanted == 0;
      if (change.starts_anew || first) wanted = change.version;
    }
    return wanted;
  }

  void read_what_was_taken() {
    const auto snapshot = broker_.log->snapshot();
    for (core::Seq seq = looked_ + 1; seq <= snapshot->head().seq; ++seq) {
      const auto event = snapshot->read(seq).value();
      v1::EventPayload payload;
      REQUIRE(payload.ParseFromString(event.record.payload->bytes));
      for (const v1::EscalatedService& service : payload.escalation().services()) {
        CHECK(taken_
                  .emplace(event.record.header.subject, payload.escalation().version(),
                           payload.escalation().step(), service.service_id())
                  .second);
        check_was_due(event.record.header.subject, payload.escalation(), service.service_id());
      }
    }
    looked_ = snapshot->head().seq;
  }
  /// It lacks something up to that version for as long as the policy says, by the clock that is ahead.
  void check_was_due(const std::string& id, const v1::Escalation& escalation, const std::string& service) {
    const auto alert =
        std::find_if(alerts_.begin(), alerts_.end(), [&id](const ModelAlert& one) { return one.id == id; });
    REQUIRE(alert != alerts_.end());
    const core::Version held = held_by(*alert, service.back() - '0', escalation.step());
    const core::WallTime furthest = std::max(clocks_[0].wall(), clocks_[1].wall());
    const bool unreceived = escalation.step() == v1::ESCALATION_STEP_UNRECEIVED;
    const core::Micros after = unreceived ? std::chrono::seconds(60) : std::chrono::minutes(15);
    CHECK(std::any_of(alert->changes.begin(), alert->changes.end(), [&](const ModelChange& change) {
      return change.version > held && change.version <= escalation.version() &&
             change.time + after <= furthest;
    }));
  }

  std::mt19937_64 engine_;
  TestBroker broker_;
  std::array<core::ManualClock, 2> clocks_;
  std::vector<core::ServiceNumber> numbers_;
  std::unique_ptr<receipts::ReceiptStore> store_;
  std::array<std::unique_ptr<ChasingBroker>, 2> brokers_;
  std::vector<ModelAlert> alerts_;
  std::set<Taken> taken_;
  core::Seq looked_ = 0;
};

}  // namespace

TEST_CASE(
    "two brokers with clocks that differ, restarted at any moment, take each step once and forget none") {
  std::size_t taken = 0;
  for (int seed = 1; seed <= rounds(25); ++seed) {
    CAPTURE(seed);
    TwoBrokers brokers(static_cast<std::uint64_t>(seed));
    brokers.run();
    brokers.check_none_is_missing();
    brokers.check_ledgers();
    taken += brokers.taken();
  }
  CHECK(taken > 0);  // the schedules do escalate
}
