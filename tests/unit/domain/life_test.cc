#include "broker/domain/life.h"

#include <catch2/catch.hpp>

#include "tests/support/refused.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/sample_world.h"

namespace gjallar::domain {
namespace {

using std::chrono::hours;
using testing::ask_expiry_command;
using testing::issue_command;
using testing::sample_content;
using testing::SampleWorld;

/// An alert of a coordinator's service that lives for so long.
std::string issue_for(SampleWorld& world, hours life, const Principal& sender = testing::coordinator()) {
  v1::AlertContent content = sample_content({"SE-01"}, {"syringe-exchange"});
  *content.mutable_expires() = core::to_timestamp(world.clock().wall() + life);
  return world.issue(sender, issue_command(content));
}

std::size_t asked(SampleWorld& world, const std::string& id) {
  return world.run(broker_principal(), ask_expiry_command(id)).value().size();
}

TEST_CASE("an alert lives as long as its kind and level say, a shortage until it is expected to end") {
  using L = v1::GradeLevel;
  const L urgent = v1::GRADE_LEVEL_URGENT;
  const L information = v1::GRADE_LEVEL_INFORMATION;
  CHECK(default_life(v1::ALERT_KIND_SEIZURE, urgent) == hours(24 * 14));
  CHECK(default_life(v1::ALERT_KIND_NEW_SUBSTANCE, urgent) == hours(24 * 30));
  CHECK(default_life(v1::ALERT_KIND_OVERDOSE_CLUSTER, urgent) == hours(24 * 7));
  CHECK(default_life(v1::ALERT_KIND_SUPPLY_SHORTAGE, information) == hours(24 * 90));
  for (int kind = v1::AlertKind_MIN + 1; kind <= v1::AlertKind_MAX; ++kind) {
    const auto of = [kind](L level) { return default_life(static_cast<v1::AlertKind>(kind), level); };
    CHECK(of(urgent) < of(v1::GRADE_LEVEL_WARNING));
    CHECK(of(v1::GRADE_LEVEL_WARNING) < of(information));
  }
  v1::AlertContent content;
  content.set_kind(v1::ALERT_KIND_SUPPLY_SHORTAGE);
  const core::WallTime now(std::chrono::seconds(1'767'225'600));
  *content.mutable_shortage()->mutable_expected_until() = core::to_timestamp(now + hours(100));
  CHECK(default_expiry(content, urgent, now) == now + hours(100));
  *content.mutable_shortage()->mutable_expected_until() = core::to_timestamp(now - hours(1));
  CHECK(default_expiry(content, urgent, now) == now + hours(24 * 30));
}

TEST_CASE("a day before an alert expires its sender's service is asked, once, and nobody else hears of it") {
  SampleWorld world;
  world.add(testing::sample_service("coordinator-national", {"SE"}, {"coordinator"}));
  world.add(testing::sample_service("exchange", {"SE-01"}, {"syringe-exchange"}));
  const std::string id = issue_for(world, hours(24 * 10));
  world.clock().advance(hours(24 * 9) - std::chrono::seconds(1));
  CHECK(asked(world, id) == 0);
  world.clock().advance(std::chrono::seconds(1));
  const auto events = world.run(broker_principal(), ask_expiry_command(id)).value();
  REQUIRE(events.size() == 1);
  CHECK(events[0].type == v1::EVENT_TYPE_ALERT_NOTICE);
  CHECK(events[0].payload.notice().kind() == v1::NOTICE_KIND_EXPIRES_SOON);
  CHECK(events[0].version == 1);
  CHECK_FALSE(events[0].rings);
  ServiceSet sender;
  sender.add(0);
  CHECK(world.history().back().targets == sender);
  CHECK(world.alert(id).expiry_asked().seconds() == world.alert(id).content().expires().seconds());
  CHECK(asked(world, id) == 0);
}

TEST_CASE("an alert that lives for less than four days is asked about in its last quarter") {
  SampleWorld world;
  const std::string id = issue_for(world, hours(8));
  world.clock().advance(hours(6) - std::chrono::seconds(1));
  CHECK(asked(world, id) == 0);
  world.clock().advance(std::chrono::seconds(1));
  CHECK(asked(world, id) == 1);
}

TEST_CASE("an expiry that is revised is asked about again") {
  SampleWorld world;
  const std::string id = issue_for(world, hours(8));
  world.clock().advance(hours(7));
  CHECK(asked(world, id) == 1);
  v1::AlertContent later;
  *later.mutable_expires() = core::to_timestamp(world.clock().wall() + hours(100));
  (void)world.run(testing::coordinator(), testing::revise_command(id, later, {"expires"})).value();
  CHECK(asked(world, id) == 0);
  world.clock().advance(hours(99));
  CHECK(asked(world, id) == 1);
}

TEST_CASE("where the sender has no service, the coordinators of the areas are asked") {
  SampleWorld world;
  world.add(testing::sample_service("coordinator-stockholm", {"SE-01"}, {"coordinator"}));
  world.add(testing::sample_service("coordinator-skane", {"SE-12"}, {"coordinator"}));
  world.add(testing::sample_service("exchange", {"SE-01"}, {"syringe-exchange"}));
  const std::string id = issue_for(world, hours(8), testing::police());
  world.clock().advance(hours(7));
  CHECK(asked(world, id) == 1);
  ServiceSet coordinator;
  coordinator.add(0);
  CHECK(world.history().back().targets == coordinator);
}

TEST_CASE("nobody is asked about an alert that has ended, nor after its time") {
  SampleWorld world;
  const std::string retracted = issue_for(world, hours(8));
  const std::string late = issue_for(world, hours(8));
  (void)world.run(testing::coordinator(), testing::retract_command(retracted)).value();
  world.clock().advance(hours(7));
  CHECK(asked(world, retracted) == 0);
  world.clock().advance(hours(1));
  CHECK(asked(world, late) == 0);
}

TEST_CASE("only a broker asks") {
  SampleWorld world;
  const std::string id = issue_for(world, hours(8));
  world.clock().advance(hours(7));
  testing::check_refused(world.run(testing::coordinator(), ask_expiry_command(id)),
                         v1::ERROR_CODE_PERMISSION_DENIED, "ask_expiry");
}

TEST_CASE("retracted, expired and superseded stay apart, and the first expiry stays in the alert") {
  SampleWorld world;
  const std::string retracted = issue_for(world, hours(8));
  const std::string expired = issue_for(world, hours(8));
  const std::string report = world.issue(testing::police(), testing::report_command());
  const auto of_report = world.alert(report).content().expires().seconds();
  const auto expires = world.alert(expired).content().expires().seconds();
  (void)world.run(testing::coordinator(), testing::retract_command(retracted)).value();
  (void)world
      .run(testing::coordinator(), testing::conclude_command(report, v1::REPORT_OUTCOME_ALERT, expired))
      .value();
  world.clock().advance(hours(8));
  (void)world.run(broker_principal(), testing::expire_command(expired)).value();
  CHECK(world.alert(retracted).phase() == v1::PHASE_RETRACTED);
  CHECK(world.alert(expired).phase() == v1::PHASE_EXPIRED);
  CHECK(world.alert(report).phase() == v1::PHASE_SUPERSEDED);
  CHECK(world.alert(retracted).content().expires().seconds() == expires);
  CHECK(world.alert(expired).content().expires().seconds() == expires);
  CHECK(world.alert(report).content().expires().seconds() == of_report);
}

}  // namespace
}  // namespace gjallar::domain
