#include "broker/edges/cap/reader.h"

#include <catch2/catch.hpp>
#include <string>

#include "broker/core/limits.h"
#include "broker/edges/cap/command.h"
#include "broker/edges/cap/times.h"

namespace cap = gjallar::edges::cap;
namespace v1 = gjallar::v1;
using gjallar::core::Result;

namespace {

const std::string kHead = R"(<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
<identifier>vma-17</identifier>
<sender>vma@example.org</sender>
<sent>2026-06-05T19:40:00+02:00</sent>
<status>Actual</status>
<msgType>Alert</msgType>
<scope>Public</scope>
)";
const std::string kInfo = R"(<info>
<language>sv</language>
<category>Health</category>
<event>Farlig drog</event>
<urgency>Immediate</urgency>
<severity>Severe</severity>
<certainty>Likely</certainty>
<headline>Starkt heroin</headline>
<area><areaDesc>Stockholms län</areaDesc><geocode><valueName>SCB-lan</valueName><value>01</value></geocode></area>
</info>
)";
const std::string kMessage = kHead + kInfo + "</alert>";

Result<cap::Incoming> read(const std::string& document) {
  const auto xml = cap::parse_xml(document);
  if (!xml) return xml.error();
  return cap::read_message(**xml);
}

/// The message with the first `from` replaced.
std::string with(const std::string& from, const std::string& to, std::string message = kMessage) {
  const auto at = message.find(from);
  REQUIRE(at != std::string::npos);
  return message.replace(at, from.size(), to);
}

void check_fault(const std::string& document, gjallar::core::Code code, const std::string& element,
                 long line) {
  const auto message = read(document);
  INFO(document);
  REQUIRE(message.has_error());
  const auto error = message.error();
  INFO(gjallar::core::to_text(error));
  CHECK(gjallar::core::code_name(error.code) == gjallar::core::code_name(code));
  CHECK(error.field == element);
  CHECK(error.message.rfind("Line " + std::to_string(line) + ":", 0) == 0);
  CHECK_FALSE(error.advice.empty());
}

}  // namespace

TEST_CASE("a message becomes an alert's content") {
  const auto message = read(kMessage);
  REQUIRE(message.has_value());
  CHECK(message->type == cap::MessageType::kAlert);
  CHECK(message->self.text() == "vma@example.org,vma-17,2026-06-05T17:40:00-00:00");
  const v1::AlertContent& content = message->content;
  CHECK(content.status() == v1::STATUS_ACTUAL);
  CHECK(content.kind() == v1::ALERT_KIND_GENERAL);
  CHECK(content.grade().urgency() == v1::URGENCY_IMMEDIATE);
  CHECK(content.texts(0).language() == "sv");
  CHECK(content.texts(0).headline() == "Starkt heroin");
  REQUIRE(content.audience().groups_size() == 1);
  CHECK(content.audience().groups(0).areas(0) == "SE-01");
  CHECK(content.audience().groups(0).roles().empty());
  CHECK(content.cap().infos(0).event() == "Farlig drog");
  CHECK(content.cap().infos(0).areas().empty());  // it says no more than the code
}

