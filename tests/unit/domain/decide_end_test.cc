#include "broker/domain/content_change.h"
#include "broker/domain/life.h"
#include "tests/support/refused.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/sample_world.h"

namespace gjallar::domain {
namespace {

using testing::check_refused;
using testing::coordinator;
using testing::expire_command;
using testing::issue_command;
using testing::police;
using testing::retract_command;
using testing::sample_content;
using testing::SampleWorld;

/// A world with one urgent alert of the police and a service it concerns.
struct EndedAlert {
  SampleWorld world;
  std::string id;
  EndedAlert() {
    world.add(testing::sample_service("a"));
    id = world.issue(police(), issue_command(sample_content({"SE-01"}, {})));
  }
};

TEST_CASE("a retraction ends the alert, reaches who holds it as urgent as it was, and doesn't ring") {
  EndedAlert one;
  const NewEvent event = one.world.run(police(), retract_command(one.id, "It was lactose.")).value().at(0);
  CHECK(event.type == v1::EVENT_TYPE_ALERT_RETRACTED);
  CHECK(event.version == 2);
  CHECK(event.urgent);
  CHECK_FALSE(event.rings);
  CHECK(event.payload.reason() == "It was lactose.");
  CHECK(event.reach.before.present);
  CHECK_FALSE(event.reach.after.present);
  CHECK(one.world.history().back().targets.contains(0));
  CHECK(one.world.alert(one.id).phase() == v1::PHASE_RETRACTED);
  CHECK(one.world.alert(one.id).content().texts_size() == 1);
}

TEST_CASE("a retraction needs the right, a reason and the version there is") {
  EndedAlert one;
  check_refused(one.world.run(testing::laboratory(), retract_command(one.id)),
                v1::ERROR_CODE_PERMISSION_DENIED, "retract");
  check_refused(one.world.run(testing::service_principal("a"), retract_command(one.id)),
                v1::ERROR_CODE_PERMISSION_DENIED, "retract");
  check_refused(one.world.run(police(), retract_command(one.id, "")), v1::ERROR_CODE_MISSING_FIELD,
                "retract.reason");
  check_refused(one.world.run(police(), retract_command(one.id, "Wrong.", 3)), v1::ERROR_CODE_STALE_VERSION,
                "retract.expected_version");
  CHECK(one.world.run(coordinator(), retract_command(one.id)).has_value());
}

TEST_CASE("an alert expires when its time is over, not before, and keeps its expiry") {
  EndedAlert one;
  const auto expires = one.world.alert(one.id).content().expires();
  CHECK(one.world.run(broker_principal(), expire_command(one.id)).value().empty());
  check_refused(one.world.run(coordinator(), expire_command(one.id)), v1::ERROR_CODE_INVALID_ARGUMENT,
                "expire.alert_id");
  one.world.clock().advance(default_life(v1::ALERT_KIND_HIGH_POTENCY, v1::GRADE_LEVEL_URGENT));
  const NewEvent event = one.world.run(broker_principal(), expire_command(one.id)).value().at(0);
  CHECK(event.type == v1::EVENT_TYPE_ALERT_EXPIRED);
  CHECK(event.version == 2);
  CHECK(event.urgent);
  CHECK_FALSE(event.rings);
  CHECK_FALSE(event.reach.after.present);
  CHECK(one.world.alert(one.id).phase() == v1::PHASE_EXPIRED);
  CHECK(one.world.alert(one.id).content().expires().seconds() == expires.seconds());
}

TEST_CASE("several brokers may expire an alert: the second yields no event") {
  EndedAlert one;
  one.world.clock().advance(default_life(v1::ALERT_KIND_HIGH_POTENCY, v1::GRADE_LEVEL_URGENT));
  CHECK(one.world.run(broker_principal(), expire_command(one.id)).value().size() == 1);
  CHECK(one.world.run(broker_principal(), expire_command(one.id)).value().empty());
  CHECK(one.world.run(coordinator(), expire_command(one.id)).value().empty());
}

TEST_CASE("callers expire alerts only with the right over all of them") {
  EndedAlert one;
  one.world.clock().advance(default_life(v1::ALERT_KIND_HIGH_POTENCY, v1::GRADE_LEVEL_URGENT));
  check_refused(one.world.run(police(), expire_command(one.id)), v1::ERROR_CODE_PERMISSION_DENIED, "expire");
  check_refused(one.world.run(testing::customs(), expire_command(one.id)), v1::ERROR_CODE_NOT_FOUND,
                "expire.alert_id");
  check_refused(one.world.run(broker_principal(), expire_command("no-such-alert")), v1::ERROR_CODE_NOT_FOUND,
                "expire.alert_id");
  CHECK(one.world.run(coordinator(), expire_command(one.id)).value().size() == 1);
}

TEST_CASE("an ended alert takes no more commands, and the advice names its reference") {
  const auto all_commands = [](const std::string& id) {
    v1::AlertContent content = sample_content({"SE-12"});
    return std::vector<std::pair<std::string, v1::Command>>{
        {"revise", testing::revise_command(id, content)},
        {"grade", testing::grade_command(id, v1::GRADE_LEVEL_WARNING)},
        {"widen", testing::widen_command(id, testing::sample_audience({"SE-12"}, {}))},
        {"retract", retract_command(id)},
        {"observe", testing::observe_command(id, "SE-0180")}};
  };
  for (const bool expired : {false, true}) {
    EndedAlert one;
    if (expired) {
      one.world.clock().advance(default_life(v1::ALERT_KIND_HIGH_POTENCY, v1::GRADE_LEVEL_URGENT));
      REQUIRE(one.world.run(broker_principal(), expire_command(one.id)).has_value());
    } else {
      REQUIRE(one.world.run(police(), retract_command(one.id)).has_value());
    }
    for (const auto& command : all_commands(one.id)) {
      const auto refused = one.world.run(police(), command.second);
      check_refused(refused, expired ? v1::ERROR_CODE_ALERT_EXPIRED : v1::ERROR_CODE_ALERT_RETRACTED,
                    command.first + ".alert_id");
      CHECK(refused.error().advice.find(one.world.alert(one.id).reference()) != std::string::npos);
    }
  }
}

TEST_CASE("an alert that isn't there and one that isn't visible look alike") {
  EndedAlert one;
  const auto invisible = one.world.run(testing::customs(), retract_command(one.id));
  const auto missing = one.world.run(testing::customs(), retract_command("no-such-alert"));
  check_refused(invisible, v1::ERROR_CODE_NOT_FOUND, "retract.alert_id");
  CHECK(core::to_text(invisible.error()) == core::to_text(missing.error()));
}

}  // namespace
}  // namespace gjallar::domain
