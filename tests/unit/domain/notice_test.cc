#include <catch2/catch.hpp>

#include "broker/domain/decide_parts.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"

namespace gjallar::domain {
namespace {

using testing::sample_content;
using testing::sample_service;

v1::Alert noticed_alert(v1::GradeLevel level = v1::GRADE_LEVEL_URGENT) {
  v1::Alert alert;
  alert.set_alert_id("0190b8f0-0000-7000-8000-000000000001");
  alert.set_version(3);
  alert.set_phase(v1::PHASE_LIVE);
  alert.set_level(level);
  *alert.mutable_content() = sample_content({"SE-01"}, {}, level);
  return alert;
}

v1::Notice withheld_notice() {
  v1::Notice notice;
  notice.set_kind(v1::NOTICE_KIND_TEXT_WITHHELD);
  return notice;
}

TEST_CASE("a notice concerns those it names and none of those who were told of the alert") {
  const Directory directory = testing::sample_directory(
      {sample_service("in-audience"), sample_service("named", {"NO-46"}), sample_service("told-before")});
  const NewEvent event = notice_event(noticed_alert(), withheld_notice(), {"named", "", "named"});
  ServiceSet told;
  told.add(2);
  const ServiceSet targets = targets_of(event.type, event.reach, told, directory);
  CHECK(targets.count() == 1);
  CHECK(targets.contains(1));
  CHECK(targets_of(v1::EVENT_TYPE_ALERT_OBSERVED, event.reach, told, directory).contains(2));
}

TEST_CASE("a notice leaves the alert and its version as they stand, and makes no noise") {
  const v1::Alert alert = noticed_alert();
  const NewEvent event = notice_event(alert, withheld_notice(), {"named"});
  CHECK(event.subject == alert.alert_id());
  CHECK(event.version == 3);
  CHECK(event.urgent);
  CHECK_FALSE(event.rings);
  CHECK(event.payload.notice().kind() == v1::NOTICE_KIND_TEXT_WITHHELD);
  CHECK(evolve(&alert, event.type, event.payload).value().SerializeAsString() == alert.SerializeAsString());
  CHECK_FALSE(notice_event(noticed_alert(v1::GRADE_LEVEL_WARNING), withheld_notice(), {}).urgent);
}

TEST_CASE("coordinators of the alert's areas, and of where things were found, can be added to a notice") {
  const Directory directory = testing::sample_directory(
      {sample_service("coordinator-there", {"SE-01"}, {"coordinator"}),
       sample_service("coordinator-national", {"SE"}, {"coordinator"}),
       sample_service("coordinator-elsewhere", {"NO-46"}, {"coordinator"}),
       sample_service("coordinator-found", {"SE-12"}, {"coordinator"}), sample_service("clinic-there")});
  v1::Alert alert = noticed_alert();
  alert.mutable_content()->add_findings()->set_area("SE-1280");
  NewEvent event = notice_event(alert, withheld_notice(), {});
  CHECK(targets_of(event.type, event.reach, {}, directory).empty());
  add_coordinators(event);
  const ServiceSet targets = targets_of(event.type, event.reach, {}, directory);
  CHECK(targets.count() == 3);
  CHECK(targets.contains(0));
  CHECK(targets.contains(1));
  CHECK(targets.contains(3));
}

}  // namespace
}  // namespace gjallar::domain
