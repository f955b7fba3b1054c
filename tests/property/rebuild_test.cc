// After random histories, with restarts and a failed disk in the middle, the rows folded event by event are
// those folded from zero, and the past looks as it looked then.
#include <catch2/catch.hpp>
#include <chrono>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "broker/projections/alerts.h"
#include "broker/projections/queries.h"
#include "tests/support/memory_log.h"
#include "tests/support/rounds.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/test_broker.h"

using namespace gjallar;
using namespace gjallar::testing;

namespace {

constexpr int kCommands = 60;

/// What one service sees: alert ids in order, with their versions.
using View = std::vector<std::pair<std::string, core::Version>>;

class RandomHistory {
 public:
  explicit RandomHistory(std::uint64_t seed) : engine_(seed), broker_(seed) {}

  TestBroker& broker() { return broker_; }

  /// Gives `count` random commands; after each that was committed, notes what every service sees.
  void run(int count) {
    for (int i = 0; i < count; ++i) {
      broker_.clock.advance(std::chrono::seconds(pick(3)));
      const core::Seq before = broker_.log->head().seq;
      give_one();
      const core::Seq after = broker_.log->head().seq;
      REQUIRE(after <= before + 1);
      if (after > before) note(after);
    }
  }

  void a_disk_fails() {
    broker_.fail_writes = true;
    const auto lost = broker_.submit_and_wait(police(), issue_command());
    REQUIRE(lost.error().code == v1::ERROR_CODE_OUTCOME_UNKNOWN);
    broker_.fail_writes = false;
    broker_.reopen();
  }

  void check_the_past() const {
    const auto snapshot = broker_.log->snapshot();
    for (const auto& noted : views_) {
      for (const auto& view : noted.second) {
        INFO("seq " << noted.first << ", " << view.first);
        CHECK(see(*snapshot, view.first, noted.first) == view.second);
      }
    }
  }

 private:
  std::size_t pick(std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(engine_);
  }

  template <typename T>
  const T& one_of(const std::vector<T>& items) {
    return items[pick(items.size())];
  }

  std::vector<std::string> some_areas() {
    static const std::vector<std::string> kAreas{"SE",      "SE-01", "SE-0180", "SE-12",
                                                 "SE-1280", "NO",    "NO-46",   "NO-4601"};
    std::vector<std::string> out{one_of(kAreas)};
    if (pick(3) == 0) out.push_back(one_of(kAreas));
    return out;
  }

  std::vector<std::string> some_roles() {
    static const std::vector<std::string> kRoles{"syringe-exchange", "laro", "outreach", "ambulance"};
    if (pick(4) == 0) return {};
    return {one_of(kRoles)};
  }

  v1::GradeLevel some_level() { return static_cast<v1::GradeLevel>(1 + pick(3)); }

  std::string some_alert() { return one_of(alerts_); }

  v1::AlertContent some_content() {
    v1::AlertContent content = sample_content(some_areas(), some_roles(), some_level());
    if (pick(3) == 0 && !services_.empty()) content.mutable_audience()->add_services(one_of(services_));
    content.mutable_texts(0)->set_headline("Rubrik " + std::to_string(pick(1000)));
    *content.mutable_expires() =
        core::to_timestamp(broker_.clock.wall() + std::chrono::seconds(10 + pick(100)));
    return content;
  }

  v1::Service some_service(const std::string& id) {
    auto roles = some_roles();
    if (roles.empty()) roles.emplace_back("pharmacy");
    return sample_service(id, some_areas(), roles, static_cast<v1::GradeLevel>(pick(4)));
  }

  void give(const domain::Principal& principal, const v1::Command& command) {
    const auto outcome = broker_.submit_and_wait(principal, command);
    if (outcome && command.has_issue()) alerts_.push_back(outcome.value().alert_id());
    if (outcome && command.has_register_service())
      services_.push_back(command.register_service().service().service_id());
  }

