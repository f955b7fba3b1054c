// What comes of escalations and of the outcomes that are reported.
#include <catch2/catch.hpp>

#include <set>

#include "tests/support/refused.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/sample_world.h"

namespace gjallar::testing {
namespace {

constexpr auto kUnreceived = v1::ESCALATION_STEP_UNRECEIVED;
constexpr auto kUnacknowledged = v1::ESCALATION_STEP_UNACKNOWLEDGED;

/// The domain with what was taken before, as the log's rows would tell.
struct EscalationWorld {
  EscalationWorld() {
    world.add(sample_service("clinic-a"));
    world.add(sample_service("clinic-b"));
    world.add(sample_service("clinic-oslo", {"NO-03"}));
    world.add(sample_service("caller", {"SE"}, {"escalator"}, v1::GRADE_LEVEL_URGENT));
    world.add(sample_service("caller-norway", {"NO"}, {"escalator"}));
    world.add(sample_service("coordinator-stockholm", {"SE-01"}, {"coordinator"}));
    world.add(sample_service("coordinator-oslo", {"NO-03"}, {"coordinator"}));
    id = world.issue(police(), issue_command(sample_content({"SE-01", "NO-03"})));
  }

  core::Result<std::vector<domain::NewEvent>> run(const domain::Principal& principal,
                                                  const v1::Command& command) {
    domain::Situation situation;
    situation.now = world.clock().wall();
    situation.directory = &world.directory();
    targeted = world.targeted(id);
    for (const char* caller : {"caller", "caller-norway"})
      targeted.add(number(caller));
    situation.already_targeted = &targeted;
    situation.alert = &world.alert(id);
    situation.escalations = &taken;
    return domain::decide(principal, command, situation);
  }
  core::ServiceNumber number(const std::string& service) const {
    return world.directory().find(service)->number();
  }
  std::set<std::string> concerned(const domain::NewEvent& event) const {
    std::set<std::string> out;
    domain::targets_of(event.type, event.reach, world.targeted(id), world.directory())
        .for_each([&](core::ServiceNumber one) {
          out.insert(world.directory().find(one)->service().service_id());
        });
    return out;
  }

