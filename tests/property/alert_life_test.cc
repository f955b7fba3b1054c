// Random histories of several alerts and services, run by the domain alone, and what must hold after every
// event.
#include <catch2/catch.hpp>
#include <random>

#include "broker/core/limits.h"
#include "broker/domain/grade.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/sample_world.h"

namespace gjallar::domain {
namespace {

using testing::SampleWorld;

const std::vector<std::string> kAreas = {"SE",      "SE-01", "SE-0180", "SE-12",
                                         "SE-1280", "NO",    "NO-46",   "NO-4601"};
const std::vector<std::string> kRoles = {"syringe-exchange", "laro", "emergency-department", "outreach"};

/// Draws commands; most of them are fit to be accepted, some aren't.
class Player {
 public:
  explicit Player(std::uint64_t seed) : engine_(seed), world_(seed) {}

  SampleWorld& world() { return world_; }
  std::uint64_t below(std::uint64_t n) { return engine_() % n; }

  /// One random command by a random principal. Whether it was accepted.
  bool step() {
    world_.clock().advance(std::chrono::hours(below(30)));
    const std::uint64_t what = below(20);
    if (what < 2 || world_.directory().next_number() < 3) return on_directory();
    if (what < 5 || ids_.empty()) return issue();
    const std::string& id = ids_[below(ids_.size())];
    const std::uint64_t expected = below(5) == 0 ? 1 + below(4) : 0;
    switch (below(9)) {
      case 0:
        return run(testing::revise_command(id, content(), {"audience"}, expected));
      case 1:
        return run(testing::revise_command(id, content(), {"grade", "texts"}, expected));
      case 2:
        return run(testing::revise_command(id, content(), {"substances"}, expected));
      case 3:
      case 4:
        return run(testing::grade_command(id, level(), expected));
      case 5:
        return run(testing::widen_command(id, audience(), expected));
      case 6:
        return below(3) != 0 || run(testing::retract_command(id, "Wrong.", expected));
      case 7:
        return run_as(broker_principal(), testing::expire_command(id));
      default:
        return run(testing::observe_command(id, area(), 1 + below(3)));
    }
  }

 private:
  std::string area() { return kAreas[below(kAreas.size())]; }
  v1::GradeLevel level() { return static_cast<v1::GradeLevel>(1 + below(3)); }
  v1::Audience audience() {
    v1::Audience audience = testing::sample_audience({area(), area()}, {kRoles[below(kRoles.size())]});
    audience.mutable_groups(0)->set_minimum_grade(static_cast<v1::GradeLevel>(below(4)));
    if (below(4) == 0) audience.add_services("s" + std::to_string(below(world_.directory().next_number())));
    return audience;
  }
  v1::AlertContent content() {
    v1::AlertContent content = testing::sample_content({}, {}, level());
    *content.mutable_audience() = audience();
    content.mutable_texts(0)->set_headline("Rubrik " + std::to_string(below(3)));
    content.mutable_substances(0)->set_lot("parti " + std::to_string(below(3)));
    return content;
  }
  Principal somebody() {
    switch (below(6)) {
      case 0:
        return testing::coordinator();
      case 1:
        return testing::laboratory();
      case 2:
        return testing::customs();
      case 3:
        return testing::service_principal("s" + std::to_string(below(world_.directory().next_number())));
      default:
        return testing::police();
    }
  }
  bool run_as(const Principal& principal, const v1::Command& command) {
    return world_.run(principal, command).has_value();
  }
  bool run(const v1::Command& command) { return run_as(somebody(), command); }
  bool issue() {
    const auto events =
        world_.run(below(4) == 0 ? testing::customs() : testing::police(), testing::issue_command(content()));
    if (events) ids_.push_back(events.value().at(0).subject);
    return events.has_value();
  }
  bool on_directory() {
    const core::ServiceNumber count = world_.directory().next_number();
    if (count < 3 || below(3) != 0) {
      return run_as(testing::operator_principal(),
                    testing::register_command(service("s" + std::to_string(count))));
    }
    const std::string id = "s" + std::to_string(below(count));
    return run_as(testing::operator_principal(),
                  below(3) == 0 ? testing::disable_command(id) : testing::change_command(service(id)));
  }
  v1::Service service(const std::string& id) {
    return testing::sample_service(id, {area()}, {kRoles[below(kRoles.size())], kRoles[below(kRoles.size())]},
                                   static_cast<v1::GradeLevel>(below(4)));
  }