TEST_CASE("every fault of a message names line and element") {
  const auto invalid = v1::ERROR_CODE_INVALID_ARGUMENT;
  const auto missing = v1::ERROR_CODE_MISSING_FIELD;
  check_fault(with("<status>Actual</status>", "<status>Real</status>"), invalid, "alert/status", 5);
  check_fault(with("<status>Actual</status>\n", "\n"), missing, "alert/status", 1);
  check_fault(with("<sent>2026-06-05T19:40:00+02:00", "<sent>5 June"), invalid, "alert/sent", 4);
  check_fault(with("vma-17", "vma 17"), invalid, "alert/identifier", 2);
  check_fault(with("vma-17", "vma,17"), invalid, "alert/identifier", 2);
  check_fault(with("<msgType>Alert", "<msgType>alert"), invalid, "alert/msgType", 6);
  check_fault(with("<scope>Public", "<scope>All"), invalid, "alert/scope", 7);
  check_fault(kHead + "</alert>", missing, "alert/info", 1);
  check_fault(with("<urgency>Immediate", "<urgency>Now"), invalid, "alert/info[1]/urgency", 12);
  check_fault(with("<certainty>Likely", "<certainty>Very Likely"), invalid, "alert/info[1]/certainty", 14);
  check_fault(with("<category>Health", "<category>Drugs"), invalid, "alert/info[1]/category[1]", 10);
  check_fault(with("<event>Farlig drog</event>\n", "\n"), missing, "alert/info[1]/event", 8);
  check_fault(with("<category>Health</category>\n", "\n"), missing, "alert/info[1]/category", 8);
  check_fault(with("<headline>", "<headline>x</headline><headline>"), invalid, "alert/info[1]/headline", 15);
  check_fault(with("<headline>", "<expires>soon</expires><headline>"), invalid, "alert/info[1]/expires", 15);
  check_fault(with("<geocode>", "<polygon>1,2 3,4 5,6</polygon><geocode>"), invalid,
              "alert/info[1]/area[1]/polygon[1]", 16);
  check_fault(with("<value>01", "<value>02"), v1::ERROR_CODE_UNKNOWN_AREA, "alert/info[1]/area[1]/geocode[1]",
              16);
  check_fault(with("SCB-lan", "FIPS6"), missing, "alert/info[1]/area", 8);
  check_fault(with(kInfo, kInfo + kInfo), invalid, "alert/info[2]/language", 19);
  const std::string english = with("<language>sv", "<language>en", kInfo);
  check_fault(with(kInfo, kInfo + with("Severe", "Minor", english)), invalid, "alert/info[2]", 18);
  check_fault(with("<scope>", "<references>a,b</references><scope>"), invalid, "alert/references", 7);
  check_fault(with("<area>", "<resource><resourceDesc>x</resourceDesc></resource><area>"), missing,
              "alert/info[1]/resource[1]/mimeType", 16);
}

TEST_CASE("older CAP and other documents are told so") {
  check_fault(with("cap:1.2", "cap:1.1"), v1::ERROR_CODE_UNSUPPORTED, "alert", 1);
  CHECK(read(with("cap:1.2", "cap:1.1")).error().message.find("CAP 1.1") != std::string::npos);
  check_fault("<rss/>", v1::ERROR_CODE_INVALID_ARGUMENT, "alert", 1);
}

TEST_CASE("document types, entities, depth, number and size are refused before anything is built of them") {
  const auto refused = [](const std::string& document, gjallar::core::Code code) {
    const auto message = read(document);
    REQUIRE(message.has_error());
    INFO(gjallar::core::to_text(message.error()));
    CHECK(message.error().code == code);
    CHECK(message.error().field == "document");
    CHECK(message.error().message.find("hemlig") == std::string::npos);
    return message.error().message;
  };
  const auto invalid = v1::ERROR_CODE_INVALID_ARGUMENT;
  const std::string bomb =
      "<!DOCTYPE a [<!ENTITY hemlig \"x\"><!ENTITY b \"&hemlig;&hemlig;\">]><alert>&b;</alert>";
  CHECK(refused(bomb, invalid).find("document type") != std::string::npos);
  CHECK(refused("<!DOCTYPE a SYSTEM \"file:///etc/hemlig\"><alert/>", invalid).find("DTD") !=
        std::string::npos);
  CHECK(refused("<alert>\n&hemlig;</alert>", invalid).rfind("Line 2: An entity", 0) == 0);
  CHECK(refused("<alert>\n\n<hemlig></alert>", invalid).rfind("Line 3: The document isn't well-formed", 0) ==
        0);
  refused("", invalid);
  refused("not XML", invalid);
  std::string deep;
  for (int i = 0; i <= gjallar::core::limits::kCapDepthMax; ++i)
    deep += "<a>";
  refused(deep, v1::ERROR_CODE_TOO_LARGE);
  std::string many = "<alert>";
  for (std::size_t i = 0; i < gjallar::core::limits::kCapElementsMax; ++i)
    many += "<a/>";
  refused(many + "</alert>", v1::ERROR_CODE_TOO_LARGE);
  refused("<alert>" + std::string(gjallar::core::limits::kCommandBytesMax, ' ') + "</alert>",
          v1::ERROR_CODE_TOO_LARGE);
}

