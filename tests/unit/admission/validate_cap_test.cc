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

TEST_CASE("the gate reads kept elements and files, counts what it refuses, and asks about what is doubtful") {
  const auto screened = [](const auto& change) {
    v1::Command command;
    change(*command.mutable_issue()->mutable_content()->mutable_cap());
    return admission::screen(command, admission::PrivacyRules());
  };
  using C = v1::CapDetails;
  using admission::PrivacyRule;
  const auto refused_by = [&](const auto& change) { return screened(change).refused_by; };
  CHECK(refused_by([](C& c) { c.add_extensions("<a>1981<b/>1218-9876</a>"); }) ==
        PrivacyRule::kSwedishNumber);
  CHECK(refused_by([](C& c) { c.add_infos()->add_extensions("<a b=\"19811218-9876\"/>"); }) ==
        PrivacyRule::kSwedishNumber);
  // "19811218-9876"
  CHECK(refused_by([](C& c) { c.add_infos()->add_resources()->set_deref_uri("MTk4MTEyMTgtOTg3Ng=="); }) ==
        PrivacyRule::kSwedishNumber);
  const auto doubtful = screened([](C& c) {
    c.add_infos()->add_extensions("<a>En 23-årig man <b>avled på sjukhuset i Upplands Väsby</b></a>");
  });
  CHECK_FALSE(doubtful.refusal.has_value());
  REQUIRE(doubtful.doubts.size() == 1);
  CHECK(admission::path_of(doubtful.doubts[0].where) == "issue.content.cap.infos[0].extensions[0]");
  CHECK_FALSE(
      refused_by([](C& c) { c.add_infos()->add_resources()->set_deref_uri("/9j/4AAQ"); }).has_value());
  // What a deployment lets pass, passes here too.
  v1::Command command;
  command.mutable_issue()->mutable_content()->mutable_cap()->add_extensions("<a>larm@example.org</a>");
  CHECK(admission::screen(command, admission::PrivacyRules()).refused_by == PrivacyRule::kEmail);
  const auto rules = admission::PrivacyRules::with({}, {"larm@example.org"});
  REQUIRE(rules.has_value());
  CHECK_FALSE(admission::screen(command, *rules).refusal.has_value());
}

TEST_CASE("a number of a person in the name of a CAP message is refused in each of its parts") {
  const auto field_of = [](const std::string& message) {
    v1::Command command;
    auto& cap = *command.mutable_issue()->mutable_content()->mutable_cap();
    cap.add_messages(message);
    CHECK(admission::check_cap(admission::FieldPath("cap"), cap).has_value());
    const auto screening = admission::screen(command, admission::PrivacyRules());
    if (!screening.refusal) return std::string();
    CHECK(screening.refused_by == admission::PrivacyRule::kSwedishNumber);
    CHECK(core::to_text(*screening.refusal).find("9802") == std::string::npos);
    return screening.refusal->field;
  };
  const std::string field = "issue.content.cap.messages[0]";
  const std::string sent = "2026-06-10T12:34:00-00:00";
  CHECK(field_of("900101-9802,larm-17," + sent) == field);
  CHECK(field_of("larm@example.org,900101-9802," + sent) == field);
  CHECK(field_of("larm@example.org,199001019802," + sent) == field);
  CHECK(field_of("larm@example.org,larm-17,900101-9802") == field);
  CHECK(field_of("larm@example.org,larm-17," + sent).empty());
  CHECK(field_of("urn:gjallar:7V3K0Q2MZT9XB1HD,7V3K0Q2MZT9XB1HD.12," + sent).empty());
}

TEST_CASE("shapes and heights have the form that CAP gives them, by whatever way they come") {
  const auto invalid = v1::ERROR_CODE_INVALID_ARGUMENT;
  using C = v1::CapDetails;
  for (const char* wrong : {"900101-9802", "nan", "inf", "1e3", "+5", "-2001", "200001", "12.", ".5",
                            "12.5555", "0900101", " 12", "12 ", "1,200"}) {
    INFO(wrong);
    check_cap_refused(invalid, "cap.infos[0].areas[0].altitude",
                      [wrong](C& c) { c.mutable_infos(0)->add_areas()->set_altitude(wrong); });
    check_cap_refused(invalid, "cap.infos[0].areas[0].ceiling",
                      [wrong](C& c) { c.mutable_infos(0)->add_areas()->set_ceiling(wrong); });
  }
  for (const char* wrong : {"900101-9802", "1,2 3,4 1,2", "1,2 3,4 5,6 7,8", "1,2 3,nan 5,6 1,2", "",
                            "91,2 3,4 5,6 91,2", "1,181 3,4 5,6 1,181", "1,2,3 3,4 5,6 1,2,3"}) {
    INFO(wrong);
    check_cap_refused(invalid, "cap.infos[0].areas[0].polygons[0]",
                      [wrong](C& c) { c.mutable_infos(0)->add_areas()->add_polygons(wrong); });
  }
  for (const char* wrong : {"900101-9802", "59.3,18.06", "59.3,18.06 -1", "59.3,18.06 900101",
                            "59.3,18.06 inf", "59.3,18.06 1 2", ""}) {
    INFO(wrong);
    check_cap_refused(invalid, "cap.infos[0].areas[0].circles[0]",
                      [wrong](C& c) { c.mutable_infos(0)->add_areas()->add_circles(wrong); });
  }
  v1::CapDetails cap;
  v1::CapArea& area = *cap.add_infos()->add_areas();
  for (const char* right : {"0", "-2000", "200000", "12.50", "-0.5"}) {
    INFO(right);
    area.set_altitude(right);
    area.set_ceiling(right);
    CHECK(admission::check_cap(admission::FieldPath("cap"), cap).has_value());
  }
  area.add_polygons("59.1,18.2 59.30000000000001,18.2  59.3,-18.4 59.1,18.2");
  area.add_circles("-90,180 20040");
  CHECK(admission::check_cap(admission::FieldPath("cap"), cap).has_value());
}