  SampleWorld world;
  std::string id;
  std::vector<domain::TakenStep> taken;
  domain::ServiceSet targeted;
};

using Ids = std::set<std::string>;

}  // namespace

TEST_CASE_METHOD(EscalationWorld,
                 "an escalation concerns those who call in the services' areas, and nobody else") {
  const auto events =
      run(domain::broker_principal(), escalate_command(id, 1, kUnreceived, {"clinic-a", "clinic-b"})).value();
  REQUIRE(events.size() == 1);
  const domain::NewEvent& event = events.front();
  CHECK(event.type == v1::EVENT_TYPE_ALERT_ESCALATED);
  CHECK(event.version == 1);
  CHECK_FALSE(event.rings);
  CHECK(concerned(event) == Ids{"caller"});
  CHECK(event.payload.escalation().version() == 1);
  CHECK(event.payload.escalation().step() == kUnreceived);
  CHECK(event.payload.escalation().services_size() == 2);
  CHECK(domain::evolve(&world.alert(id), event.type, event.payload).has_value());
}

TEST_CASE_METHOD(EscalationWorld, "where nobody calls, the coordinators are told who has to be called") {
  (void)world.run(operator_principal(), disable_command("caller")).value();
  const auto events =
      run(domain::broker_principal(), escalate_command(id, 1, kUnreceived, {"clinic-a"})).value();
  REQUIRE(events.size() == 1);
  CHECK(concerned(events.front()) == Ids{"coordinator-stockholm"});
}

TEST_CASE_METHOD(EscalationWorld, "closed services make one digest for the coordinators of their areas") {
  v1::Command command = escalate_command(id, 1, kUnreceived, {"clinic-a"});
  for (const char* closed : {"clinic-b", "clinic-oslo"}) {
    v1::EscalatedService& service = *command.mutable_escalate()->add_services();
    service.set_service_id(closed);
    service.set_way(v1::ESCALATION_WAY_CLOSED);
    *service.mutable_closed_until() = core::to_timestamp(world.clock().wall() + std::chrono::hours(8));
  }
  const auto events = run(domain::broker_principal(), command).value();
  REQUIRE(events.size() == 2);
  CHECK(events[0].payload.escalation().services_size() == 1);
  CHECK(events[1].type == v1::EVENT_TYPE_ALERT_NOTICE);
  CHECK(events[1].payload.notice().kind() == v1::NOTICE_KIND_SERVICES_CLOSED);
  REQUIRE(events[1].payload.notice().closed_size() == 2);
  CHECK(events[1].payload.notice().closed(0).has_closed_until());
  CHECK(concerned(events[1]) == Ids{"coordinator-stockholm", "coordinator-oslo"});
}

TEST_CASE_METHOD(EscalationWorld,
                 "a step that was taken for a service and version is left out; nothing left is no event") {
  taken = {{number("clinic-a"), kUnreceived, v1::ESCALATION_WAY_SERVICE, 1, 9, {}}};
  const auto both = escalate_command(id, 1, kUnreceived, {"clinic-a", "clinic-b", "clinic-b"});
  auto events = run(domain::broker_principal(), both).value();
  REQUIRE(events.size() == 1);
  REQUIRE(events.front().payload.escalation().services_size() == 1);
  CHECK(events.front().payload.escalation().services(0).service_id() == "clinic-b");
  CHECK(run(domain::broker_principal(), escalate_command(id, 1, kUnreceived, {"clinic-a"})).value().empty());
  // Another step, or another way, is another matter.
  CHECK(run(domain::broker_principal(), escalate_command(id, 1, kUnacknowledged, {"clinic-a"}))
            .value()
            .size() == 1);
  CHECK(run(domain::broker_principal(),
            escalate_command(id, 1, kUnreceived, {"clinic-a"}, v1::ESCALATION_WAY_ON_CALL))
            .value()
            .size() == 1);
}

TEST_CASE_METHOD(EscalationWorld, "services that are unknown, disabled or were never told are left out") {
  (void)world.run(operator_principal(), disable_command("clinic-b")).value();
  CHECK(run(domain::broker_principal(),
            escalate_command(id, 1, kUnreceived, {"clinic-b", "nobody", "coordinator-oslo"}))
            .value()
            .empty());
}

TEST_CASE_METHOD(EscalationWorld, "only brokers escalate, and only versions that there are") {
  const auto command = escalate_command(id, 1, kUnreceived, {"clinic-a"});
  for (const domain::Principal& principal :
       {police(), coordinator(), operator_principal(), service_principal("caller")}) {
    check_refused(run(principal, command), v1::ERROR_CODE_PERMISSION_DENIED, "escalate");
  }
  check_refused(run(domain::broker_principal(), escalate_command(id, 2, kUnreceived, {"clinic-a"})),
                v1::ERROR_CODE_INVALID_ARGUMENT, "escalate.version");
}

TEST_CASE_METHOD(EscalationWorld, "a retracted alert is escalated still, an expired one isn't") {
  (void)world.run(police(), retract_command(id)).value();
  const auto events =
      run(domain::broker_principal(), escalate_command(id, 2, kUnreceived, {"clinic-a"})).value();
  REQUIRE(events.size() == 1);
  CHECK(domain::evolve(&world.alert(id), events[0].type, events[0].payload).has_value());

  EscalationWorld other;
  other.world.clock().advance(std::chrono::hours(24 * 366));
  (void)other.world.run(domain::broker_principal(), expire_command(other.id)).value();
  CHECK(other.run(domain::broker_principal(), escalate_command(other.id, 1, kUnreceived, {"clinic-a"}))
            .value()
            .empty());
}

TEST_CASE_METHOD(EscalationWorld,
                 "an outcome is for the sender's service, the caller and the coordinators there") {
  taken = {{number("clinic-a"), kUnreceived, v1::ESCALATION_WAY_SERVICE, 1, 9, {}}};
  const auto command =
      report_escalation_command(id, 1, kUnreceived, "clinic-a", v1::ESCALATION_OUTCOME_REACHED);
  const auto events = run(service_principal("caller"), command).value();
  REQUIRE(events.size() == 1);
  CHECK(events[0].type == v1::EVENT_TYPE_ALERT_ESCALATION_REPORTED);
  CHECK(events[0].payload.escalation_report().service_id() == "clinic-a");
  CHECK(events[0].payload.escalation_report().outcome() == v1::ESCALATION_OUTCOME_REACHED);
  CHECK(concerned(events[0]) == Ids{"caller", "coordinator-stockholm"});
  CHECK(domain::evolve(&world.alert(id), events[0].type, events[0].payload).has_value());

  taken[0].outcome = v1::ESCALATION_OUTCOME_REACHED;
  check_refused(run(service_principal("caller"), command), v1::ERROR_CODE_NOTHING_TO_CHANGE,
                "report_escalation.outcome");
  CHECK(run(service_principal("caller"),
            report_escalation_command(id, 1, kUnreceived, "clinic-a", v1::ESCALATION_OUTCOME_FAILED))
            .has_value());
}

TEST_CASE_METHOD(EscalationWorld, "an outcome of what was never asked for is refused, and says which part") {
  taken = {{number("clinic-a"), kUnreceived, v1::ESCALATION_WAY_SERVICE, 1, 9, {}},
           {number("clinic-b"), kUnreceived, v1::ESCALATION_WAY_CLOSED, 1, 9, {}}};
  const auto report = [&](std::uint64_t version, v1::EscalationStep step, const char* service) {
    return run(service_principal("caller"),
               report_escalation_command(id, version, step, service, v1::ESCALATION_OUTCOME_REACHED));
  };
  check_refused(report(1, kUnreceived, "nobody"), v1::ERROR_CODE_NOT_FOUND, "report_escalation.service_id");
  check_refused(report(1, kUnacknowledged, "clinic-a"), v1::ERROR_CODE_NOT_FOUND, "report_escalation.step");
  check_refused(report(1, kUnreceived, "clinic-b"), v1::ERROR_CODE_NOT_FOUND, "report_escalation.step");
  check_refused(report(2, kUnreceived, "clinic-a"), v1::ERROR_CODE_NOT_FOUND, "report_escalation.version");
  taken[0].version = 3;
  check_refused(report(1, kUnreceived, "clinic-a"), v1::ERROR_CODE_STALE_VERSION,
                "report_escalation.version");
}

TEST_CASE_METHOD(EscalationWorld, "who doesn't carry out escalations can't report one") {
  taken = {{number("clinic-a"), kUnreceived, v1::ESCALATION_WAY_SERVICE, 1, 9, {}}};
  const auto command =
      report_escalation_command(id, 1, kUnreceived, "clinic-a", v1::ESCALATION_OUTCOME_REACHED);
  for (const domain::Principal& principal :
       {police(), service_principal("clinic-a"), service_principal("nobody")}) {
    check_refused(run(principal, command), v1::ERROR_CODE_PERMISSION_DENIED, "report_escalation");
  }
  (void)world.run(operator_principal(), disable_command("caller")).value();
  check_refused(run(service_principal("caller"), command), v1::ERROR_CODE_PERMISSION_DENIED,
                "report_escalation");
}

}  // namespace gjallar::testing
