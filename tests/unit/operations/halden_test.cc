// In Halden a man died of what a warning elsewhere was about: nobody had seen that it never arrived. Here a
// service that misses an urgent alert is seen at once, called on time, and left alone when it has it.
#include <catch2/catch.hpp>

#include <future>
#include <map>
#include <set>
#include <string>

#include "broker/operations/chaser.h"
#include "broker/projections/escalations.h"
#include "broker/receipts/ledger.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/test_broker.h"

using namespace gjallar;
using namespace gjallar::testing;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr auto kUnreceived = v1::ESCALATION_STEP_UNRECEIVED;
constexpr auto kUnacknowledged = v1::ESCALATION_STEP_UNACKNOWLEDGED;

/// The parts of a broker that escalate, of which a deployment may have several.
struct Watchman {
  explicit Watchman(TestBroker& broker, const receipts::ReceiptStore& store)
      : expirer(*broker.admission, *broker.log, broker.clock),
        chaser(*broker.admission, *broker.log, store, *broker.directory, expirer, broker.clock,
               receipts::default_chase_policies()) {}
  admission::Expirer expirer;
  operations::Chaser chaser;
};

struct Halden {
  Halden() {
    broker.listener = [this](const log::CommittedGroup& group, const log::Head&) {
      if (watchman) (void)watchman->chaser.on_committed(group);
      if (second) (void)second->chaser.on_committed(group);
    };
    for (const char* id : {"halden", "sarpsborg"})
      numbers[id] = broker.add(sample_service(id, {"NO-31"}, {"municipal-physician"}));
    numbers["escalator"] = broker.add(sample_service("escalator", {"NO", "SE"}, {"escalator"}));
    numbers["coordinator"] = broker.add(sample_service("coordinator", {"NO"}, {"coordinator"}));
    store = receipts::open_receipt_store(broker.folder.path() / "receipts", *broker.log).value();
    watchman = std::make_unique<Watchman>(broker, *store);
  }