TEST_CASE("words of CAP's lists, addresses and kept elements are what CAP's schema allows") {
  const auto invalid = v1::ERROR_CODE_INVALID_ARGUMENT;
  using C = v1::CapDetails;
  check_cap_refused(invalid, "cap.infos[0].categories[1]", [](C& c) {
    c.mutable_infos(0)->add_categories("Health");
    c.mutable_infos(0)->add_categories("Foo");
  });
  check_cap_refused(invalid, "cap.infos[0].response_types[0]",
                    [](C& c) { c.mutable_infos(0)->add_response_types("Foo"); });
  for (const char* wrong :
       {"https://example.org/a b", "https://example.org/%zz", "https://example.org/%4", "1a:b", ":x", "a#b#c",
        "https://[::1]/", "\tx", "https://h:8x/", "https://h:/", "https://a@b@c/"}) {
    INFO(wrong);
    check_cap_refused(invalid, "cap.infos[0].web", [wrong](C& c) { c.mutable_infos(0)->set_web(wrong); });
    check_cap_refused(invalid, "cap.infos[0].resources[0].uri",
                      [wrong](C& c) { c.mutable_infos(0)->add_resources()->set_uri(wrong); });
  }
  const std::string cap_element = "<c:info xmlns:c=\"urn:oasis:names:tc:emergency:cap:1.2\"></c:info>";
  for (const std::string& wrong :
       {std::string("words"), std::string("<a"), std::string("<!-- a -->"), std::string("<?php ?>"),
        std::string("<a><!-- b --></a>"), cap_element,
        std::string("<info xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"></info>")}) {
    INFO(wrong);
    check_cap_refused(invalid, "cap.extensions[0]", [&wrong](C& c) { c.add_extensions(wrong); });
    check_cap_refused(invalid, "cap.infos[0].extensions[0]",
                      [&wrong](C& c) { c.mutable_infos(0)->add_extensions(wrong); });
    check_cap_refused(invalid, "cap.infos[0].areas[0].extensions[0]",
                      [&wrong](C& c) { c.mutable_infos(0)->add_areas()->add_extensions(wrong); });
    check_cap_refused(invalid, "cap.infos[0].resources[0].extensions[0]",
                      [&wrong](C& c) { c.mutable_infos(0)->add_resources()->add_extensions(wrong); });
  }
  v1::CapDetails cap;
  v1::CapInfo& info = *cap.add_infos();
  info.add_categories("CBRNE");
  info.add_response_types("AllClear");
  info.set_web("https://example.org:8443/å/b%20c?d=1&e=(2)#f");
  info.add_resources()->set_uri("ni:///sha-256;abc");
  info.add_extensions("<x:a xmlns:c=\"urn:oasis:names:tc:emergency:cap:1.2\" xmlns:x=\"urn:x\">å</x:a>");
  CHECK(admission::check_cap(admission::FieldPath("cap"), cap).has_value());
}

TEST_CASE("a parameter that the broker writes itself can't be kept beside its own") {
  using C = v1::CapDetails;
  for (const char* name : {"gjallar:seq", "gjallar:event", "gjallar:substances", "gjallar:audience",
                           "gjallar:text.sms", "gjallar:extension", "gjallar:extension.area[1]"}) {
    INFO(name);
    check_cap_refused(v1::ERROR_CODE_INVALID_ARGUMENT, "cap.infos[0].parameters[0].value_name",
                      [name](C& c) { c.mutable_infos(0)->add_parameters()->set_value_name(name); });
  }
  v1::CapDetails cap;
  for (const char* name : {"seq", "gjallar:of-a-later-version", "gjallar:text.of-later", "gjallar:status"})
    cap.mutable_infos()->Add()->add_parameters()->set_value_name(name);
  CHECK(admission::check_cap(admission::FieldPath("cap"), cap).has_value());
}
