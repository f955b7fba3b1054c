#include "broker/edges/cap/edas.h"

#include <catch2/catch.hpp>
#include <map>
#include <string>

#include "broker/domain/wording.h"
#include "broker/edges/cap/names.h"
#include "tests/support/sample_alerts.h"

namespace cap = gjallar::edges::cap;
namespace v1 = gjallar::v1;

namespace {

v1::GetAlertResponse found() {
  v1::GetAlertResponse response;
  response.set_seq(7);
  v1::Alert& alert = *response.mutable_alert();
  alert.set_reference("GJ-K7Q2-M3ZT-B81X");
  alert.set_version(2);
  alert.set_sender("police");
  alert.set_verification(v1::VERIFICATION_VERIFIED);
  *alert.mutable_content() = gjallar::testing::sample_content();
  return response;
}

std::vector<std::string> gaps(const v1::EdasNotification& notification) {
  std::vector<std::string> out;
  for (const v1::EdasItem& item : notification.items()) {
    for (const std::string& gap : item.gaps())
      out.push_back(item.letter() + ": " + gap);
  }
  return out;
}

}  // namespace

TEST_CASE("the notification has items (a) to (j) of Article 13(2) in order") {
  const auto notification = cap::edas_of(found());
  std::string letters;
  for (const v1::EdasItem& item : notification.items()) {
    letters += item.letter();
    CHECK_FALSE(item.title().empty());
  }
  CHECK(letters == "abcdefghij");
  CHECK(notification.language() == "sv");
  CHECK(notification.marking().empty());
}

TEST_CASE("what a notification should say and the alert doesn't is listed by name") {
  auto response = found();
  CHECK(gaps(cap::edas_of(response)) ==
        std::vector<std::string>{"a: why it is dangerous", "b: found", "c: setting", "c: quantity",
                                 "d: concentration", "d: toxicological data", "e: method",
                                 "g: social, safety and security risks"});
  v1::AlertContent& content = *response.mutable_alert()->mutable_content();
  content.add_danger_criteria(v1::DANGER_CRITERION_ACUTE_HARM);
  v1::Finding& finding = *content.add_findings();
  finding.set_area("SE-0180");
  finding.mutable_found_at()->set_seconds(1'780'000'000);
  finding.set_setting("street-seizure");
  finding.add_quantities()->set_unit("g");
  content.mutable_substances(0)->mutable_concentration()->set_unit("%");
  content.mutable_substances(0)->set_method("GC-MS");
  CHECK(gaps(cap::edas_of(response)) ==
        std::vector<std::string>{"d: toxicological data", "g: social, safety and security risks"});
}

TEST_CASE("what isn't about the world is marked, in the notification and on the page") {
  for (const auto& [status, mark] : std::map<v1::Status, std::string>{{v1::STATUS_EXERCISE, "EXERCISE"},
                                                                      {v1::STATUS_SYSTEM, "SYSTEM"},
                                                                      {v1::STATUS_TEST, "TEST"},
                                                                      {v1::STATUS_DRAFT, "DRAFT"}}) {
    auto response = found();
    response.mutable_alert()->mutable_content()->set_status(status);
    const auto notification = cap::edas_of(response);
    CHECK(notification.marking() == mark);
    CHECK(cap::edas_page(notification).find(">" + mark + "<") != std::string::npos);
  }
}

TEST_CASE("a mark is the same words in a text, in CAP and in the notification") {
  for (const v1::Status status :
       {v1::STATUS_EXERCISE, v1::STATUS_SYSTEM, v1::STATUS_TEST, v1::STATUS_DRAFT}) {
    for (const std::string language : {"sv", "nb", "da", "fi", "en"}) {
      const std::string mark(gjallar::domain::status_mark(status, gjallar::domain::language_of(language)));
      CHECK(cap::marking(status, language) == "[" + mark + "] ");
    }
  }
  CHECK(cap::marking(v1::STATUS_ACTUAL, "sv").empty());
}

TEST_CASE("the page repeats texts as texts") {
  auto response = found();
  response.mutable_alert()->mutable_content()->mutable_texts(0)->set_headline("<script>\"&");
  const std::string page = cap::edas_page(cap::edas_of(response));
  CHECK(page.find("<script>") == std::string::npos);
  CHECK(page.find("&lt;script&gt;&quot;&amp;") != std::string::npos);
}
