#include "tools/gjallar/service_plan.h"

#include <catch2/catch.hpp>

#include "tests/support/refused.h"
#include "tests/support/sample_services.h"
#include "tools/gjallar/opening_hours.h"

namespace gjallar::tool {
namespace {

using testing::check_refused;
using testing::sample_entry;
using testing::sample_service;
using Ids = std::vector<std::string>;

std::vector<WantedService> wanted_of(const std::vector<v1::Service>& services) {
  std::vector<WantedService> out;
  for (const v1::Service& service : services)
    out.push_back({service, out.size()});
  return out;
}

Ids ids_to_disable(const ServicePlan& plan) {
  Ids ids;
  for (const v1::DirectoryEntry& entry : plan.disable)
    ids.push_back(entry.service().service_id());
  return ids;
}

}  // namespace

TEST_CASE("a plan says what is added, changed, disabled and left as it is") {
  std::vector<v1::DirectoryEntry> registered = {
      sample_entry(sample_service("same"), 0), sample_entry(sample_service("other"), 1),
      sample_entry(sample_service("gone"), 2), sample_entry(sample_service("over"), 3)};
  registered[1].set_version(7);
  registered[3].set_enabled(false);
  const auto wanted = wanted_of(
      {sample_service("new"), sample_service("other", {"SE-12"}, {"laro"}), sample_service("same")});
  const auto plan = plan_services(wanted, registered, true).value();
  REQUIRE(plan.add.size() == 1);
  CHECK(plan.add[0].service.service_id() == "new");
  REQUIRE(plan.change.size() == 1);
  CHECK(plan.change[0].expected_version == 7);
  CHECK(plan.change[0].entry == 1);
  REQUIRE(plan.change[0].fields.size() == 2);
  CHECK(plan.change[0].fields[0].field == "areas");
  CHECK(plan.change[0].fields[0].before == "SE-01");
  CHECK(plan.change[0].fields[0].after == "SE-12");
  CHECK(plan.change[0].fields[1].field == "roles");
  CHECK(ids_to_disable(plan) == Ids{"gone"});
  CHECK(plan.unchanged == Ids{"same"});
  CHECK_FALSE(plan.empty());
  CHECK(ids_to_disable(plan_services(wanted, registered, false).value()).empty());
}

TEST_CASE("a file that was applied leaves nothing to do") {
  const auto wanted = wanted_of({sample_service("a"), sample_service("b", {"NO-46"})});
  const auto plan =
      plan_services(wanted, {sample_entry(wanted[0].service, 0), sample_entry(wanted[1].service, 1)}, true);
  CHECK(plan.value().empty());
  CHECK(plan.value().unchanged.size() == 2);
}

TEST_CASE("a file that wants a disabled service is refused at its entry") {
  std::vector<v1::DirectoryEntry> registered = {sample_entry(sample_service("over"), 0)};
  registered[0].set_enabled(false);
  check_refused(plan_services(wanted_of({sample_service("new"), sample_service("over")}), registered, false),
                v1::ERROR_CODE_SERVICE_DISABLED, "services[1].service_id");
}

TEST_CASE("every field of a service that can change is told apart") {
  const v1::Service before = sample_service("a");
  const auto changed = [&before](const std::function<void(v1::Service&)>& change) {
    v1::Service after = before;
    change(after);
    const auto fields = changed_fields(before, after);
    REQUIRE(fields.size() == 1);
    CHECK(fields[0].before != fields[0].after);
    return fields[0].field;
  };
  CHECK(changed([](v1::Service& s) { s.set_name("Another"); }) == "name");
  CHECK(changed([](v1::Service& s) { s.add_areas("SE-12"); }) == "areas");
  CHECK(changed([](v1::Service& s) { s.add_roles("laro"); }) == "roles");
  CHECK(changed([](v1::Service& s) { s.set_minimum_grade(v1::GRADE_LEVEL_URGENT); }) == "minimum_grade");
  CHECK(changed([](v1::Service& s) {
          *s.mutable_opening_hours() = parse_opening_hours("mon 08:00-09:00", "").value();
        }) == "opening_hours");
  CHECK(changed([](v1::Service& s) { s.set_time_zone("Europe/Oslo"); }) == "time_zone");
  CHECK(changed([](v1::Service& s) { s.set_include_neighbours(!s.include_neighbours()); }) ==
        "include_neighbours");
  // Whoever adds a field to a service gives it words in service_plan.cc.
  CHECK(v1::Service::descriptor()->field_count() == 8);
}

TEST_CASE("a file of services is read in both spellings, with words for hours and grade") {
  const auto services = parse_services(R"({"services": [
    {"service_id": "laro-lund", "name": "LARO Lund", "areas": ["SE-1281"], "roles": ["laro"],
     "opening_hours": "mon-fri 08:00-16:30", "time_zone": "Europe/Stockholm", "minimum_grade": "warning"},
    {"serviceId": "jour", "includeNeighbours": true, "minimumGrade": "GRADE_LEVEL_URGENT",
     "openingHours": [{"weekday": 1, "opensMinute": 480, "closesMinute": 990}]}]})")
                            .value();
  REQUIRE(services.size() == 2);
  CHECK(services[0].service.opening_hours_size() == 5);
  CHECK(services[0].service.minimum_grade() == v1::GRADE_LEVEL_WARNING);
  CHECK(services[0].service.areas(0) == "SE-1281");
  CHECK(services[1].service.minimum_grade() == v1::GRADE_LEVEL_URGENT);
  CHECK(services[1].service.include_neighbours());
  CHECK(services[1].service.opening_hours(0).closes_minute() == 990);
}

