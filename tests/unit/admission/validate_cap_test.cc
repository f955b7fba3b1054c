#include "broker/admission/validate_cap.h"

#include <functional>

#include "broker/admission/privacy_gate.h"
#include "tests/support/refused.h"

using namespace gjallar;

namespace {

void check_cap_refused(core::Code code, const std::string& field,
                       const std::function<void(v1::CapDetails&)>& change) {
  v1::CapDetails cap;
  cap.add_infos()->set_language("sv");
  cap.add_messages("larm@example.org,larm-202606101234,2026-06-10T12:34:00-00:00");
  REQUIRE(admission::check_cap(admission::FieldPath("cap"), cap).has_value());
  change(cap);
  testing::check_refused(admission::check_cap(admission::FieldPath("cap"), cap), code, field);
}

}  // namespace

TEST_CASE("what a CAP message says beyond the alert has limits, each with its field") {
  const auto too_large = v1::ERROR_CODE_TOO_LARGE;
  const auto invalid = v1::ERROR_CODE_INVALID_ARGUMENT;
  using C = v1::CapDetails;
  check_cap_refused(too_large, "cap.source", [](C& c) { c.set_source(std::string(201, 'x')); });
  check_cap_refused(too_large, "cap.infos", [](C& c) {
    for (int i = 0; i < 8; ++i)
      c.add_infos();
  });
  check_cap_refused(too_large, "cap.extensions", [](C& c) {
    for (int i = 0; i < 17; ++i)
      c.add_extensions("<a/>");
  });
  check_cap_refused(too_large, "cap.messages", [](C& c) {
    for (int i = 0; i < 32; ++i)
      c.add_messages("a,b,c");
  });
  check_cap_refused(invalid, "cap.messages[1]", [](C& c) { c.add_messages("one part"); });
  check_cap_refused(too_large, "cap.infos[0].parameters[0].value",
                    [](C& c) { c.mutable_infos(0)->add_parameters()->set_value(std::string(4'001, 'x')); });
  check_cap_refused(invalid, "cap.infos[0].areas[0].polygons[0]",
                    [](C& c) { c.mutable_infos(0)->add_areas()->add_polygons("å"); });
  check_cap_refused(invalid, "cap.infos[0].resources[0].deref_uri",
                    [](C& c) { c.mutable_infos(0)->add_resources()->set_deref_uri("<>"); });
  check_cap_refused(too_large, "cap.infos[0].resources[0].deref_uri", [](C& c) {
    c.mutable_infos(0)->add_resources()->set_deref_uri(std::string(65'537, 'A'));
  });
  check_cap_refused(invalid, "cap.source", [](C& c) { c.set_source("a\x01"); });
  check_cap_refused(v1::ERROR_CODE_PERSONAL_IDENTIFIER, "cap.extensions[0]",
                    [](C& c) { c.add_extensions("<a>1981</a><b>1218-9876</b>"); });
}

TEST_CASE("the gate reads what a CAP message says beyond the alert, an organisation's contact excepted") {
  const auto field_of = [](const auto& change) {
    v1::Command command;
    change(*command.mutable_issue()->mutable_content()->mutable_cap());
    const auto screening = admission::screen(command, admission::PrivacyRules());
    return screening.refusal ? screening.refusal->field : std::string();
  };
  using C = v1::CapDetails;
  CHECK(field_of([](C& c) { c.add_infos()->add_areas()->set_area_desc("19811218-9876"); }) ==
        "issue.content.cap.infos[0].areas[0].area_desc");
  CHECK(field_of([](C& c) { c.add_infos()->set_contact("19811218-9876"); }) ==
        "issue.content.cap.infos[0].contact");
  CHECK(field_of([](C& c) { c.add_infos()->set_contact("duty@example.org, 08-465 004 10"); }).empty());
  CHECK(field_of([](C& c) { c.set_note("duty@example.org"); }) == "issue.content.cap.note");
  CHECK(field_of([](C& c) { c.add_infos()->add_areas()->add_polygons("59.30,18.00 59.31,18.01"); }).empty());
}