  std::string issue() {
    const std::string id = broker.issue(sample_content({"NO-31"}, {"municipal-physician"}));
    tell("sarpsborg", receipts::Stage::kAcknowledged);
    return id;
  }
  /// The service's program confirms what was written last, or a human does.
  void tell(const std::string& service, receipts::Stage stage = receipts::Stage::kReceived) {
    receipts::Receipt receipt;
    receipt.service = numbers.at(service);
    receipt.stage = stage;
    receipt.seqs = {broker.log->head().seq};
    if (stage == receipts::Stage::kReceived) receipt.up_to = broker.log->head().seq;
    receipt.time = broker.clock.wall();
    REQUIRE(store->record(receipt));
    store->flush();
  }
  /// A human there confirms a version.
  void confirm(const std::string& service, core::Seq seq) {
    receipts::Receipt receipt;
    receipt.service = numbers.at(service);
    receipt.stage = receipts::Stage::kAcknowledged;
    receipt.seqs = {seq};
    receipt.time = broker.clock.wall();
    REQUIRE(store->record(receipt));
    store->flush();
  }
  /// Who has not received the current version.
  std::set<std::string> lacking(const std::string& id) const {
    v1::GetDeliveryRequest request;
    request.set_alert_id(id);
    const auto ledger =
        receipts::get_delivery(*broker.log->snapshot(), *store, police(), request, {broker.clock.wall(), {}})
            .value();
    std::set<std::string> out;
    for (const v1::ServiceDelivery& service : ledger.services()) {
      if (!service.has_received()) out.insert(service.service_id());
    }
    return out;
  }
  v1::ServiceDelivery delivery_to(const std::string& id, const std::string& service,
                                  core::Version version = 0) const {
    v1::GetDeliveryRequest request;
    request.set_alert_id(id);
    request.set_version(version);
    const auto ledger =
        receipts::get_delivery(*broker.log->snapshot(), *store, police(), request, {broker.clock.wall(), {}})
            .value();
    for (const v1::ServiceDelivery& delivery : ledger.services()) {
      if (delivery.service_id() == service) return delivery;
    }
    return {};
  }
  /// Runs one watchman and waits until what it submitted is answered: a command after it is, so they were.
  void watch(Watchman& one) {
    (void)one.chaser.run_once();
    (void)broker.submit_and_wait(police(), retract_command("0190b8f0-0000-7000-8000-000000000000"));
  }
  void watch() { watch(*watchman); }
  /// "unreceived halden" for each call that was asked for since the last look; "closed halden" in a digest.
  std::string calls() {
    std::string out;
    const auto add = [&out](const std::string& what, const std::string& service) {
      out += (out.empty() ? "" : ", ") + what + " " + service;
    };
    const auto snapshot = broker.log->snapshot();
    for (core::Seq seq = looked + 1; seq <= snapshot->head().seq; ++seq) {
      v1::EventPayload payload;
      REQUIRE(payload.ParseFromString(snapshot->read(seq).value().record.payload->bytes));
      for (const v1::EscalatedService& service : payload.escalation().services()) {
        add(payload.escalation().step() == kUnreceived ? "unreceived" : "unacknowledged",
            service.service_id());
      }
      for (const v1::EscalatedService& service : payload.notice().closed())
        add("closed", service.service_id());
    }
    looked = snapshot->head().seq;
    return out;
  }
  void restart() {
    watchman.reset();
    second.reset();
    store->close();
    store.reset();
    broker.reopen();
    store = receipts::open_receipt_store(broker.folder.path() / "receipts", *broker.log).value();
    watchman = std::make_unique<Watchman>(broker, *store);
  }
  /// Open from Monday to Friday, seven to sixteen UTC. A broker's clock starts on a Thursday at midnight.
  void close_at_night(bool on_call) {
    v1::Service service = sample_service("halden", {"NO-31"}, {"municipal-physician"});
    service.set_time_zone("UTC");
    for (std::uint32_t weekday = 1; weekday <= 5; ++weekday) {
      v1::OpeningHours& open = *service.add_opening_hours();
      open.set_weekday(weekday);
      open.set_opens_minute(7 * 60);
      open.set_closes_minute(16 * 60);
    }
    broker.must(operator_principal(), change_command(service));
    if (!on_call) return;
    // As the directory has it once its contacts were noted.
    v1::DirectoryEntry entry = *broker.directory->now()->find("halden");
    entry.set_has_on_call(true);
    entry.set_version(entry.version() + 1);
    log::AppendRequest request;
    request.principal = domain::broker_principal().name.value();
    request.decide = [entry](const log::RowReader&,
                             core::WallTime) -> core::Result<std::vector<domain::NewEvent>> {
      domain::NewEvent event;
      event.type = v1::EVENT_TYPE_SERVICE_CHANGED;
      event.subject_kind = domain::SubjectKind::kService;
      event.subject = entry.service().service_id();
      event.version = entry.version();
      event.reach.after = domain::match_keys_naming({event.subject});
      *event.payload.mutable_service() = entry;
      std::vector<domain::NewEvent> events;
      events.push_back(std::move(event));
      return events;
    };
    std::promise<log::AppendStatus> written;
    broker.log->append(std::move(request),
                       [&written](log::AppendOutcome outcome) { written.set_value(outcome.status); });
    REQUIRE(written.get_future().get() == log::AppendStatus::kCommitted);
  }

  TestBroker broker;
  std::map<std::string, core::ServiceNumber> numbers;
  std::unique_ptr<receipts::ReceiptStore> store;
  std::unique_ptr<Watchman> watchman;
  std::unique_ptr<Watchman> second;  ///< of another broker on the same log
  core::Seq looked = 0;
};

using Names = std::set<std::string>;

}  // namespace