TEST_CASE("what the list command prints is a file too; disabled services are left out") {
  const auto services = parse_services(R"({"entries": [{"service": {"serviceId": "over"}, "number": 0},
    {"service": {"serviceId": "laro-lund", "name": "L"}, "enabled": true, "version": "3"}]})")
                            .value();
  REQUIRE(services.size() == 1);
  CHECK(services[0].service.service_id() == "laro-lund");
  CHECK(services[0].entry == 1);
}

TEST_CASE("what is wrong in a file is told with its entry and field") {
  const auto refused = [](const std::string& json, core::Code code, const std::string& field) {
    INFO(json);
    check_refused(parse_services(json), code, field);
  };
  const auto invalid = v1::ERROR_CODE_INVALID_ARGUMENT;
  refused("no json", invalid, "file");
  refused("[]", invalid, "services");
  refused(R"({"services": []})", invalid, "services");
  refused(R"({"services": {}})", invalid, "services");
  refused(R"({"services": [{"serviceId": "a"}], "more": 1})", invalid, "file");
  refused(R"({"services": ["a"]})", invalid, "services[0]");
  refused(R"({"services": [{"serviceId": "a"}, {"name": "x"}]})", v1::ERROR_CODE_MISSING_FIELD,
          "services[1].service_id");
  refused(R"({"services": [{"serviceId": "a"}, {"serviceId": "a"}]})", invalid, "services[1].service_id");
  refused(R"({"services": [{"serviceId": "a", "telephone": "x"}]})", invalid, "services[0].telephone");
  refused(R"({"services": [{"serviceId": "a", "810101-1234": "x"}]})", invalid, "services[0]");
  refused(R"({"services": [{"serviceId": "a", "includeNeighbours": "maybe"}]})", invalid,
          "services[0].include_neighbours");
  refused(R"({"services": [{"serviceId": "a", "minimum_grade": "warning", "minimumGrade": "urgent"}]})",
          invalid, "services[0].minimum_grade");
  refused(R"({"services": [{"serviceId": "a", "minimumGrade": "high"}]})", invalid,
          "services[0].minimum_grade");
  refused(R"({"services": [{"serviceId": "a", "openingHours": "mon"}]})", invalid,
          "services[0].opening_hours");
}

}  // namespace gjallar::tool
