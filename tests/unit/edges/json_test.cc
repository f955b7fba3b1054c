#include "broker/edges/http/json.h"

#include <catch2/catch.hpp>

#include "gjallar/v1/command.pb.h"

namespace http = gjallar::edges::http;
namespace v1 = gjallar::v1;

namespace {

gjallar::core::Error refused(std::string_view text, std::string_view prefix = "content") {
  v1::AlertContent content;
  const auto read = http::from_json(text, prefix, content);
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().code == v1::ERROR_CODE_INVALID_ARGUMENT);
  return read.error();
}

}  // namespace

TEST_CASE("an alert's content is read by the proto3 JSON mapping") {
  v1::AlertContent content;
  REQUIRE(http::from_json(R"j({"status":"STATUS_ACTUAL","kind":"ALERT_KIND_SEIZURE",
    "texts":[{"language":"sv","headline":"Nitazen","roleInstructions":[{"role":"ambulance","instruction":"Naloxon."}]}],
    "expires":"2026-03-01T12:00:00+01:00"})j",
                          "content", content)
              .has_value());
  CHECK(content.kind() == v1::ALERT_KIND_SEIZURE);
  CHECK(content.texts(0).role_instructions(0).role() == "ambulance");
  CHECK(content.expires().seconds() == 1772362800);
}

TEST_CASE("a parse error names the field below the prefix") {
  CHECK(refused(R"({"texts":[{},{"headline":5}]})").field == "content.texts[1].headline");
  CHECK(refused(R"({"grade":{"urgency":"NOW"}})").field == "content.grade.urgency");
  CHECK(refused(R"({"expires":"soon"})").field == "content.expires");
  CHECK(refused(R"({"grade":{"importance":1}})").field == "content.grade");
  CHECK(refused(R"({"nonsense":1})").field == "content");
  CHECK(refused(R"({"grade":4})", "").field == "grade");
}

TEST_CASE("what isn't a JSON object is refused") {
  for (const char* text : {"", "[]", "null", "{", "{\"kind\":", "{} x", "\"text\"", "{\"texts\":[}"}) {
    INFO(text);
    CHECK(refused(text).message == "The body isn't a JSON object.");
  }
}

TEST_CASE("an error never repeats what was sent, neither values nor names of fields") {
  for (const char* text :
       {R"({"texts":[{"headline":19800101}]})", R"({"19800101":1})", R"({"grade":{"19800101":1}})",
        R"({"grade":{"urgency":"19800101"}})", R"({"expires":"19800101"})", R"({"kind":"19800101"})",
        R"({"attachments":[{"digest":"19800101!"}]})", R"({"texts":[{"headline":"\ud800 19800101"}]})",
        R"(19800101 {})", R"j({"texts)":19800101})j", R"j({"(19800101)":{"a":1}})j"}) {
    INFO(text);
    CHECK(gjallar::core::to_text(refused(text)).find("1980") == std::string::npos);
  }
}

TEST_CASE("very deep nesting is refused") {
  std::string text;
  for (int i = 0; i < 10'000; ++i)
    text += "{\"grade\":";
  (void)refused(text);
}

TEST_CASE("unknown fields can be ignored") {
  v1::AlertContent content;
  CHECK(http::from_json(R"({"kind":1,"later":{"a":[1]}})", "", content, http::UnknownFields::kIgnored)
            .has_value());
  CHECK(content.kind() == v1::ALERT_KIND_SEIZURE);
}

TEST_CASE("numbers of 64 bits are strings, and zeros are written when asked for") {
  v1::CommandOutcome outcome;
  outcome.set_seq(12);
  CHECK(http::to_json(outcome).value() == R"({"seq":"12"})");
  const auto whole = http::to_json(outcome, http::Zeros::kWritten).value();
  CHECK(whole.find(R"("duplicate":false)") != std::string::npos);
  CHECK(whole.find(R"("servicesConcerned":0)") != std::string::npos);
  CHECK(http::json_response(200, outcome).body == R"({"seq":"12"})");
}