TEST_CASE_METHOD(
    Halden,
    "a service offline during an urgent alert is listed at once, called after 60 s, and leaves the list") {
  const std::string id = issue();
  const core::Seq seq = broker.log->head().seq;
  CHECK(lacking(id) == Names{"halden"});
  broker.clock.advance(seconds(60) - core::Micros(1));
  watch();
  CHECK(calls().empty());
  broker.clock.advance(core::Micros(1));
  watch();
  CHECK(calls() == "unreceived halden");
  CHECK(lacking(id) == Names{"halden"});
  const auto event = broker.log->snapshot()->read(broker.log->head().seq).value();
  CHECK(event.record.header.principal == domain::broker_principal().name.value());
  CHECK(event.targets.count() == 1);
  CHECK(event.targets.contains(numbers.at("escalator")));

  const auto rows = projections::escalations_of(*broker.log->snapshot(), id).value();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].service == numbers.at("halden"));
  CHECK(rows[0].step == kUnreceived);
  CHECK(rows[0].way == v1::ESCALATION_WAY_SERVICE);
  CHECK(rows[0].row.version() == 1);

  confirm("halden", seq);
  CHECK(lacking(id).empty());
  broker.clock.advance(hours(1));
  watch();
  CHECK(calls().empty());
  CHECK(watchman->chaser.watched() == 0);
}

TEST_CASE_METHOD(Halden, "a service where nobody confirms is called after 15 min, once") {
  issue();
  tell("halden");
  broker.clock.advance(minutes(15) - core::Micros(1));
  watch();
  CHECK(calls().empty());
  broker.clock.advance(core::Micros(1));
  watch();
  CHECK(calls() == "unacknowledged halden");
  for (int hour = 0; hour < 3; ++hour) {
    broker.clock.advance(hours(1));
    watch();
  }
  CHECK(calls().empty());
}

TEST_CASE_METHOD(Halden, "a retraction is chased as the alert was: by whoever holds the alert still") {
  const std::string id = issue();
  confirm("halden", broker.log->head().seq);
  broker.clock.advance(minutes(30));
  watch();
  broker.must(police(), retract_command(id));
  const core::Seq retracted = broker.log->head().seq;
  confirm("sarpsborg", retracted);
  (void)calls();
  CHECK(lacking(id) == Names{"halden"});
  broker.clock.advance(seconds(59));
  watch();
  CHECK(calls().empty());
  broker.clock.advance(seconds(1));
  watch();
  CHECK(calls() == "unreceived halden");
  broker.clock.advance(minutes(14));
  watch();
  CHECK(calls() == "unacknowledged halden");
  confirm("halden", retracted);
  CHECK(lacking(id).empty());
  broker.clock.advance(hours(1));
  watch();
  CHECK(calls().empty());
}