TEST_CASE("times are read leniently and written strictly") {
  const auto written = [](const char* text) {
    const auto time = cap::parse_cap_time(text);
    return time ? cap::to_cap_time(*time) : std::string("none");
  };
  CHECK(written("2026-06-05T19:40:00+02:00") == "2026-06-05T17:40:00-00:00");
  CHECK(written("2026-06-05T19:40:00Z") == "2026-06-05T19:40:00-00:00");
  CHECK(written("2026-06-05T19:40:00.999Z") == "2026-06-05T19:40:00-00:00");
  CHECK(written("2026-06-05T19:40:00.5-03:30") == "2026-06-05T23:10:00-00:00");
  CHECK(written("2024-02-29T00:00:00-00:00") == "2024-02-29T00:00:00-00:00");
  CHECK(written("0001-01-01T00:00:00-00:00") == "0001-01-01T00:00:00-00:00");
  for (const char* wrong :
       {"", "2026-06-05", "2026-06-05T19:40:00", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-06-05T24:00:00Z", "2026-06-05T19:40:00+15:00", "2026-06-05 19:40:00Z", "2026-06-05T19:40:00.Z",
        "2026-06-05T19:40Z", "2026-06-05T19:40:00+0200"}) {
    INFO(wrong);
    CHECK(written(wrong) == "none");
  }
  CHECK(cap::to_exact_time(*cap::parse_cap_time("2026-06-05T19:40:00.250Z")) ==
        "2026-06-05T19:40:00.250000000Z");
}

TEST_CASE("a Cancel without info blocks is read") {
  const auto message = read(with("<msgType>Alert", "<msgType>Cancel",
                                 kHead + "<note>Fel.</note><references>a,b,2026-06-05T19:40:00Z\n "
                                         "c,d,2026-06-05T19:40:00-01:00</references></alert>"));
  REQUIRE(message.has_value());
  CHECK(message->type == cap::MessageType::kCancel);
  CHECK(message->note == "Fel.");
  REQUIRE(message->references.size() == 2);
  CHECK(cap::names_same(message->references[1], "c,d,2026-06-05T20:40:00-00:00"));
  CHECK_FALSE(cap::names_same(message->references[1], "c,d,2026-06-05T20:40:01-00:00"));
  CHECK_FALSE(cap::names_same(message->references[1], "c,e,2026-06-05T20:40:00-00:00"));
}

TEST_CASE("what CAP doesn't know is kept as canonical XML, without comments") {
  const auto message = read(
      with("</info>", "<x:lage xmlns:x='urn:x' b='2' a='1'><!-- hemligt --><x:p>Ett</x:p></x:lage></info>"));
  REQUIRE(message.has_value());
  REQUIRE(message->content.cap().infos(0).extensions_size() == 1);
  CHECK(message->content.cap().infos(0).extensions(0) ==
        R"(<x:lage xmlns:x="urn:x" a="1" b="2"><x:p>Ett</x:p></x:lage>)");
}

TEST_CASE("an element of CAP where CAP has none is a fault, and no extension") {
  const auto invalid = v1::ERROR_CODE_INVALID_ARGUMENT;
  check_fault(with("<scope>", "<headline>x</headline><scope>"), invalid, "alert/*", 7);
  check_fault(with("<area>", "<colour>x</colour><area>"), invalid, "alert/info[1]/*", 16);
  check_fault(with("<areaDesc>", "<headline>x</headline><areaDesc>"), invalid, "alert/info[1]/area[1]/*", 16);
  check_fault(
      with("<area>",
           "<resource><resourceDesc>x</resourceDesc><mimeType>a/b</mimeType><area/></resource><area>"),
      invalid, "alert/info[1]/resource[1]/*", 16);
}