  void give_one() {
    const std::size_t kind = pick(20);
    if (kind < 3 || services_.empty()) {
      give(operator_principal(),
           register_command(some_service("clinic-" + std::to_string(services_.size()))));
    } else if (kind < 5) {
      give(operator_principal(), change_command(some_service(one_of(services_))));
    } else if (kind == 5) {
      give(operator_principal(), disable_command(one_of(services_)));
    } else if (kind < 10 || alerts_.empty()) {
      give(pick(2) == 0 ? police() : customs(), issue_command(some_content()));
    } else if (kind < 13) {
      give(coordinator(), revise_command(some_alert(), some_content()));
    } else if (kind < 15) {
      give(coordinator(), grade_command(some_alert(), some_level()));
    } else if (kind == 15) {
      give(coordinator(), widen_command(some_alert(), sample_audience(some_areas(), some_roles())));
    } else if (kind == 16) {
      give(coordinator(), retract_command(some_alert()));
    } else if (kind == 17) {
      give(domain::broker_principal(), expire_command(some_alert()));
    } else {
      give(service_principal(one_of(services_)), observe_command(some_alert(), "SE-0180"));
    }
  }

  /// At a seq before the head the view is folded from history; at the head it is read from the rows of live
  /// alerts.
  static View see(const log::LogSnapshot& snapshot, const std::string& service, core::Seq seq) {
    v1::ListAlertsRequest request;
    request.set_service_id(service);
    request.mutable_as_of()->set_seq(seq);
    View out;
    const auto response = projections::list_alerts(snapshot, coordinator(), request).value();
    for (const v1::Alert& alert : response.alerts())
      out.emplace_back(alert.alert_id(), alert.version());
    return out;
  }

  void note(core::Seq seq) {
    const auto snapshot = broker_.log->snapshot();
    for (const std::string& service : services_) {
      const auto entry = broker_.directory->now()->find(service);
      const auto live = projections::live_alerts_for(snapshot->rows(), *entry).value();
      View view;
      for (const auto& at : live)
        view.emplace_back(at.alert.alert_id(), at.alert.version());
      CHECK(see(*snapshot, service, seq) == view);
      views_[seq][service] = view;
    }
  }

  std::mt19937_64 engine_;
  TestBroker broker_;
  std::vector<std::string> alerts_;
  std::vector<std::string> services_;
  std::map<core::Seq, std::map<std::string, View>> views_;
};

}  // namespace

TEST_CASE("rows folded one by one are the rows folded from zero, and the past looks as it did") {
  const std::uint64_t seed = GENERATE(1, 2, 3, 4, 5, 6);
  INFO("seed " << seed);
  RandomHistory history(seed);
  history.run(rounds(kCommands));
  history.broker().reopen();
  history.run(rounds(kCommands));
  history.a_disk_fails();
  history.run(rounds(kCommands));

  TestBroker& broker = history.broker();
  {
    const auto snapshot = broker.log->snapshot();
    const MemoryLog from_zero(*snapshot);
    CHECK(folded_rows(from_zero.rows()) == folded_rows(snapshot->rows()));
    history.check_the_past();
  }
  const auto report = broker.log->rebuild();
  REQUIRE(report.has_value());
  CHECK(report.value().differences == 0);
  CHECK(report.value().events == broker.log->head().seq);

  // And it goes on from what was rebuilt.
  history.run(rounds(kCommands / 3));
  const auto snapshot = broker.log->snapshot();
  CHECK(folded_rows(MemoryLog(*snapshot).rows()) == folded_rows(snapshot->rows()));
  CHECK(log::verify(*snapshot).intact);
}

TEST_CASE(
    "an event concerns everyone that an earlier event of its alert concerned, and those it matches after") {
  RandomHistory history(42);
  history.run(rounds(3 * kCommands));
  std::map<std::string, domain::ServiceSet> told;
  const auto snapshot = history.broker().log->snapshot();
  const auto visited = snapshot->for_each(1, snapshot->head().seq, [&](const log::CommittedEvent& event) {
    if (event.record.header.subject_kind != domain::SubjectKind::kAlert) return true;
    domain::ServiceSet expected = told[event.record.header.subject];
    expected |= event.targets;
    CHECK(event.targets == expected);
    const auto directory = projections::directory_as_of(*snapshot, event.record.header.seq).value();
    directory.for_each([&](const v1::DirectoryEntry& entry) {
      if (domain::matches(event.record.header.reach.after, entry))
        CHECK(event.targets.contains(entry.number()));
    });
    told[event.record.header.subject] = expected;
    return true;
  });
  REQUIRE(visited.has_value());
  for (const auto& alert : told) {
    CHECK(projections::find_alert(snapshot->rows(), alert.first).value()->targeted == alert.second);
  }
}