TEST_CASE_METHOD(Halden,
                 "a closed unit with an on-call contact: that is called, and the unit when it has opened") {
  close_at_night(true);
  issue();
  broker.clock.advance(seconds(60));
  watch();
  const auto snapshot = broker.log->snapshot();
  v1::EventPayload payload;
  REQUIRE(payload.ParseFromString(snapshot->read(snapshot->head().seq).value().record.payload->bytes));
  REQUIRE(payload.escalation().services_size() == 1);
  CHECK(payload.escalation().services(0).way() == v1::ESCALATION_WAY_ON_CALL);
  CHECK(payload.escalation().services(0).closed_until().seconds() == 1'767'225'600 + 7 * 3600);
  CHECK(calls() == "unreceived halden");
  broker.clock.advance(minutes(15));
  watch();
  CHECK(calls() == "unacknowledged halden");
  broker.clock.advance(hours(7) - minutes(16));  // seven o'clock
  watch();
  CHECK(calls().empty());
  broker.clock.advance(seconds(60));
  watch();
  CHECK(calls() == "unreceived halden");
}

TEST_CASE_METHOD(Halden,
                 "a closed unit without one: one digest to the coordinators, and a call when it has opened") {
  close_at_night(false);
  const std::string id = issue();
  broker.clock.advance(seconds(60));
  watch();
  CHECK(calls() == "closed halden");
  const auto event = broker.log->snapshot()->read(broker.log->head().seq).value();
  CHECK(event.record.header.type == v1::EVENT_TYPE_ALERT_NOTICE);
  CHECK(event.targets.count() == 1);
  CHECK(event.targets.contains(numbers.at("coordinator")));
  const auto rows = projections::escalations_of(*broker.log->snapshot(), id).value();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].way == v1::ESCALATION_WAY_CLOSED);
  CHECK(rows[0].step == kUnreceived);
  CHECK(rows[0].row.closed_until_us() == (1'767'225'600LL + 7 * 3600) * 1'000'000);
  broker.clock.advance(hours(6));
  watch();
  CHECK(calls().empty());
  broker.clock.advance(hours(1));
  watch();
  CHECK(calls() == "unreceived halden");
}

TEST_CASE_METHOD(Halden, "after a restart no step is taken twice, and what was open goes on") {
  issue();
  broker.clock.advance(seconds(60));
  watch();
  CHECK(calls() == "unreceived halden");
  restart();
  watch();
  CHECK(calls().empty());
  CHECK(watchman->chaser.watched() == 1);
  broker.clock.advance(minutes(14));
  watch();
  CHECK(calls() == "unacknowledged halden");
  restart();
  broker.clock.advance(hours(1));
  watch();
  CHECK(calls().empty());
}

TEST_CASE_METHOD(
    Halden, "a step that became due while no broker ran is taken at the start; retractions of the week too") {
  const std::string id = issue();
  confirm("halden", broker.log->head().seq);
  broker.must(police(), retract_command(id));
  (void)calls();
  restart();
  broker.clock.advance(hours(24 * 6));
  watch();
  CHECK(calls() ==
        "unreceived halden, unreceived sarpsborg, unacknowledged halden, unacknowledged sarpsborg");
  restart();
  broker.clock.advance(hours(24 * 2));
  watch();
  CHECK(watchman->chaser.watched() == 0);
}

TEST_CASE_METHOD(Halden, "two brokers take each step once between them") {
  second = std::make_unique<Watchman>(broker, *store);
  issue();
  broker.clock.advance(seconds(60));
  (void)watchman->chaser.run_once();
  watch(*second);
  CHECK(calls() == "unreceived halden");
  broker.clock.advance(minutes(14));
  (void)second->chaser.run_once();
  watch();
  CHECK(calls() == "unacknowledged halden");
}

TEST_CASE_METHOD(Halden, "escalation pauses while the clock is doubtful") {
  broker.clock.advance(seconds(30));  // nobody is called sooner after a start
  issue();
  watch();
  broker.clock.step_wall(hours(24));
  watch();
  CHECK(calls().empty());
  watchman->expirer.confirm_clock();
  watch();
  CHECK(calls() == "unreceived halden, unacknowledged halden");
}

TEST_CASE_METHOD(Halden, "what became of a call stands with the step, before and after a rebuild") {
  const std::string id = issue();
  broker.clock.advance(seconds(60));
  watch();
  broker.clock.advance(seconds(20));
  broker.must(service_principal("escalator"),
              report_escalation_command(id, 1, kUnreceived, "halden", v1::ESCALATION_OUTCOME_NO_ANSWER));
  auto rows = projections::escalations_of(*broker.log->snapshot(), id).value();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].row.outcome() == v1::ESCALATION_OUTCOME_NO_ANSWER);
  CHECK(rows[0].row.outcome_time_us() == broker.clock.wall().time_since_epoch().count());
  CHECK(rows[0].row.outcome_time_us() - rows[0].row.time_us() == 20'000'000);
  CHECK(broker.log->rebuild().value().differences == 0);
  broker.must(service_principal("escalator"),
              report_escalation_command(id, 1, kUnreceived, "halden", v1::ESCALATION_OUTCOME_REACHED));
  rows = projections::escalations_of(*broker.log->snapshot(), id).value();
  CHECK(rows[0].row.outcome() == v1::ESCALATION_OUTCOME_REACHED);
}

TEST_CASE_METHOD(Halden, "nobody from outside escalates") {
  const std::string id = issue();
  const auto refused =
      broker.submit_and_wait(coordinator(), escalate_command(id, 1, kUnreceived, {"halden"}));
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == v1::ERROR_CODE_PERMISSION_DENIED);
  CHECK(refused.error().field == "escalate");
}

TEST_CASE_METHOD(Halden, "a test alert is chased by nobody, an exercise by the same rules") {
  v1::AlertContent content = sample_content({"NO-31"}, {"municipal-physician"});
  content.set_status(v1::STATUS_TEST);
  broker.issue(content);
  (void)calls();
  broker.clock.advance(seconds(60));
  watch();
  CHECK(calls().empty());
  CHECK(watchman->chaser.watched() == 0);
  content.set_status(v1::STATUS_EXERCISE);
  broker.issue(content);
  (void)calls();
  broker.clock.advance(seconds(60));
  watch();
  CHECK(calls() == "unreceived halden, unreceived sarpsborg");
}