TEST_CASE("a parameter that stands for an element goes back to where it stood, or is a fault") {
  const auto parameter = [](const std::string& name, const std::string& value) {
    return "<parameter><valueName>gjallar:" + name + "</valueName><value>" + value + "</value></parameter>\n";
  };
  const std::string element = "&lt;x:p xmlns:x=\"urn:x\"&gt;1 &amp;amp; 2&lt;/x:p&gt;";
  const auto message =
      read(with("<area>", parameter("extension", element) + parameter("extension.info", element) +
                              parameter("extension.area[1]", element) + "<area>"));
  REQUIRE(message.has_value());
  const std::string kept = R"(<x:p xmlns:x="urn:x">1 &amp; 2</x:p>)";
  const v1::CapDetails& details = message->content.cap();
  REQUIRE(details.extensions_size() == 1);
  CHECK(details.extensions(0) == kept);
  REQUIRE(details.infos(0).extensions_size() == 1);
  CHECK(details.infos(0).extensions(0) == kept);
  REQUIRE(details.infos(0).areas_size() == 1);
  CHECK(details.infos(0).areas(0).extensions(0) == kept);
  CHECK(details.infos(0).parameters().empty());
  const auto faulty = [&](const std::string& name, const std::string& value) {
    check_fault(with("<area>", parameter(name, value) + "<area>"), v1::ERROR_CODE_INVALID_ARGUMENT,
                "alert/info[1]/parameter[1]", 16);
  };
  faulty("extension.area[2]", element);
  faulty("extension.resource[1]", element);
  faulty("extension.area[0]", element);
  faulty("extension.area[01]", element);
  faulty("extension.polygon", element);
  faulty("extension", "words");
  faulty("extension.info",
         "&lt;headline xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"&gt;&lt;/headline&gt;");
}

TEST_CASE("a height that is no plain number of feet is a fault") {
  for (const char* wrong : {"nan", "inf", "1e3", "900101-9802", "12 m"}) {
    const std::string name = wrong[0] == 'n' ? "ceiling" : "altitude";
    check_fault(with("</area>", "<" + name + ">" + wrong + "</" + name + "></area>"),
                v1::ERROR_CODE_INVALID_ARGUMENT, "alert/info[1]/area[1]/" + name, 16);
  }
}

TEST_CASE("an alert without a headline has its event as one") {
  const auto message = read(with("<headline>Starkt heroin</headline>", ""));
  REQUIRE(message.has_value());
  CHECK(message->content.texts(0).headline() == "Farlig drog");
  CHECK(message->content.cap().infos(0).headline_absent());
}

TEST_CASE("an error about the content is told as one about the element") {
  const auto message = read(kMessage);
  REQUIRE(message.has_value());
  const auto of = [&message](const char* field) {
    return cap::in_document(*message,
                            gjallar::core::make_error(v1::ERROR_CODE_TOO_LARGE, field, "Too long.", "x"));
  };
  CHECK(of("issue.content.texts[0].headline").field == "alert/info[1]/headline");
  CHECK(of("issue.content.texts[0].headline").message == "Line 15: Too long.");
  CHECK(of("revise.content.audience.groups[0].areas[0]").field == "alert/info[1]/area[1]/geocode[1]");
  CHECK(of("issue.content.cap.infos[0].event").field == "alert/info[1]/event");
  CHECK(of("issue.content.grade.urgency").field == "alert/info[1]/urgency");
  CHECK(of("command").field == "command");
}

TEST_CASE("the key of a message is made of what names it, and fits") {
  cap::Triple triple{"vma@example.org", "17", {}};
  const std::string key = cap::idempotency_key_of(triple);
  CHECK(key == "cap:vma@example.org,17,1970-01-01T00:00:00-00:00");
  triple.identifier = std::string(200, 'x');
  CHECK(cap::idempotency_key_of(triple).size() <= gjallar::core::limits::kIdempotencyKeyLengthMax);
  const std::string other = cap::idempotency_key_of(triple);
  triple.identifier += "y";
  CHECK(cap::idempotency_key_of(triple) != other);
}