  std::mt19937_64 engine_;
  SampleWorld world_;
  std::vector<std::string> ids_;
};

bool counts_up(v1::EventType type) {
  return type != v1::EVENT_TYPE_ALERT_OBSERVED;
}

bool subset(const ServiceSet& inner, const ServiceSet& outer) {
  ServiceSet both = inner;
  both |= outer;
  return both == outer;
}

/// What must hold between an alert before an event, the event, and the alert after it.
void check_event(const v1::Alert* before, const SampleWorld::Happened& happened) {
  const NewEvent& event = happened.event;
  const v1::Alert& after = event.payload.alert();
  // The event follows from what was before, and says of itself what the alert says.
  const auto evolved = evolve(before, event.type, event.payload);
  REQUIRE(evolved.has_value());
  REQUIRE(evolved.value().SerializeAsString() == after.SerializeAsString());
  REQUIRE(event.subject == after.alert_id());
  REQUIRE(event.version == after.version());
  REQUIRE(event.reach.before == (before == nullptr ? MatchKeys() : match_keys_of(*before)));
  REQUIRE(event.reach.after == match_keys_of(after));
  REQUIRE(after.level() == level_of(effective_grade(after)));
  REQUIRE(after.has_assessed_grade() == (after.verification() == v1::VERIFICATION_VERIFIED));
  REQUIRE(after.content().has_expires());

  const bool was_urgent = before != nullptr && is_urgent(before->level());
  REQUIRE(event.urgent == (was_urgent || (after.phase() == v1::PHASE_LIVE && is_urgent(after.level()))));
  if (after.phase() != v1::PHASE_LIVE || !counts_up(event.type)) REQUIRE_FALSE(event.rings);

  if (before == nullptr) {
    REQUIRE(event.type == v1::EVENT_TYPE_ALERT_ISSUED);
    REQUIRE(event.rings);
    REQUIRE(after.version() == 1);
    return;
  }
  REQUIRE(before->phase() == v1::PHASE_LIVE);
  REQUIRE(after.sender() == before->sender());
  REQUIRE(after.reference() == before->reference());
  REQUIRE(after.content().status() == before->content().status());
  if (after.level() < before->level()) {
    const bool moved = event.reach.before.groups != event.reach.after.groups;
    REQUIRE((!event.rings || moved));
  }
  if (after.level() > before->level()) REQUIRE(event.rings);
  if (counts_up(event.type)) {
    REQUIRE(after.version() == before->version() + 1);
    REQUIRE(core::from_timestamp(after.changed()) == happened.time);
  } else {
    REQUIRE(after.version() == before->version());
    REQUIRE(after.changed().SerializeAsString() == before->changed().SerializeAsString());
    REQUIRE(after.content().SerializeAsString() == before->content().SerializeAsString());
  }
}

TEST_CASE("through random histories every event follows, concerns whom it must, and the end is final") {
  std::map<v1::EventType, int> seen;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    Player player(seed);
    std::map<std::string, v1::Alert> alerts;
    std::map<std::string, ServiceSet> concerned;
    std::size_t checked = 0;
    for (int step = 0; step < 250; ++step) {
      const std::size_t history_before = player.world().history().size();
      const bool accepted = player.step();
      if (!accepted) REQUIRE(player.world().history().size() == history_before);
      for (; checked < player.world().history().size(); ++checked) {
        const SampleWorld::Happened& happened = player.world().history()[checked];
        const NewEvent& event = happened.event;
        ++seen[event.type];
        const Directory& directory = player.world().directory();
        // Whom it concerned before or concerns after is among its targets, and so is everybody who was told
        // before.
        REQUIRE(subset(directory.matching(event.reach.before), happened.targets));
        REQUIRE(subset(directory.matching(event.reach.after), happened.targets));
        if (event.subject_kind == SubjectKind::kService) {
          REQUIRE(happened.targets.contains(event.payload.service().number()));
          REQUIRE(happened.targets.count() == 1);
          continue;
        }
        REQUIRE(subset(concerned[event.subject], happened.targets));
        concerned[event.subject] |= happened.targets;
        const auto before = alerts.find(event.subject);
        check_event(before == alerts.end() ? nullptr : &before->second, happened);
        alerts[event.subject] = event.payload.alert();
      }
    }
    // What was kept step by step is what the last events say.
    REQUIRE(alerts.size() == player.world().alerts().size());
    for (const auto& alert : player.world().alerts()) {
      REQUIRE(alerts.at(alert.first).SerializeAsString() == alert.second.SerializeAsString());
      REQUIRE(player.world().targeted(alert.first) == concerned[alert.first]);
    }
  }
  // The histories reach every kind of event, not just a few.
  for (const v1::EventType type :
       {v1::EVENT_TYPE_ALERT_ISSUED, v1::EVENT_TYPE_ALERT_REVISED, v1::EVENT_TYPE_ALERT_GRADED,
        v1::EVENT_TYPE_ALERT_WIDENED, v1::EVENT_TYPE_ALERT_RETRACTED, v1::EVENT_TYPE_ALERT_EXPIRED,
        v1::EVENT_TYPE_ALERT_OBSERVED, v1::EVENT_TYPE_SERVICE_REGISTERED, v1::EVENT_TYPE_SERVICE_CHANGED,
        v1::EVENT_TYPE_SERVICE_DISABLED}) {
    INFO(v1::EventType_Name(type));
    CHECK(seen[type] > 50);
  }
}

TEST_CASE("a command is decided the same way again: deciding depends on nothing but what it is given") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Player first(seed);
    Player second(seed);
    for (int step = 0; step < 100; ++step)
      REQUIRE(first.step() == second.step());
    REQUIRE(first.world().history().size() == second.world().history().size());
    for (std::size_t i = 0; i < first.world().history().size(); ++i) {
      const NewEvent& a = first.world().history()[i].event;
      const NewEvent& b = second.world().history()[i].event;
      REQUIRE(a.payload.SerializeAsString() == b.payload.SerializeAsString());
      REQUIRE(a.reach.after == b.reach.after);
    }
  }
}

}  // namespace
}  // namespace gjallar::domain