TEST_CASE_METHOD(
    Halden, "a disabled service that holds a retracted alert: one digest to the coordinators, and no call") {
  const std::string id = issue();
  confirm("halden", broker.log->head().seq);
  broker.must(operator_principal(), disable_command("halden"));
  broker.must(police(), retract_command(id));
  confirm("sarpsborg", broker.log->head().seq);
  (void)calls();
  broker.clock.advance(seconds(59));
  watch();
  CHECK(calls().empty());
  broker.clock.advance(seconds(1));
  watch();
  CHECK(calls() == "closed halden");
  const auto event = broker.log->snapshot()->read(broker.log->head().seq).value();
  CHECK(event.record.header.type == v1::EVENT_TYPE_ALERT_NOTICE);
  CHECK(event.targets.contains(numbers.at("coordinator")));
  broker.clock.advance(hours(1));
  watch();
  CHECK(calls().empty());
  CHECK(watchman->chaser.watched() == 0);
}

TEST_CASE_METHOD(Halden, "a call in vain for one version isn't a failure of the next") {
  const std::string id = issue();
  broker.clock.advance(seconds(60));
  watch();
  broker.must(service_principal("escalator"),
              report_escalation_command(id, 1, kUnreceived, "halden", v1::ESCALATION_OUTCOME_FAILED));
  CHECK(delivery_to(id, "halden").failed());
  broker.must(police(), retract_command(id));
  const v1::ServiceDelivery after = delivery_to(id, "halden");
  CHECK_FALSE(after.failed());
  REQUIRE(after.escalations_size() == 1);
  CHECK(after.escalations(0).version() == 1);
  CHECK(delivery_to(id, "halden", 1).failed());
}

TEST_CASE_METHOD(Halden, "a version's ledger keeps its step and outcome when a later one is escalated too") {
  const std::string id = issue();
  broker.clock.advance(seconds(60));
  watch();
  const core::WallTime first = broker.clock.wall();
  broker.must(service_principal("escalator"),
              report_escalation_command(id, 1, kUnreceived, "halden", v1::ESCALATION_OUTCOME_FAILED));
  broker.must(police(), retract_command(id));
  broker.clock.advance(seconds(60));
  watch();
  // Who heard of the outcome is told of the retraction too, and so called about it.
  CHECK(calls() == "unreceived halden, unreceived halden, unreceived sarpsborg, unreceived coordinator");
  const v1::ServiceDelivery held = delivery_to(id, "halden", 1);
  REQUIRE(held.escalations_size() == 2);
  CHECK(held.escalations(0).version() == 1);
  CHECK(core::from_timestamp(held.escalations(0).time()) == first);
  CHECK(held.escalations(0).outcome() == v1::ESCALATION_OUTCOME_FAILED);
  CHECK(held.escalations(1).version() == 2);
  CHECK(held.escalations(1).outcome() == v1::ESCALATION_OUTCOME_UNSPECIFIED);
  CHECK(held.failed());
  CHECK_FALSE(delivery_to(id, "halden", 2).failed());
  CHECK(broker.log->rebuild().value().differences == 0);
  restart();
  CHECK(delivery_to(id, "halden", 1).escalations_size() == 2);
}

TEST_CASE_METHOD(Halden, "after an outage programs have 30 s to connect again before anybody is called") {
  const bool connects = GENERATE(false, true);
  CAPTURE(connects);
  issue();
  const core::Seq seq = broker.log->head().seq;
  broker.clock.advance(hours(2));
  restart();  // it is long overdue
  (void)calls();
  watch();
  CHECK(calls().empty());
  CHECK(watchman->chaser.next() == broker.clock.wall() + seconds(30));
  broker.clock.advance(seconds(30) - core::Micros(1));
  if (connects) confirm("halden", seq);
  watch();
  CHECK(calls().empty());
  broker.clock.advance(core::Micros(1));
  watch();
  CHECK(calls() == (connects ? "" : "unreceived halden, unacknowledged halden"));
}
