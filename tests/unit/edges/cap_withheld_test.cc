// What CAP says of a person in event, incidents and areaDesc is asked about as any text is.
#include "broker/domain/area.h"
#include "broker/edges/cap/names.h"
#include "broker/log/record.h"
#include "tests/support/refused.h"
#include "tests/unit/edges/cap_world.h"

using namespace gjallar;
using testing::CapWorld;
using testing::check_refused;
using testing::police;

namespace {

const std::string kPointing = "En 23-årig man avled i Lund den 3 juni.";

std::string put(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string with_event(const std::string& document) {
  return put(document, "<event>Farlig drog<", "<event>" + kPointing + "<");
}
std::string with_incidents(const std::string& document) {
  return put(document, "<info>", "<incidents>" + kPointing + "</incidents>\n<info>");
}
std::string with_area(const std::string& document) {
  return put(document, "<areaDesc>Här<", "<areaDesc>" + kPointing + "<");
}

std::vector<std::string> fields_of(const google::protobuf::RepeatedPtrField<v1::WithheldText>& texts) {
  std::vector<std::string> fields;
  for (const v1::WithheldText& text : texts)
    fields.push_back(text.field());
  return fields;
}

bool stored(const CapWorld& world, const std::string& text) {
  const auto snapshot = world.world.broker.log->snapshot();
  for (core::Seq seq = 1; seq <= snapshot->head().seq; ++seq) {
    if (snapshot->read(seq).value().record.payload->bytes.find(text) != std::string::npos) return true;
  }
  return false;
}

const std::vector<std::string> kFields = {"cap.incidents", "cap.infos[0].event",
                                          "cap.infos[0].areas[0].area_desc"};

}  // namespace

TEST_CASE("a CAP message whose event, incidents or areaDesc may point at a person asks") {
  CapWorld world;
  const std::string plain = testing::ForeignMessage().xml();
  check_refused(world.publish(police(), with_event(plain)), v1::ERROR_CODE_CONFIRM_REQUIRED,
                "alert/info[1]/event");
  check_refused(world.publish(police(), with_incidents(plain)), v1::ERROR_CODE_CONFIRM_REQUIRED,
                "alert/incidents");
  check_refused(world.publish(police(), with_area(plain)), v1::ERROR_CODE_CONFIRM_REQUIRED,
                "alert/info[1]/area[1]/areaDesc");
  CHECK_FALSE(stored(world, "23-årig"));
  CHECK(world.publish(police(), plain).has_value());
}

TEST_CASE("a question about a CAP message is answered beside it, with a reason that passes the gate") {
  CapWorld world;
  const std::string asked = with_event(testing::ForeignMessage().xml());
  v1::Confirmation confirmation;
  confirmation.set_no_person(true);
  const auto send = [&] { return world.publish(police(), asked, {}, false, confirmation); };
  check_refused(send(), v1::ERROR_CODE_MISSING_FIELD, "confirmation.reason");
  confirmation.set_reason("Mannen 810228-9991.");
  check_refused(send(), v1::ERROR_CODE_PERSONAL_IDENTIFIER, "confirmation.reason");
  CHECK_FALSE(stored(world, "23-årig"));
  confirmation.set_reason("An example of the course.");
  const auto published = send();
  REQUIRE(published.has_value());
  CHECK(stored(world, "23-årig"));
  const auto event = world.world.broker.log->snapshot()->read(published->outcome.seq()).value();
  CHECK(log::to_event(event.record).value().payload().confirmation().reason() == confirmation.reason());
}

TEST_CASE("of an urgent CAP message they are left out, and what goes out says something plain instead") {
  CapWorld world;
  const auto desk = world.world.broker.add(testing::sample_service("police-desk", {"SE-25"}, {"police"}));
  const auto region = world.world.broker.add(testing::sample_service("region", {"SE-01"}, {"coordinator"}));
  domain::Principal sender = police();
  sender.service = core::ServiceId("police-desk");
  const std::string urgent = put(testing::ForeignMessage().xml(), "<urgency>Future<", "<urgency>Immediate<");
  const auto published = world.must(sender, with_area(with_incidents(with_event(urgent))));
  CHECK(fields_of(published.outcome.withheld()) == kFields);
  const std::string id = published.outcome.alert_id();
  CHECK(fields_of(world.alert(id).withheld()) == kFields);
  CHECK_FALSE(stored(world, "23-årig"));
  const auto notice = world.world.broker.log->snapshot()->read(published.outcome.seq()).value();
  CHECK(notice.record.header.type == v1::EVENT_TYPE_ALERT_NOTICE);
  CHECK(notice.targets.contains(desk));
  CHECK(notice.targets.contains(region));

  const std::string message = world.message(published.outcome.seq() - 1);
  CHECK(message.find("<incidents") == std::string::npos);
  const std::string event(edges::cap::default_event(v1::ALERT_KIND_GENERAL, "sv"));
  CHECK(message.find("<event>" + event + "</event>") != std::string::npos);
  const std::string name(domain::find_area("SE-01")->official_name);
  CHECK(message.find("<areaDesc>" + name + "</areaDesc>") != std::string::npos);
  CapWorld other(2);
  CHECK(other.publish(police(), message).has_value());
}

TEST_CASE("a revision releases what was left out of a CAP message, each by itself") {
  CapWorld world;
  const std::string urgent = put(testing::ForeignMessage().xml(), "<urgency>Future<", "<urgency>Immediate<");
  const std::string id =
      world.must(police(), with_area(with_incidents(with_event(urgent)))).outcome.alert_id();
  testing::TestBroker& broker = world.world.broker;
  v1::AlertContent content = world.alert(id).content();
  content.mutable_cap()->mutable_infos(0)->set_event("Farlig drog");
  broker.must(police(), testing::revise_command(id, content, {"cap"}));
  CHECK(fields_of(world.alert(id).withheld()) == std::vector<std::string>{kFields[0], kFields[2]});
  content.mutable_cap()->set_incidents(kPointing);
  content.mutable_cap()->mutable_infos(0)->mutable_areas(0)->set_area_desc("Norrmalm");
  v1::Command command = testing::revise_command(id, content, {"cap"});
  command.mutable_revise()->mutable_confirmation()->set_no_person(true);
  command.mutable_revise()->mutable_confirmation()->set_reason("Uppgiften är offentlig.");
  broker.must(police(), command);
  CHECK(world.alert(id).withheld().empty());
  CHECK(world.alert(id).content().cap().incidents() == kPointing);
  CHECK(world.message(broker.log->head().seq).find("<areaDesc>Norrmalm</areaDesc>") != std::string::npos);
}

TEST_CASE("on a feed they are left out too, and an area without a known geocode gets the audience's name") {
  CapWorld world;
  testing::TestBroker& broker = world.world.broker;
  v1::AlertContent content = testing::sample_content({"SE-12"}, {}, v1::GRADE_LEVEL_INFORMATION);
  v1::CapInfo& info = *content.mutable_cap()->add_infos();
  info.set_language("sv");
  info.set_event(kPointing);
  v1::CapArea& area = *info.add_areas();
  area.set_area_desc(kPointing);
  area.add_circles("55.7,13.2 10");
  check_refused(broker.submit_and_wait(police(), testing::issue_command(content)),
                v1::ERROR_CODE_CONFIRM_REQUIRED, "issue.content.cap.infos[0].event");
  const auto outcome =
      broker.submit_and_wait(police(), testing::issue_command(content), {}, admission::Sender::kFeed);
  REQUIRE(outcome.has_value());
  CHECK(fields_of(outcome.value().withheld()) == std::vector<std::string>{kFields[1], kFields[2]});
  const std::string message = world.message(outcome.value().seq() - 1);
  const std::string name(domain::find_area("SE-12")->official_name);
  CHECK(message.find("<areaDesc>" + name + "</areaDesc>") < message.find("<circle>"));
}
